// A player of the pages: a picture of a sound with axes and a playhead to seek with, buttons to play and to save, and one
// sound at a time.
import { addAxes } from "./axes.js";

/** @typedef {{pause(): void}} Playing whatever plays on the page */
/**
 * @typedef {object} ClipPlayer
 * @property {HTMLElement} figure
 * @property {number} seconds
 * @property {() => number} at where its playhead is, in seconds
 * @property {(at: number) => void} moveTo
 * @property {(at?: number) => void} play
 * @property {() => void} pause
 */

/** What all players of a page share, of whatever widget: the one that plays. @returns {{playing: Playing | null}} */
export const home = () => (/** @type {any} */ (window).audiostyle ??= { playing: null });

export const keys = { "data-lm-suppress-shortcuts": "true" }; // else JupyterLab takes arrows and space

/**
 * A new element.
 * @param {string} tag
 * @param {Record<string, string | number>} [attributes]
 * @param {Element} [parent]
 * @param {string} [words]
 * @returns {any}
 */
export function element(tag, attributes = {}, parent, words) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  if (words !== undefined) made.textContent = words;
  parent?.append(made);
  return made;
}

/**
 * Give a figure its controls; a button to save what sounds, too, if that is an <audio> element.
 * @param {HTMLElement} figure with a stage for the picture, `data-seconds`, and for axes `data-rate`
 * @param {any} audio what sounds: an <audio> element, or what can be used like one
 * @param {string} title
 * @returns {ClipPlayer}
 */
export function upgrade(figure, audio, title) {
  const stage = /** @type {HTMLElement} */ (figure.querySelector(".as-stage"));
  const seconds = Number(figure.dataset.seconds);
  let position = 0, frame = 0;
  figure.classList.add("as-ready");
  const head = element("div", { class: "as-head", "aria-hidden": "true" }, stage);
  const seek = element("input", {
    type: "range", min: 0, max: seconds, step: 0.01, value: 0, "aria-label": `Position in ${title}`, ...keys,
  }, stage);
  const bar = element("div", { class: "as-bar" });
  stage.after(bar);
  const button = element("button", { type: "button", class: "as-play", ...keys }, bar);
  if (audio instanceof HTMLAudioElement) {
    const keep = { type: "button", class: "as-keep", title: "Save this sound", "aria-label": `Save: ${title}`, ...keys };
    element("button", keep, bar, "↓").addEventListener("click", () => saveSound(audio.src, title, bar));
  }
  const time = element("span", { class: "as-time" }, bar);
  if (figure.dataset.rate) addAxes(stage, seconds, Number(figure.dataset.rate));

  const show = () => {
    const on = home().playing === clip;
    button.textContent = on ? "❚❚ Pause" : "▶ Play";
    button.setAttribute("aria-label", `${on ? "Pause" : "Play"}: ${title}`);
    head.style.left = `${(100 * position) / seconds}%`;
    seek.value = position;
    const text = `${position.toFixed(1)} of ${seconds.toFixed(1)} s`;
    seek.setAttribute("aria-valuetext", text);
    time.textContent = text;
  };
  const follow = () => {
    if (home().playing !== clip) return;
    position = Math.min(audio.currentTime, seconds);
    show();
    frame = requestAnimationFrame(follow);
  };
  const clip = {
    figure, seconds,
    at: () => position,
    moveTo(/** @type {number} */ at) {
      position = Math.max(0, Math.min(at, seconds));
      audio.currentTime = position;
      show();
    },
    play(at = position) {
      if (home().playing !== clip) home().playing?.pause();
      home().playing = clip;
      clip.moveTo(at >= seconds - 0.02 ? 0 : at);
      audio.play().catch((/** @type {Error} */ error) => {
        if (error.name !== "AbortError") { clip.pause(); time.textContent = `cannot play: ${error.message}`; }
      });
      cancelAnimationFrame(frame);
      follow();
    },
    pause() {
      audio.pause();
      if (home().playing === clip) home().playing = null;
      show();
    },
  };
  button.addEventListener("click", () => (home().playing === clip ? clip.pause() : clip.play()));
  seek.addEventListener("input", () => clip.moveTo(Number(seek.value)));
  // By a media key, too.
  audio.addEventListener("pause", () => { if (audio.paused && home().playing === clip) clip.pause(); }); 
  audio.addEventListener("ended", () => { clip.pause(); position = 0; show(); });
  show();
  return clip;
}

/**
 * The bytes inside an address that holds its data.
 * @param {string} address
 */
export function bytesOf(address) {
  return Uint8Array.from(atob(address.slice(address.indexOf(",") + 1)), (c) => c.charCodeAt(0));
}

/**
 * Let the browser save a file.
 * @param {File} file
 * @param {Element} near
 */
export function saveFile(file, near) {
  const address = URL.createObjectURL(file);
  clickLink(address, file.name, near);
  setTimeout(() => URL.revokeObjectURL(address), 60_000); // some browsers read it only after they have asked
}

/** A link's click, within the page: some hosts hear of no other. @param {string} href @param {string} download @param {Element} near */
function clickLink(href, download, near) {
  const link = element("a", { href, download }, near);
  link.click();
  link.remove();
}

/** A title as the name of a file. @param {string} title */
export function fileName(title) {
  return title.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "");
}

/**
 * Save what a player plays, under the player's name.
 * @param {string} address of the sound
 * @param {string} title
 * @param {Element} near
 */
function saveSound(address, title, near) {
  const name = fileName(title);
  if (address.startsWith("blob:")) clickLink(address, `${name}.wav`, near);
  else saveFile(new File([bytesOf(address)], `${name}.mp3`, { type: "audio/mpeg" }), near);
}

/**
 * A button that goes on with the next sound at the same moment.
 * @param {HTMLElement} root to put it into
 * @param {() => ClipPlayer[]} choices the sounds there are now
 * @returns {HTMLElement} the bar it stands in
 */
export function addSwitch(root, choices) {
  const bar = element("div", { class: "as-bar" }, root);
  const button = element("button", { type: "button", class: "as-switch", ...keys }, bar, "⇄ Switch");
  element("span", { class: "as-time" }, bar, "to the next sound at the same moment");
  button.setAttribute("aria-label", "Switch to the next sound at the same moment");
  let last = 0;
  button.addEventListener("click", () => {
    const all = choices();
    const i = all.findIndex((clip) => clip === home().playing);
    const next = i < 0 ? last % all.length : (i + 1) % all.length;
    last = next;
    const at = i < 0 ? all[next].at() : all[i].at();
    all[next].play(at % all[next].seconds);
  });
  return bar;
}
