// The listening lab: blind trials in random order, answered on the reader's own machine. Nothing is
// kept or sent anywhere: the answers leave the page only as the CSV file that the reader saves.
(() => {
  const keys = { "data-lm-suppress-shortcuts": "true" };
  const COLUMNS = ["session", "trial", "kind", "question", "choices", "choice", "truth", "correct", "sound", "rating", "plays", "seconds"];
  const shuffled = (list) => {
    const copy = [...list];
    for (let i = copy.length - 1; i > 0; i--) {
      const k = Math.floor(Math.random() * (i + 1));
      [copy[i], copy[k]] = [copy[k], copy[i]];
    }
    return copy;
  };
  // The chance of as many right answers, or more, by guessing: an exact binomial test.
  function byGuessing(right, n, share) {
    let chance = (1 - share) ** n, sum = 0;
    for (let k = 0; k <= n; k++) {
      if (k >= right) sum += chance;
      chance *= ((n - k) / (k + 1)) * (share / (1 - share));
    }
    return Math.min(sum, 1);
  }
  const percent = (share) => (share < 0.001 ? "less than 0.1 %" : `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`);
  const make = (tag, attributes, parent, words) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    if (words !== undefined) element.textContent = words;
    parent?.append(element);
    return element;
  };

  function start(root) {
    root.dataset.ready = "yes";
    const home = (window.audiostyle ??= { playing: null });
    const sounds = new Map([...root.querySelectorAll("audio")].map((a) => [a.dataset.sound, a]));
    root.querySelectorAll("audio").forEach((a) => { a.controls = false; a.hidden = true; });
    const plan = JSON.parse(root.dataset.trials);
    const stage = root.querySelector(".as-trials");
    const announce = make("output", { "aria-live": "polite", class: "as-say" }, root);
    let rows, trials, session, number, before, plays, began, current = null;

    const quiet = () => { current?.pause(); current = null; };
    // A player for the rest of the page, so that only one thing plays.
    const mine = { pause: quiet };
    function play(name) {
      if (home.playing !== mine) home.playing?.pause();
      quiet();
      home.playing = mine;
      current = sounds.get(name);
      current.currentTime = 0;
      current.play().catch(() => {}); // stopped before it began, by the next press
      plays += 1;
    }
    const button = (parent, words, act, label) => {
      const it = make("button", { type: "button", ...keys, ...(label ? { "aria-label": label } : {}) }, parent, words);
      it.addEventListener("click", act);
      return it;
    };
    const bar = () => make("div", { class: "as-bar" }, stage);
    const row = (values) => rows.push({ session, trial: before + number + 1, kind: trials[number].kind,
      question: trials[number].question, plays, seconds: ((Date.now() - began) / 1000).toFixed(1), ...values });

    function welcome() {
      stage.replaceChildren();
      make("p", {}, stage, `${plan.length} trials. You may play each sound as often as you like. Your answers stay on this page until you save them.`);
      button(bar(), "Begin", begin);
    }
    function begin() {
      rows = []; before = 0;
      session = [...crypto.getRandomValues(new Uint8Array(4))].map((b) => b.toString(16).padStart(2, "0")).join("");
      round();
    }
    function round() { // its answers are added to those before
      number = 0;
      trials = shuffled(plan);
      trial();
    }
    function heading(words) {
      const it = make("p", { class: "as-title", tabindex: "-1" }, stage, words);
      it.focus();
    }
    function next() {
      quiet();
      number += 1;
      number < trials.length ? trial() : done();
    }
    function choose(labels, truth) { // radio buttons, so that an answer can be thought over
      const set = make("fieldset", { class: "as-choices" }, stage);
      make("legend", {}, set, trials[number].ask);
      labels.forEach((label) => {
        const it = make("label", {}, set);
        make("input", { type: "radio", name: `as-answer-${session}`, value: label, ...keys }, it);
        it.append(` ${label}`);
      });
      const go = button(bar(), "Answer", () => {
        const picked = set.querySelector("input:checked");
        if (!picked) return (announce.textContent = "Choose an answer first.");
        row({ choices: labels.length, choice: picked.value, truth, correct: Number(picked.value === truth) });
        next();
      });
      go.classList.add("as-answer");
    }
    function trial() {
      const it = trials[number];
      plays = 0; began = Date.now();
      stage.replaceChildren();
      heading(`Trial ${number + 1} of ${trials.length}: ${it.asked}`); // not what is compared
      const listen = bar();
      if (it.kind === "abx") {
        const [a, b] = shuffled(it.sounds), x = Math.random() < 0.5 ? "A" : "B";
        button(listen, "▶ A", () => play(a), "Play A");
        button(listen, "▶ B", () => play(b), "Play B");
        button(listen, "▶ X", () => play(x === "A" ? a : b), "Play X");
        choose(["A", "B"], x);
      } else if (it.kind === "which") {
        const order = shuffled(it.sounds);
        order.forEach((name, i) => button(listen, `▶ Sound ${i + 1}`, () => play(name), `Play sound ${i + 1}`));
        choose(order.map((_, i) => `Sound ${i + 1}`), `Sound ${order.indexOf(it.sounds[0]) + 1}`);
      } else rate(it, listen);
    }
    function rate(it, listen) { // after MUSHRA: a reference in the open, and again among the hidden
      button(listen, "▶ Reference", () => play(it.sounds[0]), "Play the reference");
      const sliders = shuffled(it.sounds).map((name, i) => {
        const line = bar();
        button(line, `▶ Sound ${i + 1}`, () => play(name), `Play sound ${i + 1}`);
        const label = make("label", { class: "as-rating" }, line, `How alike is sound ${i + 1}? `);
        const slider = make("input", { type: "range", min: 0, max: 100, step: 1, value: 50, ...keys }, label);
        const value = make("span", { class: "as-time", "aria-hidden": "true" }, label, " 50 of 100");
        slider.addEventListener("input", () => { value.textContent = ` ${slider.value} of 100`; });
        return [name, slider];
      });
      button(bar(), "Answer", () => {
        for (const [name, slider] of sliders)
          row({ sound: sounds.get(name).dataset.name, rating: slider.value, truth: name === it.sounds[0] ? "reference" : "" });
        next();
      }).classList.add("as-answer");
    }
    const csv = () => [COLUMNS, ...rows.map((r) => COLUMNS.map((c) => r[c] ?? ""))]
      .map((line) => line.map((v) => `"${String(v).replaceAll('"', '""')}"`).join(",")).join("\r\n") + "\r\n";
    function done() {
      if (home.playing === mine) home.playing = null;
      stage.replaceChildren();
      heading("Done. Thank you for listening.");
      const judged = rows.filter((r) => r.correct !== undefined), counts = [];
      for (const question of new Set(judged.map((r) => r.question))) {
        const asked = judged.filter((r) => r.question === question);
        const right = asked.filter((r) => r.correct).length;
        const chance = byGuessing(right, asked.length, 1 / asked[0].choices);
        make("p", {}, stage, `${question}: ${right} of ${asked.length} right. Guessing does as well in ${percent(chance)} of all cases.`);
        counts.push(asked.length);
      }
      const enough = Number(root.dataset.enough);
      if (counts.length && Math.min(...counts) < enough)
        make("p", {}, stage, `To find a listener who is right in 70 % of trials with two choices takes ${enough} answers to a question (then four of five such tests find it). Another round adds to yours.`);
      for (const name of new Set(rows.filter((r) => r.sound).map((r) => r.sound))) {
        const marks = rows.filter((r) => r.sound === name).map((r) => Number(r.rating));
        make("p", {}, stage, `${name}: ${(marks.reduce((a, b) => a + b) / marks.length).toFixed(0)} of 100`);
      }
      const line = bar();
      const save = make("a", { download: `listening-${session}.csv`, class: "as-save" }, line, "Save the answers as CSV");
      save.href = URL.createObjectURL(new Blob([csv()], { type: "text/csv" }));
      button(line, "Another round", () => { before += plan.length; round(); });
      button(line, "Start afresh", begin);
    }
    welcome();
  }
  document.querySelectorAll(".as-lab:not([data-ready])").forEach(start);
})();
