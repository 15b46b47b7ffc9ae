// What a sound's bands are: one sound in all channels or several, noise or tones; `_alike` and `_noisy` of sharpen.py.
import { around } from "./band_levels.js";
import { K } from "./constants.js";
import { eighComplex } from "./eigen.js";
import { RealFFT } from "./fft.js";
import { STFT, hannWindow } from "./stft.js";
import { roundEven } from "./sums.js";

/** @typedef {import("./wide_bands.js").WideBands} WideBands */

/**
 * Of each wide band: 1 where channels are one sound, 0 where they are unrelated.
 * @param {Float32Array[]} Y
 * @param {WideBands} wide
 */
export function alikeness(Y, wide) {
  const powers = Y.map((y) => y.reduce((sum, v) => sum + v * v, 0)), mean = powers.reduce((a, b) => a + b) / Y.length;
  const loud = Y.filter((_, c) => powers[c] > 1e-12 * mean), n = loud.length;
  if (n < 2) return new Float32Array(wide.centres.length).fill(1);
  const nFft = Math.min(roundEven(K.sharpen.ALIKE_SECONDS * wide.sr), Y[0].length);
  const stft = new STFT(nFft, nFft >> 2), D = loud.map((y) => stft.complex(y)), { nBins } = stft;
  const near = around(wide, Float64Array.from({ length: nBins }, (_, k) => (k * wide.sr) / nFft));
  const weighted = new Float64Array(near.length), weights = new Float64Array(near.length);
  for (let k = 0; k < nBins; k++) {
    const re = new Float64Array(n * n), im = new Float64Array(n * n);
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++)
        for (let at = k; at < D[i].re.length; at += nBins) {
          re[i * n + j] += D[i].re[at] * D[j].re[at] + D[i].im[at] * D[j].im[at];
          im[i * n + j] += D[i].im[at] * D[j].re[at] - D[i].re[at] * D[j].im[at];
        }
    const power = Array.from({ length: n }, (_, i) => re[i * n + i]), norms = power.map((p) => Math.sqrt(Math.max(p, 1e-20)));
    for (let i = 0; i < n * n; i++) {
      const scale = norms[Math.floor(i / n)] * norms[i % n];
      re[i] /= scale;
      im[i] /= scale;
    }
    const greatest = eighComplex(re, im, n).values[n - 1], common = Math.max(0, Math.min((greatest - 1) / (n - 1), 1));
    const total = power.reduce((a, b) => a + b);
    near.forEach((of, b) => {
      if (!of[k]) return;
      weighted[b] += total * common;
      weights[b] += total;
    });
  }
  return Float32Array.from(weighted, (v, b) => (v / Math.max(weights[b], 1e-20)) ** K.sharpen.ALONE);
}

/**
 * Of each wide band, by its spectral flatness: near 1 for noise, 0 for tones.
 * @param {Float32Array} y
 * @param {WideBands} wide
 */
export function noisiness(y, wide) {
  const nFft = Math.min(roundEven(K.sharpen.LINES_SECONDS * wide.sr), y.length), hop = nFft >> 1;
  const fft = new RealFFT(nFft), window = hannWindow(nFft), frame = new Float32Array(nFft);
  const re = new Float32Array(fft.nBins), im = new Float32Array(fft.nBins), power = new Float64Array(fft.nBins);
  const count = 1 + Math.floor((y.length - nFft) / hop);
  for (let t = 0; t < count; t++) {
    for (let i = 0; i < nFft; i++) frame[i] = window[i] * y[t * hop + i];
    fft.forward(frame, re, im);
    for (let k = 0; k < power.length; k++) power[k] += (re[k] * re[k] + im[k] * im[k]) / count;
  }
  const near = around(wide, Float64Array.from(power, (_, k) => (k * wide.sr) / nFft));
  return Float32Array.from(near, (of) => {
    const p = Array.from(power).filter((_, k) => of[k]).map((v) => v + 1e-20), n = p.length;
    const flatness = !n ? 1 : Math.exp(p.reduce((sum, v) => sum + Math.log(v), 0) / n) / (p.reduce((a, b) => a + b) / n);
    return Math.min(1, flatness / K.sharpen.FLAT);
  });
}
