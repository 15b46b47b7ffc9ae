// Will it make a convincing texture? As audiostyle_lib/realism.py: what a recording itself foretells.
import { checkAudio, checkRate } from "./audio.js";
import { K } from "./constants.js";
import { withoutOffset } from "./levels.js";
import { auditoryDistances } from "./metrics.js";
import { typicalStretch } from "./references.js";
import { resample } from "./resample.js";
import { matchedNoise, windowSpectra } from "./sounds.js";
import { largest, mirrored, roundEven } from "./sums.js";

/** @typedef {{rating: number, low: number, high: number, pitched: boolean, warning: string}} Realism */

/**
 * How convincing a texture of a recording can be expected to be, from 1 to 7.
 * @param {Float32Array[]} channels at least 1 s
 * @param {number} sr
 * @returns {Realism}
 */
export function expectedRealism(channels, sr) {
  const { AT_NOISE, PER_DISTANCE, WORST, BEST, WITHIN, MOST, TONES } = K.realism;
  const measured = measuredPart(channels, sr), { Y, rate } = measured;
  const distance = auditoryDistances(Y, matchedNoise(Y, rate), rate).modulation_power;
  const [rating, low, high] = [0, -WITHIN, WITHIN].map((off) =>
    Math.min(Math.max(AT_NOISE + PER_DISTANCE * distance + off, WORST), BEST),
  );
  const pitched = steadyTones(Y, rate) > MOST;
  return { rating, low, high, pitched, warning: pitched ? TONES : "" };
}

/**
 * The engine's task: `expectedRealism`.
 * @param {{channels: Float32Array[], sr: number}} args
 */
export function realism({ channels, sr }) {
  return expectedRealism(channels, sr);
}

/**
 * Share of the power in narrow lines of the spectrum that hold for a quarter of a second.
 * @param {Float32Array[]} channels
 * @param {number} sr
 */
export function steadyTones(channels, sr) {
  const { WINDOW, LOWEST, LINE, AROUND } = K.realism, width = roundEven(WINDOW * sr);
  const lowest = Math.floor((LOWEST * width) / sr) + 1, nBins = Math.floor(width / 2) + 1 - lowest;
  /** @type {Float64Array[]} */
  const power = []; // of each window
  for (const y of channels)
    windowSpectra(y, width).forEach(({ re, im }, t) => {
      power[t] ??= new Float64Array(nBins);
      for (let k = 0, bin = lowest; k < nBins; k++, bin++) {
        const twice = 2 * bin < width ? 2 : 1;
        power[t][k] += twice * (re[bin] * re[bin] + im[bin] * im[bin]);
      }
    });
  const most = Math.max(1e-30, ...power.map(largest));
  const lines = power.map((row) => {
    const around = medianFilter(row, AROUND);
    return Uint8Array.from(row, (p, k) => (p / most > LINE * (around[k] / most + 1e-12) ? 1 : 0));
  });
  const there = lines.map((row) => widened(row, 1)); // a bin to either side is the same line
  const on = there.slice(1).map((row, t) => row.map((v, k) => v & there[t][k]));
  let inLines = 0, all = 0;
  power.forEach((row, t) => {
    const held = lines[t].map((v, k) => v & ((on[t - 1]?.[k] ?? 0) | (on[t]?.[k] ?? 0)));
    const inside = widened(held, 2); // all of a line's width
    for (let k = 0; k < nBins; k++) {
      all += row[k] / most;
      if (inside[k]) inLines += row[k] / most;
    }
  });
  return inLines / Math.max(all, 1e-30);
}

/**
 * The median of an odd number of neighbours, the ends mirrored, as scipy's median_filter.
 * @param {Float64Array} x
 * @param {number} size
 */
function medianFilter(x, size) {
  const half = (size - 1) / 2, window = new Float64Array(size);
  return x.map((_, k) => {
    for (let i = 0; i < size; i++) window[i] = x[mirrored(k + i - half, x.length)];
    return window.sort()[half];
  });
}

/**
 * Whether a number or one of its neighbours is 1.
 * @param {Uint8Array} x
 * @param {number} by how far away
 */
function widened(x, by) {
  return x.map((_, k) => {
    for (let i = k - by; i <= k + by; i++) if (x[mirrored(i, x.length)]) return 1;
    return 0;
  });
}

/**
 * What is measured of a recording, and its rate.
 * @param {Float32Array[]} channels
 * @param {number} sr
 */
function measuredPart(channels, sr) {
  checkRate(sr);
  checkAudio(channels, sr, { minSeconds: 2 * K.auditory.MIN_SECONDS });
  const [first, last] = typicalStretch(channels, sr, K.realism.SECONDS);
  const part = withoutOffset(channels.map((y) => y.subarray(first, last)), sr);
  const gain = Math.fround(K.realism.PEAK / Math.max(1e-9, ...part.map(largest))), rate = Math.min(sr, K.audio.SR);
  const Y = part.map((y) => {
    const scaled = resample(y.map((v) => v * gain), sr, rate);
    return scaled.subarray(0, scaled.length - (scaled.length % Math.floor(rate / 10))); // lengths that transform fast
  });
  return { Y: checkAudio(Y, rate, { minSeconds: K.auditory.MIN_SECONDS }), rate };
}
