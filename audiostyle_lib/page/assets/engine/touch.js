// One piece of sound, changed until it measures well, as `_refined` of audiostyle_lib/refine.py. The search is for a
// change x of the spectrum Y + gains x, whose gains are coloured like the sound. Where samples are held it is
// Y + FFT(held IFFT(gains x)), and the gradient goes the same way back: gains IFFT*(held FFT*(dL/dY)).
import { K } from "./constants.js";
import { fft, rfft } from "./fft.js";
import { optimise } from "./lbfgs.js";
import { fastLengthReal } from "./lengths.js";
import { roundEven } from "./sums.js";

/** @typedef {import("./wide_bands.js").Spectrum} Spectrum */

/** How many of `most` samples before a piece are measured together with it: few lengths transform fast.
 * @param {number} length @param {number} most
 */
export function contextLength(length, most) {
  let n = length + most;
  while (fastLengthReal(n) !== n) n--;
  return Math.max(0, n - length);
}

/** Gains that give white noise 0.6 of the slopes, in dB, of a sound of this spectrum.
 * @param {Spectrum[]} Y of each channel @param {number} n samples @param {number} sr Hz
 * @returns {Float32Array[]}
 */
function colour(Y, n, sr) {
  const half = roundEven(K.refine.SMOOTH_HZ / 2 * n / sr);
  return Y.map(({ re, im }) => {
    const nBins = re.length, sums = new Float64Array(nBins + 1), gains = new Float32Array(nBins);
    for (let k = 0; k < nBins; k++) sums[k + 1] = sums[k] + re[k] * re[k] + im[k] * im[k];
    let square = 0;
    for (let k = 0; k < nBins; k++) {
      const first = Math.max(0, k - half), last = Math.min(nBins, k + half + 1);
      gains[k] = (Math.max(0, sums[last] - sums[first]) / (last - first)) ** K.refine.COLOUR;
      square += gains[k] * gains[k];
    }
    const scale = 1 / Math.max(Math.sqrt(square / nBins), 1e-9);
    return gains.map((gain) => gain * scale);
  });
}

/** A sound, changed as far as `held` lets it, to measure as `target`.
 * @param {Float32Array[]} y channels
 * @param {Float32Array} held how far each sample may change, 0 to 1
 * @param {Float32Array} target
 * @param {import("./sound.js").SoundMeasure} measure
 * @param {number} sr Hz
 * @param {number} nSteps
 * @param {(share: number) => void} [progress]
 */
export function touched(y, held, target, measure, sr, nSteps, progress) {
  const n = y[0].length, nBins = Math.floor(n / 2) + 1, plan = fft(n), weights = measure.weights(target);
  const spectrum = y.map(rfft), free = held.every((share) => share === 1);
  // Quiet bands take small steps, loud ones large ones, so fewer do; 1 is as large as the sound.
  const gains = colour(spectrum, n, sr), scale = K.levels.LEVEL * Math.sqrt(n / 2);
  for (const of of gains) for (let k = 0; k < nBins; k++) of[k] *= scale;
  const make = () => ({ re: new Float32Array(nBins), im: new Float32Array(nBins) });
  const changed = y.map(make), one = make(), sound = new Float32Array(free ? 0 : n);

  /** Spectra of the sound and the change `x`: real, then imaginary parts of each channel.
   * @param {Float32Array} x
   */
  const apply = (x) => changed.forEach(({ re, im }, c) => {
    const gain = gains[c], from = spectrum[c], at = 2 * c * nBins;
    const to = free ? { re, im } : one;
    for (let k = 0; k < nBins; k++) {
      to.re[k] = gain[k] * x[at + k];
      to.im[k] = gain[k] * x[at + nBins + k];
    }
    if (!free) { // else there is nothing to do in the time domain
      plan.inverseReal(one.re, one.im, sound);
      for (let i = 0; i < n; i++) sound[i] *= held[i];
      plan.real(sound, re, im);
    }
    for (let k = 0; k < nBins; k++) {
      re[k] += from.re[k];
      im[k] += from.im[k];
    }
  });

  /** @param {Float32Array} x @param {Float32Array} gradient */
  const criterion = (x, gradient) => {
    apply(x);
    const [loss, gY] = measure.lossAndGradient(changed, target, weights);
    gY.forEach(({ re, im }, c) => {
      if (!free) {
        plan.backReal(re, im, sound);
        for (let i = 0; i < n; i++) sound[i] *= held[i];
        plan.backInverseReal(sound, re, im);
      }
      const gain = gains[c], at = 2 * c * nBins;
      for (let k = 0; k < nBins; k++) {
        gradient[at + k] = gain[k] * re[k];
        gradient[at + nBins + k] = gain[k] * im[k];
      }
    });
    return loss;
  };

  const { x, history } = optimise(new Float32Array(2 * nBins * y.length), criterion, { nSteps, progress });
  apply(x);
  return changed.map(({ re, im }) => {
    const out = new Float32Array(n);
    plan.inverseReal(re, im, out);
    return out;
  });
}
