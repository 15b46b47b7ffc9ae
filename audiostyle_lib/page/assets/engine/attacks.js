// How sharp a sound's events are, as audiostyle_lib/attacks.py.
import { checkAudio } from "./audio.js";
import { K } from "./constants.js";
import { melSpectrogram } from "./mel.js";
import { mean, median, quantile, range, roundEven } from "./sums.js";

/** @typedef {Record<string, number>} Named */

/**
 * How fast and how far loudness rises: `level_rise`, `mel_rise`, `rise_ms` and `kurtosis`, means of all channels.
 * @param {Float32Array[]} channels at least 0.5 s
 * @param {number} sr
 * @returns {Named}
 */
export function attackStatistics(channels, sr) {
  return attacksOf(checkAudio(channels, sr, { minSeconds: K.auditory.MIN_SECONDS }), sr);
}

/**
 * `attackStatistics` of a sound that may be silent: then nothing rises.
 * @param {Float32Array[]} channels
 * @param {number} sr
 * @returns {Named}
 */
export function attacksOf(channels, sr) {
  const found = channels.map((y) => attacksOfChannel(y, sr));
  return Object.fromEntries(Object.keys(found[0]).map((name) => [name, mean(found.map((f) => f[name]))]));
}

/**
 * How far two sounds' `attackStatistics` are apart: mean difference of their logarithms.
 * @param {Named} a
 * @param {Named} b
 */
export function attackDistance(a, b) {
  return mean(Object.keys(a).map((name) => Math.abs(Math.log(Math.max(a[name], 1e-2) / Math.max(b[name], 1e-2)))));
}

/**
 * @param {Float32Array} y
 * @param {number} sr
 * @returns {Named}
 */
function attacksOfChannel(y, sr) {
  const { FRAME, FLOOR, LEVEL_QUANTILE, MEL_QUANTILE, N_MELS: nMels } = K.attacks;
  if (range(y) < K.audio.SILENCE) return { level_rise: 0, mel_rise: 0, rise_ms: 0, kurtosis: 3 };
  const hopLength = Math.max(1, roundEven(FRAME * sr));
  const { mel, nFrames } = melSpectrogram(y, sr, { nFft: 2 * hopLength, hopLength, nMels });
  const most = mel.reduce((a, b) => Math.max(a, b));
  const decibels = mel.map((p) => 10 * Math.log10(Math.max(p / most, FLOOR)));
  const melRises = new Float64Array(nMels * (nFrames - 1));
  for (let m = 0, at = 0; m < nMels; m++)
    for (let t = 1; t < nFrames; t++) melRises[at++] = decibels[m * nFrames + t] - decibels[m * nFrames + t - 1];
  const power = framePowers(y, hopLength), middle = mean(power);
  const levels = power.map((p) => 10 * Math.log10(Math.max(p / middle, FLOOR)));
  return {
    level_rise: quantile(levels.subarray(1).map((v, t) => v - levels[t]).sort(), LEVEL_QUANTILE),
    mel_rise: quantile(melRises.sort(), MEL_QUANTILE),
    rise_ms: riseMs(y, sr),
    kurtosis: kurtosis(y),
  };
}

/**
 * Mean power of frames that follow one another.
 * @param {Float32Array} y
 * @param {number} hopLength
 */
export function framePowers(y, hopLength) {
  const power = new Float64Array(Math.floor(y.length / hopLength));
  for (let t = 0, i = 0; t < power.length; t++) {
    for (const end = i + hopLength; i < end; i++) power[t] += y[i] * y[i];
    power[t] /= hopLength;
  }
  return power;
}

/** @param {Float32Array} y */
function kurtosis(y) {
  const middle = mean(y);
  let second = 0, fourth = 0;
  for (const v of y) {
    const square = (v - middle) ** 2;
    second += square;
    fourth += square * square;
  }
  return (fourth * y.length) / second ** 2;
}

/**
 * Median time in which the largest rises of power go from a tenth to nine tenths, ms.
 * @param {Float32Array} y
 * @param {number} sr
 */
function riseMs(y, sr) {
  const { FINE, SMOOTH, BEFORE: seconds, ONSETS, RISE: [low, high] } = K.attacks;
  const hop = Math.max(1, roundEven(FINE * sr)), rate = sr / hop, before = roundEven(seconds * rate);
  const power = smoothed(framePowers(y, hop), Math.max(1, roundEven(SMOOTH * rate)));
  const rises = findPeaks(power, before).filter((peak) => peak >= before).map((peak) => {
    const part = power.slice(peak - before, peak + 1), least = part.reduce((a, b) => Math.min(a, b));
    return part.map((p) => p - least).reverse(); // from the peak backwards
  });
  const first = (/** @type {Float64Array} */ back, /** @type {number} */ share) =>
    Math.max(0, back.findIndex((p) => p < share * back[0]));
  rises.sort((a, b) => b[0] - a[0]);
  const timed = rises.slice(0, Math.max(1, roundEven((ONSETS * y.length) / sr)));
  const times = timed.map((back) => first(back, low) - first(back, high));
  return times.length ? (median(times) / rate) * 1000 : 1000 * seconds;
}

/**
 * Means of `width` neighbours, zeros beyond the ends, as numpy's convolve in mode "same".
 * @param {Float64Array} x
 * @param {number} width
 */
function smoothed(x, width) {
  const after = Math.floor((width - 1) / 2);
  return x.map((_, k) => {
    let total = 0;
    for (let i = Math.max(0, k + after - width + 1); i <= Math.min(x.length - 1, k + after); i++) total += x[i];
    return total / width;
  });
}

/**
 * Places of local maxima, so many samples apart: of those too near to one another the highest, as scipy's find_peaks.
 * @param {Float64Array} x
 * @param {number} distance
 * @returns {number[]}
 */
function findPeaks(x, distance) {
  /** @type {number[]} */
  const peaks = [];
  for (let i = 1; i < x.length - 1; i++) {
    if (x[i - 1] >= x[i]) continue;
    let end = i;
    while (end + 1 < x.length - 1 && x[end + 1] === x[i]) end++;
    if (x[end + 1] < x[i]) peaks.push(Math.floor((i + end) / 2));
    i = end;
  }
  const keep = peaks.map(() => true), order = peaks.map((_, k) => k).sort((a, b) => x[peaks[b]] - x[peaks[a]]);
  for (const k of order) {
    if (!keep[k]) continue;
    for (let j = k - 1; j >= 0 && peaks[k] - peaks[j] < distance; j--) keep[j] = false;
    for (let j = k + 1; j < peaks.length && peaks[j] - peaks[k] < distance; j++) keep[j] = false;
  }
  return peaks.filter((_, k) => keep[k]);
}
