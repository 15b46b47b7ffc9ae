// What a texture is made after, and with what: sounds that are fit to be measured, lengths, weights, seeds; with the
// sentences of references.py, arguments.py, mixture.py and result.py.
import { checkAudio } from "./audio.js";
import { K } from "./constants.js";
import { AudioError } from "./errors.js";
import { withoutOffset } from "./levels.js";
import { typicalStretch } from "./references.js";
import { roundEven } from "./sums.js";
import { withoutCourse } from "./trend.js";

/**
 * The parts of references that are measured: the most typical stretch of long ones, without offset and slow course.
 * @param {Float32Array[][]} sounds
 * @param {number} sr
 * @param {readonly number[]} widths of the kernels
 * @param {import("./stft.js").STFT} stft
 * @returns {Float32Array[][]}
 */
export function checkReferences(sounds, sr, widths, stft) {
  if (!sounds?.length) throw new AudioError("no sounds came; expected at least one");
  const names = sounds.map((_, i) => (sounds.length > 1 ? `sound ${i}` : "y"));
  sounds.forEach((Y, i) => checkAudio(Y, sr, { minSeconds: 1e-9, name: names[i] }));
  const counts = new Set(sounds.map((Y) => Y.length).filter((n) => n > 1));
  if (counts.size > 1) {
    const listed = sounds.map((Y, i) => `${names[i]}: ${Y.length}`).join(", ");
    throw new AudioError(`references have other channels (${listed}); expected as many in each`);
  }
  const widest = Math.max(...widths);
  sounds.forEach(([y], i) => {
    const n = y.length;
    if (stft.nFrames(n) > widest && n >= stft.minLength) return;
    const needed = Math.max((widest + 1) * stft.hopLength, stft.minLength) / sr;
    throw new AudioError(
      `${names[i]} lasts ${(n / sr).toFixed(3)} s; expected at least ${needed.toFixed(3)} s for kernels of `
      + `${widest} frames: take a longer sound or narrower kernels`);
  });
  return sounds.map((Y) => {
    const [first, end] = typicalStretch(Y, sr);
    return withoutCourse(withoutOffset(Y.map((y) => y.slice(first, end)), sr));
  });
}

/**
 * Shares of k sounds, which add to 1; equal ones by default.
 * @param {ArrayLike<number> | undefined} weights
 * @param {number} k
 */
export function checkWeights(weights, k) {
  const found = Array.from(weights ?? new Array(k).fill(1)), said = `[${found.join(", ")}]`;
  if (found.length !== k)
    throw new AudioError(
      `weights have shape (${found.length},); expected (${k},) or (rows, ${k}), one for each of the ${k} sounds`);
  if (!found.every((v) => Number.isFinite(v) && v >= 0))
    throw new AudioError(`weights are ${said}; expected numbers of at least 0`);
  const largest = Math.max(...found);
  if (!largest) throw new AudioError("weights are all 0 in row 0; expected at least one above 0");
  const sum = found.reduce((a, b) => a + b / largest, 0);
  return found.map((v) => v / largest / sum);
}

/** @param {number} seed */
export function checkSeed(seed) {
  if (Number.isSafeInteger(seed) && seed >= 0) return seed;
  throw new AudioError(`seed is ${seed}; expected a whole number from 0 to 2**53 - 1`);
}

/**
 * @template T
 * @param {string} name
 * @param {string} value
 * @param {Record<string, T>} choices
 * @returns {T}
 */
export function checkChoice(name, value, choices) {
  if (Object.hasOwn(choices, value)) return choices[value];
  throw new AudioError(`${name} is ${value}; expected one of ${Object.keys(choices).join(", ")}`);
}

/**
 * Samples of a result.
 * @param {number} seconds
 * @param {number} sr
 */
export function checkLength(seconds, sr) {
  const most = K.result.MAX_SECONDS;
  if (!(Number.isFinite(seconds) && roundEven(seconds * sr) >= 1))
    throw new AudioError(`seconds is ${seconds}; expected a length above 0`);
  if (seconds > most) throw new AudioError(`seconds is ${seconds}; expected at most ${most}`);
  return roundEven(seconds * sr);
}
