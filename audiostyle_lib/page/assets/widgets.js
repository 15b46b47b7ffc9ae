// Players and explorers of a page: sounds side by side, and knobs that choose among results. Without this script the
// plain players and all results are there, one by one.
import { addSwitch, element, home, keys, upgrade } from "./player.js";

// Explorer: its knobs are built here; each state says with data-at which positions it is for.
function explore(root, clips) {
  const states = [...root.querySelectorAll("[data-at]")];
  const clipOf = new Map(clips.map((clip) => [clip.figure, clip]));
  const knobs = JSON.parse(root.dataset.knobs);
  const box = element("div", { class: "as-knobs" });
  root.querySelector(".as-title").after(box);
  const say = element("output", { class: "as-say", "aria-live": "polite" });
  const start = root.dataset.start.split(",").map(Number);
  let shown = null;

  const inputs = knobs.map(({ name, values, kind }, i) => {
    const label = element("label", {}, box);
    label.append(name);
    if (kind === "select") {
      const select = element("select", keys, label);
      values.forEach((value, k) => select.append(new Option(value, k)));
      select.value = start[i];
      return select;
    }
    const input = element("input", {
      type: "range", min: 0, max: values.length - 1, step: 1, value: start[i], ...keys,
    }, label);
    element("span", { class: "as-value", "aria-hidden": "true" }, label);
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
    const wasPlaying = before && home().playing === before;
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

function startWidget(root) {
  root.dataset.ready = "yes";
  const clips = [...root.querySelectorAll(".as-clip[data-seconds]")].map((figure) => {
    const audio = figure.querySelector("audio");
    audio.controls = false;
    return upgrade(figure, audio, audio.getAttribute("aria-label"));
  });
  const current = root.dataset.knobs ? explore(root, clips) : null;
  const choices = () => clips.filter((clip) => !clip.figure.hasAttribute("data-at") || clip === current());
  if (choices().length > 1) addSwitch(root, choices);
}

/** Give all players and explorers of the page their controls. */
export function startWidgets() {
  document.querySelectorAll(".as-widget:not([data-ready])").forEach(startWidget);
}
