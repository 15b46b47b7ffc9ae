// The takes: players side by side with the piece they were made after, each with scores, a file to keep, and an end.
import { addSwitch, element, keys, saveFile, upgrade } from "../player.js";
import { wav } from "../wav.js";
import { Voice, channelsOf, levelOf } from "./voice.js";
import { likeness, newness } from "./words.js";

/**
 * @typedef {object} Take
 * @property {string} title
 * @property {string} about how it was made, in a few words
 * @property {string} file what its file is called, without its end
 * @property {AudioBuffer} buffer
 * @property {ImageData} picture
 * @property {boolean} [loop]
 * @property {boolean} [mixed] of two sounds: it gets no scores
 */

const KEPT = 8; // takes that can be compared, and are held
const LEVEL = 0.1; // root mean square at which all are heard, less where a peaky one needs room
const PEAK = 0.95;

/**
 * @param {HTMLElement} box
 * @param {{yardsticks: import("./words.js").Yardsticks, say: (words: string) => void}} how
 */
export function buildTakes(box, { yardsticks, say }) {
  /** @type {{take: Take, clip: import("../player.js").ClipPlayer, level: number, peak: number}[]} */
  let shown = [];
  const bar = addSwitch(/** @type {HTMLElement} */ (box.parentElement), () => shown.map(({ clip }) => clip));
  box.before(bar);
  bar.hidden = true;

  // One level for all, so that none seems better for being louder.
  const gainOf = (/** @type {number} */ level) => {
    const common = Math.min(LEVEL, ...shown.map((one) => (PEAK * one.level) / one.peak));
    return common / level;
  };
  const drop = (/** @type {typeof shown[number]} */ one) => {
    one.clip.pause();
    one.clip.figure.remove();
    shown = shown.filter((other) => other !== one);
    bar.hidden = shown.length < 2;
  };

  /** @param {Take} take @param {{first?: boolean}} [where] */
  const add = (take, { first = false } = {}) => {
    const seconds = take.buffer.duration;
    const figure = element("figure", { class: "as-clip st-take", "data-seconds": seconds, "data-rate": take.buffer.sampleRate });
    const caption = element("figcaption", {}, figure), words = element("span", {}, caption);
    element("b", {}, words, take.title);
    element("small", {}, words, ` ${take.about}`);
    const stage = element("div", { class: "as-stage" }, figure);
    const canvas = element("canvas", { role: "img", "aria-label": `Spectrogram: ${take.title}`,
      width: take.picture.width, height: take.picture.height }, stage);
    canvas.getContext("2d").putImageData(take.picture, 0, 0);
    const channels = channelsOf(take.buffer), level = levelOf(channels);
    const peak = channels.reduce((most, y) => y.reduce((m, v) => Math.max(m, Math.abs(v)), most), 0);
    const voice = new Voice(take.buffer, { loop: take.loop, gain: () => gainOf(level) });
    const one = { take, level, peak, clip: upgrade(figure, voice, take.title) };
    element("div", { class: "st-judged" }, figure, take.mixed || first ? "" : "Comparing it with the recording …");
    if (first) element("p", { class: "st-lead" }, figure, "What your takes are made after.");
    else {
      const remove = { type: "button", class: "st-remove", "aria-label": `Remove ${take.title}`, ...keys };
      element("button", remove, caption, "×")
        .addEventListener("click", () => {
          const next = figure.nextElementSibling ?? figure.previousElementSibling;
          drop(one);
          say(`${take.title} is removed.`);
          next?.querySelector("button")?.focus(); // or the keyboard would begin the page anew
        });
      addSave(figure, take);
    }
    if (first) { box.prepend(figure); shown.unshift(one); }
    else { box.children[0].after(figure); shown.splice(1, 0, one); }
    while (shown.length > KEPT + 1) drop(shown[shown.length - 1]);
    bar.hidden = shown.length < 2;
  };

  return {
    /**
     * What came of the comparison; null if nothing.
     * @param {Take} take
     * @param {Record<string, number> | null} scores
     */
    score(take, scores) {
      const one = shown.find((other) => other.take === take);
      const box = /** @type {HTMLElement | undefined} */ (one?.clip.figure.querySelector(".st-judged"));
      box?.replaceChildren();
      if (box && scores) showScores(box, scores, yardsticks);
    },
    add: (/** @type {Take} */ take) => add(take),
    /** The piece that the next take was made after; another one goes. @param {Take} take */
    compareWith(take) {
      if (shown.length && same(shown[0].take.buffer, take.buffer)) return;
      if (shown.length) drop(shown[0]);
      add(take, { first: true });
    },
  };
}

/** Whether two sounds are one, sample by sample: two recordings may have one name. @param {AudioBuffer} a @param {AudioBuffer} b */
function same(a, b) {
  const [Y, Z] = [a, b].map(channelsOf);
  return a.sampleRate === b.sampleRate && Y.length === Z.length
    && Y.every((y, c) => y.length === Z[c].length && y.every((v, i) => v === Z[c][i]));
}

/**
 * @param {HTMLElement} box
 * @param {Record<string, number>} scores
 * @param {import("./words.js").Yardsticks} yardsticks
 */
function showScores(box, scores, yardsticks) {
  const list = element("dl", { class: "st-scores" }, box);
  const verdicts = { Alike: likeness(scores, yardsticks), New: newness(scores) };
  for (const [name, { share, words }] of Object.entries(verdicts)) {
    element("dt", {}, list, name);
    const value = element("dd", {}, list);
    const size = element("span", { class: "st-meter", "aria-hidden": "true" }, value);
    element("span", {}, size).style.width = `${Math.round(100 * share)}%`;
    element("span", {}, value, words);
  }
  const more = element("details", { class: "st-numbers" }, box);
  element("summary", {}, more, "The numbers");
  const numbers = element("dl", { class: "as-numbers" }, more);
  for (const name of ["auditory", "copy", "copy_floor", "spectrum_db", "attack"]) {
    element("dt", {}, numbers, NAMES[name]);
    element("dd", {}, numbers, scores[name].toFixed(2));
  }
}
/** @type {Record<string, string>} */
const NAMES = { auditory: "auditory distance", copy: "copy score", copy_floor: "copy score of noise",
  spectrum_db: "spectrum, dB off", attack: "attack distance" };

/** @param {HTMLElement} figure @param {Take} take */
function addSave(figure, take) {
  const bar = element("div", { class: "as-bar st-actions" }, figure);
  const label = { type: "button", ...keys, "aria-label": `Save ${take.title} as WAV` };
  const save = element("button", label, bar, "Save as WAV");
  const bits = element("select", { "aria-label": `Bits of ${take.title}`, ...keys }, bar);
  for (const n of [16, 24]) bits.append(new Option(`${n} bit`, String(n)));
  save.addEventListener("click", () => {
    const { buffer, loop } = take, how = { bits: Number(bits.value), loop };
    saveFile(wav(channelsOf(buffer), buffer.sampleRate, `${take.file}.wav`, how), bar);
  });
}
