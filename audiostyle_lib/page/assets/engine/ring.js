// A short-time Fourier transform on a ring, for loops, as transforms/ring.py: the end of a sound meets its beginning.
import { findPhases } from "./phase.js";

/** @typedef {import("./stft.js").Complex} Complex */

export class Ring {
  /**
   * @param {import("./stft.js").STFT} stft
   * @param {number} length of the sound
   * @param {number} nFrames as many as are wanted, evenly around it
   */
  constructor(stft, length, nFrames) {
    this.stft = stft;
    this.length = length;
    this.nFrames = nFrames;
    this.weight = new Float32Array(length);
    const { window, nFft } = stft;
    for (let t = 0; t < nFrames; t++)
      for (let i = 0; i < nFft; i++) this.weight[this.place(t, i)] += window[i] * window[i];
  }

  /**
   * Where frame t begins; hops may differ by one.
   * @param {number} t
   */
  start(t) {
    return Math.floor((t * this.length) / this.nFrames) - this.stft.nFft / 2;
  }

  /**
   * Where sample i of frame t lies.
   * @param {number} t
   * @param {number} i
   */
  place(t, i) {
    const { length } = this;
    return (((this.start(t) + i) % length) + length) % length;
  }

  /**
   * Complex spectra of a sound.
   * @param {Float32Array} y
   * @param {Complex} [D] overwritten
   * @returns {Complex}
   */
  complex(y, D) {
    const size = this.nFrames * this.stft.nBins, { nFft } = this.stft;
    const { re, im } = D ?? { re: new Float32Array(size), im: new Float32Array(size) };
    this.stft.spectra(this.nFrames, re, im, (t, i) => y[this.place(t, i)], (t) => {
      const at = this.start(t);
      return at >= 0 && at + nFft <= y.length ? y.subarray(at, at + nFft) : null;
    });
    return { re, im };
  }

  /**
   * The sound whose spectra are nearest.
   * @param {Complex} D
   */
  sound(D) {
    const y = new Float32Array(this.length);
    this.stft.added(D, (t) => this.start(t), y, null);
    for (let i = 0; i < y.length; i++) y[i] /= Math.max(this.weight[i], 1e-11);
    return y;
  }

  /**
   * A sound whose log magnitudes are nearly `S` (nFrames, nBins).
   * @param {Float32Array} S
   * @param {import("./phase.js").PhaseOptions} options
   */
  inverse(S, options) {
    const { stft } = this;
    return findPhases(
      stft.magnitude(S), stft.nBins, (D) => this.sound(D), (y, D) => { this.complex(y, D); }, options);
  }
}
