// Players of a sound without end: a trained generator makes it in a worker while it plays, and a knob is followed.
// Without this script some seconds of it are there as a plain player.
import { Loudspeaker } from "./loudspeaker.js";
import { element, fileName, home, keys, saveFile } from "./player.js";
import { wav } from "./wav.js";

/**
 * @typedef {object} Settings what Python says of a player, see page/endless.py
 * @property {any} kept the generator
 * @property {string} title
 * @property {number} gain of full volume
 * @property {number} seed
 * @property {number} ahead seconds made before they are needed
 * @property {{name: string, ends: string[] | null, start: number} | null} knob
 */

const SAVED = 30; // s of a take that become a file
const HIDDEN = 3; // s that are made ahead while nobody sees the page, and so nobody turns the knob

/** @param {HTMLElement} root */
function endlessPlayer(root) {
  root.dataset.ready = "yes";
  /** @type {Settings} */
  const settings = JSON.parse(/** @type {any} */ (root.querySelector(".as-generator")).textContent);
  const { kept, title, knob } = settings;
  root.querySelector(".as-plain")?.remove();
  const bar = element("div", { class: "as-bar" }, root);
  const button = element("button", { type: "button", class: "as-play", ...keys }, bar);
  const other = element("button", { type: "button", ...keys }, bar, "↻ Another take");
  const keep = element("button", { type: "button", ...keys, "aria-label": `Save ${SAVED} seconds: ${title}` }, bar, `↓ ${SAVED} s`);
  const time = element("span", { class: "as-time", "aria-hidden": "true" }, bar);
  const box = element("div", { class: "as-knobs" }, root);
  const say = element("output", { class: "as-say", "aria-live": "polite" }, root);
  const alert = element("p", { role: "alert" }, root);
  let seed = settings.seed, take = 1;
  /** @type {{stop: () => void, send: (message: any) => void, speaker: Loudspeaker | null} | null} */
  let playing = null;

  const slider = (/** @type {string} */ name, /** @type {number} */ at, /** @type {() => void} */ turned) => {
    const label = element("label", {}, box, name);
    const value = Math.round(100 * at);
    const input = element("input", { type: "range", min: 0, max: 100, step: 1, value, ...keys }, label);
    element("span", { class: "as-value", "aria-hidden": "true" }, label);
    input.addEventListener("input", turned);
    return input;
  };
  const show = (/** @type {any} */ input, /** @type {string} */ words) => {
    input.setAttribute("aria-valuetext", words);
    input.nextSibling.textContent = words;
  };

  // The knob: even steps of the slider are even steps of what is heard.
  const bend = kept.knob?.[0] > 0 ? Math.log : Number, unbend = kept.knob?.[0] > 0 ? Math.exp : Number;
  const [low, high] = kept.knob ? [bend(kept.knob[0]), bend(kept.knob[kept.knob.length - 1])] : [0, 1];
  const value = () => unbend(low + ((high - low) * Number(dial.value)) / 100);
  const turned = () => {
    if (!knob) return;
    const share = Number(dial.value);
    const [first, last] = knob.ends ?? [];
    show(dial, knob.ends ? `${100 - share} % ${first}, ${share} % ${last}` : `${Number(value().toPrecision(2))}`);
    playing?.send({ knob: value() });
  };
  const dial = knob ? slider(knob.name, (bend(knob.start) - low) / (high - low), turned) : null;
  const gain = () => settings.gain * (Number(loud.value) / 100) ** 2; // evenly as it is heard
  const louder = () => { show(loud, `${loud.value} %`); playing?.speaker?.setVolume(gain()); };
  const loud = slider("volume", 1, louder);

  const player = {
    pause() {
      playing?.stop();
      playing = null;
      if (home().playing === player) home().playing = null;
      button.textContent = "▶ Play";
      button.setAttribute("aria-label", `Play: ${title}`);
      time.textContent = "";
    },
    play() {
      home().playing?.pause();
      home().playing = player;
      button.textContent = "■ Stop";
      button.setAttribute("aria-label", `Stop: ${title}`);
      say.textContent = alert.textContent = "";
      playing = sounding();
    },
  };

  // The worker and the loudspeaker of one take, until it is stopped.
  function sounding() {
    const worker = startStreamWorker(root), { port1, port2 } = new MessageChannel(), began = Date.now();
    /** @type {AudioContext | null} */
    let context = null;
    let ended = false;
    const hidden = () => mine.speaker?.setAhead(document.hidden ? HIDDEN : settings.ahead);
    const tick = setInterval(() => {
      if (!root.isConnected) player.pause(); // a notebook's cell was run again
      time.textContent = `${Math.floor((Date.now() - began) / 1000)} s`;
    }, 1000);
    const mine = {
      /** @type {Loudspeaker | null} */
      speaker: null,
      send: (/** @type {any} */ message) => worker.postMessage(message),
      stop() {
        ended = true;
        clearInterval(tick);
        document.removeEventListener("visibilitychange", hidden);
        removeEventListener("pagehide", player.pause);
        worker.terminate();
        if (mine.speaker) mine.speaker.close();
        else context?.close();
        say.textContent = "Stopped.";
      },
    };
    const failed = (/** @type {string} */ message) => {
      if (ended) return;
      player.pause();
      say.textContent = "";
      alert.textContent = `This cannot be played: ${message}.`;
    };
    document.addEventListener("visibilitychange", hidden);
    addEventListener("pagehide", player.pause);
    worker.onmessage = ({ data }) => failed(data.error);
    worker.onerror = (event) => failed(event.message || "the worker could not start");
    worker.postMessage({ kept, seed, knob: knob ? value() : 0, port: port1 }, [port1]);
    Loudspeaker.open(kept.sr, kept.layout.length, port2, {
      ahead: settings.ahead,
      gain: gain(),
      sounds: () => { say.textContent = `Playing take ${take}.`; },
      opened: (made) => { context = made; },
    }).then((speaker) => {
      mine.speaker = speaker;
      if (ended) speaker.context.close().catch(() => {});
      else { hidden(); speaker.setVolume(gain()); }
    }, (error) => failed(error.message));
    return mine;
  }

  // The beginning of the take as a file, made by a worker of its own, with the knob as it stands.
  let saving = false;
  keep.addEventListener("click", () => {
    if (saving) return;
    const worker = startStreamWorker(root), { port1, port2 } = new MessageChannel(), n = SAVED * kept.sr;
    const channels = Array.from(kept.layout, () => new Float32Array(n)), name = `${fileName(title)}-take-${take}.wav`;
    let at = 0;
    const end = (/** @type {string} */ said, /** @type {string} */ wrong) => {
      worker.terminate();
      saving = false;
      say.textContent = said;
      alert.textContent = wrong;
    };
    saving = true;
    say.textContent = `Making ${SAVED} seconds.`;
    worker.onmessage = ({ data }) => end("", `This cannot be saved: ${data.error}.`);
    port2.onmessage = ({ data: piece }) => {
      const m = Math.min(n - at, piece[0].length);
      channels.forEach((y, c) => {
        for (let i = 0; i < m; i++) y[at + i] = settings.gain * piece[c][i];
      });
      at += m;
      if (at < n) return port2.postMessage(0);
      saveFile(wav(channels, kept.sr, name), bar);
      end(`${SAVED} seconds are saved as ${name}.`, "");
    };
    worker.postMessage({ kept, seed, knob: knob ? value() : 0, port: port1 }, [port1]);
    port2.postMessage(0);
  });
  button.addEventListener("click", () => (playing ? player.pause() : player.play()));
  other.addEventListener("click", () => {
    const was = Boolean(playing);
    player.pause();
    seed += 1;
    take += 1;
    if (was) player.play();
    else say.textContent = `Take ${take} is next.`;
  });
  player.pause();
  turned();
  louder();
}

/**
 * A worker of the text that stands once on the page.
 * @param {HTMLElement} root
 */
function startStreamWorker(root) {
  const text = document.querySelector(`script[data-as-worker="${root.dataset.worker}"]`)?.textContent ?? "";
  const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const worker = new Worker(address);
  URL.revokeObjectURL(address);
  return worker;
}

/** Give all players of the page that have none yet their controls. */
export function startEndless() {
  for (const root of document.querySelectorAll(".as-endless:not([data-ready])"))
    endlessPlayer(/** @type {HTMLElement} */ (root));
}
