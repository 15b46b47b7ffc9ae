// Which part of a long sound is measured, as audiostyle_lib/references.py.
import { hopForRate } from "./base.js";
import { K } from "./constants.js";
import { RealFourier } from "./fourier.js";
import { median, quantile, roundEven } from "./sums.js";

/**
 * The stretch of so many seconds that is most like the whole: its first sample and the one after its last.
 * @param {Float32Array[]} channels
 * @param {number} sr
 * @param {number} [seconds]
 * @returns {[number, number]}
 */
export function typicalStretch(channels, sr, seconds = K.references.MEASURED_SECONDS) {
  const n = channels[0].length, length = roundEven(seconds * sr);
  const { LOOKS: looks, QUARTILES: quartiles, STEPS: steps } = K.references;
  if (n <= length) return [0, n];
  const levels = octaveLevels(channels, sr), nSeconds = Math.floor(n / sr), width = Math.max(1, roundEven(seconds));
  const starts = [];
  for (let k = 0; k < Math.max(1, nSeconds - width + 1); k += Math.max(1, Math.floor(width / steps))) starts.push(k);
  const found = starts.map((k) => {
    const piece = levels.slice(k * looks, (k + width) * looks);
    return piece[0].flatMap((_, band) => {
      const sorted = Float64Array.from(piece, (look) => look[band]).sort();
      return quartiles.map((/** @type {number} */ share) => quantile(sorted, share / 100));
    });
  });
  const usual = found[0].map((_, i) => median(found.map((row) => row[i])));
  const off = found.map((row) => row.reduce((total, v, i) => total + Math.abs(v - usual[i]), 0));
  const first = Math.min(starts[off.indexOf(Math.min(...off))] * sr, n - length);
  return [first, first + length];
}

/**
 * Levels of octave bands in dB, at some moments of each whole second: one row for each look.
 * @param {Float32Array[]} channels
 * @param {number} sr
 * @returns {number[][]}
 */
export function octaveLevels(channels, sr) {
  const { LOOKS: looks, OCTAVES: octaves } = K.references, nSeconds = Math.floor(channels[0].length / sr);
  const nFft = 4 * hopForRate(sr), plan = new RealFourier(nFft), S = plan.forward([]), frame = new Float32Array(nFft);
  const window = frame.map((_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / (nFft - 1)));
  const edges = [];
  for (let k = 0; k < octaves; k++) edges.push(Math.floor(2 * (nFft / 4) ** (k / (octaves - 1)) + 1e-6));
  const bands = [...new Set(edges)];
  const rows = [];
  for (let look = 0; look < nSeconds * looks; look++) {
    const start = Math.floor(look / looks) * sr + Math.floor(((look % looks) * (sr - nFft)) / (looks - 1));
    const power = new Float64Array(plan.nBins);
    for (const y of channels) {
      for (let i = 0; i < nFft; i++) frame[i] = window[i] * y[start + i];
      plan.forward(frame, S);
      for (let k = 0; k < power.length; k++) power[k] += (S.re[k] * S.re[k] + S.im[k] * S.im[k]) / channels.length;
    }
    rows.push(bands.map((first, band) => {
      const total = power.subarray(first, bands[band + 1]).reduce((a, b) => a + b, 0);
      return 10 * Math.log10(total + 1e-10);
    }));
  }
  return rows;
}
