// How loud a sound is, as audiostyle_lib/levels.py. All channels share one level and get one gain.
import { K } from "./constants.js";
import { largest, mean, roundEven } from "./sums.js";

/**
 * Root mean square of all channels together.
 * @param {ArrayLike<number>[]} channels
 */
export function rms(channels) {
  let total = 0, n = 0;
  for (const y of channels) {
    for (let i = 0; i < y.length; i++) total += y[i] * y[i];
    n += y.length;
  }
  return Math.sqrt(total / n);
}

/**
 * The sound without a constant offset, and without a drift that is slower than any sound.
 * @param {Float32Array[]} channels
 * @param {number} sr
 * @returns {Float32Array[]}
 */
export function withoutOffset(channels, sr) {
  return channels.map((y) => steady(y, sr));
}

/**
 * @param {Float32Array} y
 * @param {number} sr
 */
function steady(y, sr) {
  const { OFFSET, DRIFT_SECONDS, DRIFT } = K.levels;
  const middle = Math.fround(mean(y)), seconds = y.length / sr;
  const even = y.map((v) => v - middle);
  const rest = Math.abs(middle) <= Math.max(OFFSET * deviation(even), 1e-6) ? y : even;
  if (seconds <= DRIFT_SECONDS) return rest;
  const size = Math.max(1, roundEven(DRIFT_SECONDS * sr)), slow = runningMean(rest, size);
  const least = DRIFT * deviation(rest);
  const drifts = deviation(slow) > least && deviation(ofWhatIsThere(slow, rest, size)) > least;
  return drifts ? rest.map((v, i) => v - slow[i]) : rest;
}

/** @param {Float32Array} y */
function deviation(y) {
  const middle = mean(y);
  let total = 0;
  for (const v of y) total += (v - middle) ** 2;
  return Math.sqrt(total / y.length);
}

/**
 * The mean of `size` samples around each, those at the ends repeated.
 * @param {Float32Array} y
 * @param {number} size
 */
function runningMean(y, size) {
  const before = Math.floor(size / 2), after = Math.floor((size - 1) / 2), last = y.length - 1;
  const at = (/** @type {number} */ i) => y[Math.min(Math.max(i, 0), last)];
  const means = new Float32Array(y.length);
  let total = 0;
  for (let i = -before; i <= after; i++) total += at(i);
  means[0] = total / size;
  for (let i = 1; i <= last; i++) {
    total += at(i + after) - at(i - 1 - before);
    means[i] = total / size;
  }
  return means;
}

/**
 * Running means without what was repeated at the ends: one large sample there is no drift.
 * @param {Float32Array} means
 * @param {Float32Array} y
 * @param {number} size
 */
function ofWhatIsThere(means, y, size) {
  const there = means.slice(), last = y.length - 1;
  const put = (/** @type {number} */ n, /** @type {number} */ value, /** @type {(i: number) => number} */ at) => {
    for (let i = 0; i < n; i++) {
      const repeated = n - i;
      there[at(i)] = (size * there[at(i)] - repeated * value) / (size - repeated);
    }
  };
  put(Math.floor(size / 2), y[0], (i) => i);
  put(Math.floor((size - 1) / 2), y[last], (i) => last - i);
  return there;
}

/**
 * A channel that begins and ends at zero, in double precision: a jump there would be a click.
 * @param {Float32Array} y
 * @param {number} sr
 * @param {{start?: boolean, end?: boolean}} [options] which ends
 */
export function fadeEnds(y, sr, { start = true, end = true } = {}) {
  const n = Math.min(roundEven(K.levels.FADE_SECONDS * sr), Math.floor(y.length / 2)), out = Float64Array.from(y);
  for (let i = 0; i < n; i++) {
    const gain = 0.5 - 0.5 * Math.cos((Math.PI * i) / n);
    if (start) out[i] *= gain;
    if (end) out[y.length - 1 - i] *= gain;
  }
  return out;
}

/**
 * Sounds at one common level, less where the most peaky of them would exceed a peak.
 * @param {Float32Array[][]} sounds
 * @returns {Float32Array[][]}
 */
export function matchLevels(sounds) {
  const units = sounds.map((channels) => {
    const level = Math.fround(rms(channels)) || 1;
    return channels.map((y) => y.map((v) => v / level));
  });
  const highest = Math.max(...units.flat().map(largest)), { MATCHED_DB, MATCHED_PEAK } = K.levels;
  const gain = Math.fround(Math.min(10 ** (MATCHED_DB / 20), highest ? MATCHED_PEAK / highest : 1));
  return units.map((channels) => channels.map((y) => y.map((v) => v * gain)));
}
