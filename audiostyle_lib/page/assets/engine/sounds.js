// Noise that has a sound's spectrum and nothing else of it, as `matched_noise` of audiostyle_lib/sounds.py.
import { checkAudio } from "./audio.js";
import { K } from "./constants.js";
import { RealFourier } from "./fourier.js";
import { NumpyNoise } from "./numpy_noise.js";
import { hann, largest, mean, meanOfProducts, roundEven } from "./sums.js";

/** @typedef {import("./fourier.js").Complex} Complex */

/**
 * Gaussian noise with the spectrum and level of a sound; of several channels also with their coherence.
 * @param {Float32Array[]} channels at least 0.1 s
 * @param {number} sr
 * @param {{length?: number, seed?: number}} [options] samples of the noise, by default those of the sound
 * @returns {Float32Array[]}
 */
export function matchedNoise(channels, sr, { length = channels[0].length, seed = 0 } = {}) {
  checkAudio(channels, sr, { minSeconds: K.sounds.NOISE_SECONDS });
  const width = Math.min(roundEven(K.sounds.WINDOW * sr), channels[0].length);
  const spectra = channels.map((y) => windowSpectra(y, width));
  const powers = spectra.map((S) => welch(S, width)), roots = coherenceRoots(spectra, powers[0].length);
  const source = new NumpyNoise(seed), plan = new RealFourier(length);
  const noises = channels.map(() => plan.forward(source.normals(length)));
  const ratio = (powers[0].length - 1) / Math.max(plan.nBins - 1, 1);
  const out = channels.map((y, k) => {
    const mixed = { re: new Float64Array(plan.nBins), im: new Float64Array(plan.nBins) };
    for (let bin = 0; bin < plan.nBins; bin++) {
      const at = bin * ratio, low = Math.min(Math.floor(at), powers[k].length - 2), rest = at - low;
      const between = (/** @type {ArrayLike<number>} */ x) => x[low] + rest * (x[low + 1] - x[low]);
      let size = 0;
      for (let j = 0; j <= k; j++) {
        const root = roots[k][j], re = between(root.re), im = between(root.im), noise = noises[j];
        mixed.re[bin] += re * noise.re[bin] - im * noise.im[bin];
        mixed.im[bin] += re * noise.im[bin] + im * noise.re[bin];
        size += re * re + im * im;
      }
      const gain = Math.sqrt(between(powers[k]) / size);
      mixed.re[bin] *= gain;
      mixed.im[bin] *= gain;
    }
    const noise = plan.backward(mixed);
    const gain = Math.sqrt(meanOfProducts(y, y) / Math.max(meanOfProducts(noise, noise), 1e-30));
    return noise.map((v) => v * gain);
  });
  const peak = Math.max(1, ...out.map(largest));
  return out.map((y) => Float32Array.from(y, (v) => v / peak));
}

/**
 * Spectra of windows that overlap by a half, each less its mean, as scipy.signal has them but for the scale.
 * @param {ArrayLike<number>} y
 * @param {number} width samples of a window
 * @returns {Complex[]}
 */
export function windowSpectra(y, width) {
  const plan = new RealFourier(width), window = hann(width), overlap = Math.floor(width / 2), step = width - overlap;
  const frame = new Float64Array(width);
  return Array.from({ length: Math.floor((y.length - overlap) / step) }, (_, t) => {
    for (let i = 0; i < width; i++) frame[i] = y[t * step + i];
    const middle = mean(frame);
    for (let i = 0; i < width; i++) frame[i] = window[i] * (frame[i] - middle);
    return plan.forward(frame);
  });
}

/**
 * Power of windows at each frequency, but for the scale: what lies between the ends stands for two frequencies.
 * @param {Complex[]} S
 * @param {number} width samples of a window
 */
function welch(S, width) {
  const power = new Float64Array(S[0].re.length);
  for (const { re, im } of S) for (let k = 0; k < power.length; k++) power[k] += re[k] * re[k] + im[k] * im[k];
  return power.map((p, k) => (k > 0 && 2 * k < width ? 2 * p : p));
}

/**
 * Triangles that mix independent noises into coherent ones: of channels k and j <= k one complex number for each bin.
 * @param {Complex[][]} spectra of each channel
 * @param {number} nBins
 * @returns {Complex[][]}
 */
function coherenceRoots(spectra, nBins) {
  const roots = spectra.map((_, k) =>
    spectra.slice(0, k + 1).map(() => ({ re: new Float64Array(nBins), im: new Float64Array(nBins) })),
  );
  for (let bin = 0; bin < nBins; bin++) {
    const norms = spectra.map((S) => {
      let total = 0;
      for (const { re, im } of S) total += re[bin] * re[bin] + im[bin] * im[bin];
      return Math.max(Math.sqrt(total), 1e-30);
    });
    // Cholesky's triangle, row by row.
    for (let k = 0; k < spectra.length; k++)
      for (let j = 0; j <= k; j++) {
        let a = j === k ? K.sounds.DEFINITE : 0, b = 0;
        spectra[k].forEach(({ re, im }, t) => {
          const other = spectra[j][t];
          a += (re[bin] * other.re[bin] + im[bin] * other.im[bin]) / (norms[k] * norms[j]);
          b += (im[bin] * other.re[bin] - re[bin] * other.im[bin]) / (norms[k] * norms[j]);
        });
        for (let i = 0; i < j; i++) {
          const u = roots[k][i], v = roots[j][i];
          a -= u.re[bin] * v.re[bin] + u.im[bin] * v.im[bin];
          b -= u.im[bin] * v.re[bin] - u.re[bin] * v.im[bin];
        }
        const root = roots[k][j], below = j === k ? Math.sqrt(a) : roots[j][j].re[bin];
        root.re[bin] = j === k ? below : a / below;
        root.im[bin] = j === k ? 0 : b / below;
      }
  }
  return roots;
}
