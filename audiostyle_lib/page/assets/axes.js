// Axes of a picture of a sound: seconds below it, frequencies at its left edge, in mel bands as page/html.py draws it.
import { K } from "./engine/constants.js";
import { melOfHz } from "./engine/mel_scale.js";

/** @typedef {{text: string, at: number}} Mark its share of the axis, from the left or from below */

const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 120, 300, 600]; // s from mark to mark
const FREQUENCIES = [300, 1000, 3000, 10000]; // Hz
const ROOM = 5; // marks that fit below a narrow picture, beside that of 0

/** @param {number} seconds @returns {Mark[]} */
export function secondsMarks(seconds) {
  const step = STEPS.find((s) => seconds / s <= ROOM + 0.01) ?? seconds / ROOM;
  const n = Math.floor(seconds / step + 0.01);
  return Array.from({ length: n + 1 }, (_, k) =>
    ({ text: `${Number((k * step).toFixed(1))}${k === n ? " s" : ""}`, at: Math.min(1, (k * step) / seconds) }));
}

/** The middle of each band is where its frequency is. @param {number} sr @returns {Mark[]} */
export function frequencyMarks(sr) {
  const rows = K.html.ROWS, top = melOfHz(sr / 2);
  return FREQUENCIES.filter((f) => f < 0.46 * sr).map((f) => ({
    text: f < 1000 ? `${f} Hz` : `${f / 1000} kHz`,
    at: ((melOfHz(f) / top) * (rows + 1) - 0.5) / rows,
  }));
}

/**
 * @param {HTMLElement} stage
 * @param {number} seconds
 * @param {number} sr
 */
export function addAxes(stage, seconds, sr) {
  for (const [name, marks] of [["as-seconds", secondsMarks(seconds)], ["as-hertz", frequencyMarks(sr)]]) {
    const axis = document.createElement("div");
    axis.className = `as-axis ${name}`;
    axis.ariaHidden = "true"; // the position is said in seconds
    for (const { text, at } of /** @type {Mark[]} */ (marks)) {
      const mark = document.createElement("span");
      mark.textContent = text;
      mark.style.setProperty("--at", at.toFixed(4));
      axis.append(mark);
    }
    stage.append(axis);
  }
}
