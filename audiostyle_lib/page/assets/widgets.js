// Players and explorers of a page: one sound at a time, a playhead to seek with, knobs that choose
// among results. Without this script the plain players and all results are there, one by one.
(() => {
  const home = (window.audiostyle ??= { playing: null });
  const make = (tag, attributes, parent) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    parent?.append(element);
    return element;
  };
  const keys = { "data-lm-suppress-shortcuts": "true" }; // else JupyterLab takes arrows and space

  // A clip: { figure, play(at), pause(), at(), seconds }
  function upgrade(figure) {
    const audio = figure.querySelector("audio");
    const stage = figure.querySelector(".as-stage");
    const seconds = Number(figure.dataset.seconds);
    const title = audio.getAttribute("aria-label");
    let position = 0, frame = 0;
    audio.controls = false;
    figure.classList.add("as-ready");
    const head = make("div", { class: "as-head", "aria-hidden": "true" }, stage);
    const seek = make("input", {
      type: "range", min: 0, max: seconds, step: 0.01, value: 0, "aria-label": `Position in ${title}`, ...keys,
    }, stage);
    const bar = make("div", { class: "as-bar" });
    stage.after(bar);
    const button = make("button", { type: "button", class: "as-play", ...keys }, bar);
    const time = make("span", { class: "as-time" }, bar);

    const show = () => {
      const on = home.playing === clip;
      button.textContent = on ? "❚❚ Pause" : "▶ Play";
      button.setAttribute("aria-label", `${on ? "Pause" : "Play"}: ${title}`);
      head.style.left = `${(100 * position) / seconds}%`;
      seek.value = position;
      const text = `${position.toFixed(1)} of ${seconds.toFixed(1)} s`;
      seek.setAttribute("aria-valuetext", text);
      time.textContent = text;
    };
    const follow = () => {
      if (home.playing !== clip) return;
      position = Math.min(audio.currentTime, seconds);
      show();
      frame = requestAnimationFrame(follow);
    };
    const clip = {
      figure, seconds,
      at: () => position,
      moveTo(at) {
        position = Math.max(0, Math.min(at, seconds));
        audio.currentTime = position;
        show();
      },
      play(at = position) {
        if (home.playing !== clip) home.playing?.pause();
        home.playing = clip;
        clip.moveTo(at >= seconds - 0.02 ? 0 : at);
        audio.play().catch((error) => {
          if (error.name !== "AbortError") { clip.pause(); time.textContent = `cannot play: ${error.message}`; }
        });
        cancelAnimationFrame(frame);
        follow();
      },
      pause() {
        audio.pause();
        if (home.playing === clip) home.playing = null;
        show();
      },
    };
    button.addEventListener("click", () => (home.playing === clip ? clip.pause() : clip.play()));
    seek.addEventListener("input", () => clip.moveTo(Number(seek.value)));
    audio.addEventListener("pause", () => { if (audio.paused && home.playing === clip) clip.pause(); }); // by a media key
    audio.addEventListener("ended", () => { clip.pause(); position = 0; show(); });
    show();
    return clip;
  }

  // Explorer: its knobs are built here; each state says with data-at which positions it is for.
  function explore(root, clips) {
    const states = [...root.querySelectorAll("[data-at]")];
    const clipOf = new Map(clips.map((clip) => [clip.figure, clip]));
    const knobs = JSON.parse(root.dataset.knobs);
    const box = make("div", { class: "as-knobs" });
    root.querySelector(".as-title").after(box);
    const say = make("output", { class: "as-say", "aria-live": "polite" });
    const start = root.dataset.start.split(",").map(Number);
    let shown = null;

    const inputs = knobs.map(({ name, values, kind }, i) => {
      const label = make("label", {}, box);
      label.append(name);
      if (kind === "select") {
        const select = make("select", keys, label);
        values.forEach((value, k) => select.append(new Option(value, k)));
        select.value = start[i];
        return select;
      }
      const input = make("input", {
        type: "range", min: 0, max: values.length - 1, step: 1, value: start[i], ...keys,
      }, label);
      make("span", { class: "as-value", "aria-hidden": "true" }, label);
      return input;
    });
    const choose = () => {
      const at = inputs.map((input) => Number(input.value));
      inputs.forEach((input, i) => {
        if (knobs[i].kind === "select") return;
        input.setAttribute("aria-valuetext", knobs[i].values[at[i]]);
        input.nextSibling.textContent = knobs[i].values[at[i]];
      });
      const next = states.find((state) => state.dataset.at === at.join(","));
      if (next === shown) return;
      const before = clipOf.get(shown), after = clipOf.get(next);
      const wasPlaying = before && home.playing === before;
      const where = before ? before.at() : 0;
      if (wasPlaying) before.pause();
      states.forEach((state) => state.classList.toggle("as-off", state !== next));
      shown = next;
      if (wasPlaying && after) after.play(where); else after?.moveTo(where);
      say.textContent = next.dataset.say;
    };
    inputs.forEach((input) => input.addEventListener("input", choose));
    box.after(say);
    choose();
    return () => clipOf.get(shown);
  }

  function start(root) {
    root.dataset.ready = "yes";
    const clips = [...root.querySelectorAll(".as-clip[data-seconds]")].map(upgrade);
    const current = root.dataset.knobs ? explore(root, clips) : null;
    const choices = () => clips.filter((clip) => !clip.figure.hasAttribute("data-at") || clip === current());
    if (choices().length < 2) return;
    const bar = make("div", { class: "as-bar" }, root);
    const button = make("button", { type: "button", class: "as-switch", ...keys }, bar);
    button.textContent = "⇄ Switch";
    make("span", { class: "as-time" }, bar).textContent = "to the next sound at the same moment";
    button.setAttribute("aria-label", "Switch to the next sound at the same moment");
    let last = 0;
    button.addEventListener("click", () => {
      const all = choices();
      const i = all.indexOf(home.playing);
      const next = i < 0 ? last % all.length : (i + 1) % all.length;
      last = next;
      const at = i < 0 ? all[next].at() : all[i].at();
      all[next].play(at % all[next].seconds);
    });
  }
  document.querySelectorAll(".as-widget:not([data-ready])").forEach(start);
})();
