// The short-time Fourier transform, log(1 + gain |D|) and back, as transforms/stft.py. Frames lie one after the other:
// bin k of frame t is at t * nBins + k.
import { hopForRate } from "./base.js";
import { K } from "./constants.js";
import { RealFFT } from "./fft.js";
import { findPhases } from "./phase.js";

/** @typedef {{re: Float32Array, im: Float32Array}} Complex of (nFrames, nBins) */

const AT_ONCE = 8; // frames that are transformed together

/**
 * The periodic Hann window.
 * @param {number} n
 */
export function hannWindow(n) {
  return Float32Array.from({ length: n }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / n));
}

export class STFT {
  /**
   * @param {number} nFft
   * @param {number} hopLength
   */
  constructor(nFft, hopLength) {
    this.nFft = nFft;
    this.hopLength = hopLength;
    this.half = nFft >> 1;
    this.nBins = this.half + 1;
    this.minLength = nFft + 1;
    this.window = hannWindow(nFft);
    this.fft = new RealFFT(nFft);
    this.frames = new Float32Array(AT_ONCE * nFft);
  }

  /**
   * The book's window of 46 ms and hop of 12 ms at rate `sr`.
   * @param {number} sr
   */
  static forRate(sr) {
    const hopLength = hopForRate(sr);
    return new STFT(K.stft.HOPS * hopLength, hopLength);
  }

  /** @param {number} length samples */
  nFrames(length) {
    return 1 + Math.floor((length + 2 * this.half - this.nFft) / this.hopLength);
  }

  /**
   * Spectra of frames that are centred on every hop; the sound is mirrored at its ends.
   * @param {Float32Array} y
   * @param {Complex} [D] overwritten
   * @returns {Complex}
   */
  complex(y, D) {
    const { nFft, half, hopLength, nBins } = this, n = this.nFrames(y.length), last = y.length - 1;
    const { re, im } = D ?? { re: new Float32Array(n * nBins), im: new Float32Array(n * nBins) };
    this.spectra(n, re, im, (t, i) => {
      const at = t * hopLength - half + i;
      return y[at < 0 ? -at : at > last ? 2 * last - at : at];
    }, (t) => {
      const at = t * hopLength - half;
      return at >= 0 && at + nFft <= y.length ? y.subarray(at, at + nFft) : null;
    });
    return { re, im };
  }

  /**
   * Spectra of n frames, which are read sample by sample, or at once where they are whole.
   * @param {number} n
   * @param {Float32Array} re
   * @param {Float32Array} im
   * @param {(t: number, i: number) => number} sample
   * @param {(t: number) => Float32Array | null} whole
   */
  spectra(n, re, im, sample, whole) {
    const { nFft, nBins, window, frames } = this;
    for (let first = 0; first < n; first += AT_ONCE) {
      const count = Math.min(AT_ONCE, n - first);
      for (let t = 0; t < count; t++) {
        const to = t * nFft, frame = whole(first + t);
        if (frame) for (let i = 0; i < nFft; i++) frames[to + i] = window[i] * frame[i];
        else for (let i = 0; i < nFft; i++) frames[to + i] = window[i] * sample(first + t, i);
      }
      const from = first * nBins, end = (first + count) * nBins;
      this.fft.forward(frames, re.subarray(from, end), im.subarray(from, end), count);
    }
  }

  /**
   * The sound (length,) whose spectra are nearest to `D`: frames, added where they overlap.
   * @param {Complex} D
   * @param {number} length
   */
  sound(D, length) {
    const { nFft, hopLength, nBins } = this, n = D.re.length / nBins, y = new Float32Array((n - 1) * hopLength + nFft);
    const weight = new Float32Array(y.length);
    this.added(D, (t) => t * hopLength, y, weight);
    const out = new Float32Array(length), first = this.half, end = Math.min(length, y.length - first);
    for (let i = 0; i < end; i++) out[i] = y[first + i] / Math.max(weight[first + i], 1e-11);
    return out;
  }

  /**
   * Add the windowed sounds of frames to `y`, frame t from place `start(t)` on; of a ring round its end. And their
   * windows, squared, to `weight`.
   * @param {Complex} D
   * @param {(t: number) => number} start
   * @param {Float32Array} y
   * @param {Float32Array | null} weight
   */
  added({ re, im }, start, y, weight) {
    const { nFft, nBins, window, frames } = this, n = re.length / nBins, length = y.length;
    for (let first = 0; first < n; first += AT_ONCE) {
      const count = Math.min(AT_ONCE, n - first), from = first * nBins, end = (first + count) * nBins;
      this.fft.inverse(re.subarray(from, end), im.subarray(from, end), frames, count);
      for (let t = 0; t < count; t++) {
        const begin = start(first + t), at = t * nFft;
        if (begin >= 0 && begin + nFft <= length) {
          for (let i = 0; i < nFft; i++) y[begin + i] += window[i] * frames[at + i];
          if (weight) for (let i = 0; i < nFft; i++) weight[begin + i] += window[i] * window[i];
        } else {
          for (let i = 0; i < nFft; i++) {
            const to = (((begin + i) % length) + length) % length;
            y[to] += window[i] * frames[at + i];
            if (weight) weight[to] += window[i] * window[i];
          }
        }
      }
    }
  }

  /**
   * Log magnitudes (nFrames, nBins) of a sound.
   * @param {Float32Array} y
   */
  forward(y) {
    const { re, im } = this.complex(y);
    for (let i = 0; i < re.length; i++) re[i] = Math.log1p(K.stft.GAIN * Math.sqrt(re[i] * re[i] + im[i] * im[i]));
    return re;
  }

  /**
   * Magnitudes of log magnitudes; what lies below 0 counts as 0.
   * @param {Float32Array} S
   */
  magnitude(S) {
    return S.map((v) => Math.expm1(Math.max(0, v)) / K.stft.GAIN);
  }

  /**
   * A sound (length,) whose log magnitudes are nearly `S` (nFrames, nBins): the phases are found.
   * @param {Float32Array} S
   * @param {import("./phase.js").PhaseOptions & {length: number}} options
   */
  inverse(S, { length, ...options }) {
    const full = Math.max(length, (S.length / this.nBins - 1) * this.hopLength); // its frames are exactly these
    const found = findPhases(
      this.magnitude(S), this.nBins, (D) => this.sound(D, full), (y, D) => this.complex(y, D), options);
    return found.slice(0, length);
  }
}
