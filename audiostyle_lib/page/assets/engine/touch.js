// One piece of sound, changed until it measures well, as `_refined` of audiostyle_lib/refine.py. The search is for a
// change x of the spectrum Y + gains x, whose gains are coloured like the sound. Where samples are held it is
// Y + FFT(held IFFT(gains x)), and the gradient goes the same way back: gains IFFT*(held FFT*(dL/dY)).
import { K } from "./constants.js";
import { fft, irfft, rfft } from "./fft.js";
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
  let square = 0;
  const found = Y.map(({ re, im }) => {
    const nBins = re.length, sums = new Float64Array(nBins + 1), gains = new Float32Array(nBins);
    for (let k = 0; k < nBins; k++) sums[k + 1] = sums[k] + re[k] * re[k] + im[k] * im[k];
    for (let k = 0; k < nBins; k++) {
      const first = Math.max(0, k - half), last = Math.min(nBins, k + half + 1);
      gains[k] = (Math.max(0, sums[last] - sums[first]) / (last - first)) ** K.refine.COLOUR;
      square += gains[k] * gains[k] / (nBins * Y.length);
    }
    return gains;
  });
  const scale = 1 / Math.max(Math.sqrt(square), 1e-9);
  return found.map((gains) => gains.map((gain) => gain * scale));
}

/** Changes of a sound's spectrum, as far as samples may change, by numbers x: of each channel real, then imaginary
 * parts.
 */
export class Change {
  /** @param {Float32Array[]} y channels @param {Float32Array} held how far each sample may change, 0 to 1
   * @param {number} sr Hz
   */
  constructor(y, held, sr) {
    const n = y[0].length, nBins = Math.floor(n / 2) + 1, spectrum = () => ({
      re: new Float32Array(nBins), im: new Float32Array(nBins),
    });
    this.n = n;
    this.size = 2 * nBins * y.length;
    this.held = held.every((share) => share === 1) ? null : held; // else there is nothing to do in the time domain
    this.start = y.map(rfft);
    // Quiet bands take small steps, loud ones large ones, so fewer do; 1 is as large as the sound.
    const scale = K.levels.LEVEL * Math.sqrt(n / 2);
    this.gains = colour(this.start, n, sr).map((gains) => gains.map((gain) => gain * scale));
    this.Y = y.map(spectrum);
    this.one = spectrum();
    this.samples = new Float32Array(this.held ? n : 0);
  }

  /** The changed spectra, which the next call overwrites.
   * @param {Float32Array} x
   */
  apply(x) {
    const { n, held, samples, gains, one } = this;
    this.start.forEach((start, c) => {
      const Y = this.Y[c], to = held ? one : Y, gain = gains[c], nBins = gain.length, at = 2 * c * nBins;
      for (let k = 0; k < nBins; k++) {
        to.re[k] = gain[k] * x[at + k];
        to.im[k] = gain[k] * x[at + nBins + k];
      }
      if (held) {
        fft(n).inverseReal(one.re, one.im, samples);
        for (let i = 0; i < n; i++) samples[i] *= held[i];
        fft(n).real(samples, Y.re, Y.im);
      }
      for (let k = 0; k < nBins; k++) {
        Y.re[k] += start.re[k];
        Y.im[k] += start.im[k];
      }
    });
    return this.Y;
  }

  /** From the gradient of the changed spectra, which is overwritten, to that of x.
   * @param {Spectrum[]} gY @param {Float32Array} gradient overwritten
   */
  back(gY, gradient) {
    const { n, held, samples } = this;
    gY.forEach(({ re, im }, c) => {
      if (held) {
        fft(n).backReal(re, im, samples);
        for (let i = 0; i < n; i++) samples[i] *= held[i];
        fft(n).backInverseReal(samples, re, im);
      }
      const gain = this.gains[c], nBins = gain.length, at = 2 * c * nBins;
      for (let k = 0; k < nBins; k++) {
        gradient[at + k] = gain[k] * re[k];
        gradient[at + nBins + k] = gain[k] * im[k];
      }
    });
  }
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
  const change = new Change(y, held, sr), weights = measure.weights(target);
  /** @param {Float32Array} x @param {Float32Array} gradient */
  const criterion = (x, gradient) => {
    const [loss, gY] = measure.lossAndGradient(change.apply(x), target, weights);
    change.back(gY, gradient);
    return loss;
  };
  const { x } = optimise(new Float32Array(change.size), criterion, { nSteps, progress });
  return change.apply(x).map(({ re, im }) => irfft(re, im, change.n));
}
