// Some bands of equal ratio, and their powers, as WideBands in audiostyle_lib/statistics/bands.py.
// A band's analytic signal is a = IFFT(gain Y), of as few samples as the band is wide, and its power p = |a|^2. Going
// back, dL/da = 2 a dL/dp, and dL/dY = gain FFT(dL/da).
import { K } from "./constants.js";
import { lowerBound } from "./erb.js";
import { fastLength } from "./lengths.js";
import { roundEven } from "./sums.js";
import { WholeFFT } from "./whole_fft.js";

/** @typedef {{re: Float32Array, im: Float32Array}} Spectrum */
/** @typedef {{first: number, gain: Float32Array}} Slice of a spectrum, with the gains of a band */

export class WideBands {
  /** @param {number} n samples @param {number} sr Hz */
  constructor(n, sr) {
    this.n = n;
    this.sr = sr;
    this.nFrames = fastLength(Math.ceil(n / sr / K.bands.FRAME));
    const { LOWEST, SPLIT, RATIO } = K.bands;
    const span = Math.log(Math.min(K.bands.HIGHEST, K.bands.OF_RATE * sr) / SPLIT);
    const count = Math.max(2, roundEven(span / Math.log(RATIO))), step = span / count, nBins = Math.floor(n / 2) + 1;
    const f = Float64Array.from({ length: nBins }, (_, k) => k * sr / n);
    const logs = f.map((hz) => Math.log(Math.max(hz, 1e-3)));
    /** @type {(Slice & {plan: WholeFFT})[]} gains are those of a transform that divides by nothing */
    this.slices = [];
    this.centres = new Float64Array(count);
    for (let k = 0; k < count; k++) {
      const centre = Math.log(SPLIT) + step * (k + 0.5);
      // The first has all that is lower.
      const first = k === 0 ? lowerBound(f, LOWEST) : lowerBound(logs, centre - step);
      const last = lowerBound(logs, centre + step);
      const gain = Float32Array.from({ length: Math.max(0, last - first) }, (_, i) => {
        const distance = (logs[first + i] - centre) / step;
        return Math.cos(Math.PI / 2 * (k === 0 ? Math.max(distance, 0) : distance)) * (2 / n);
      });
      const size = this.nFrames * Math.max(1, Math.ceil(gain.length / this.nFrames));
      this.slices.push({ first, gain, plan: new WholeFFT(size) });
      this.centres[k] = Math.exp(centre);
    }
  }

  /** Room for what `powers` finds in `nChannels`, to be used again and again.
   * @param {number} nChannels
   */
  room(nChannels) {
    return this.slices.map(({ plan }) => ({
      power: Array.from({ length: nChannels }, () => new Float32Array(plan.n)),
      blocks: Array.from({ length: nChannels }, () => new Float32Array(8 * plan.nBlocks)), // signals
    }));
  }

  /** Powers of each band of spectra, written to `room`.
   * @param {Spectrum[]} Y of each channel
   * @param {ReturnType<WideBands["room"]>} room
   */
  powers(Y, room) {
    this.slices.forEach(({ plan, ...slice }, band) => {
      const { M } = plan.room(), half = 4 * plan.nBlocks;
      room[band].power.forEach((power, c) => {
        cutBand(Y[c], slice, plan.n, M, plan.b, plan.b + half);
        const at = plan.run(plan.b + half, plan.b); // the inverse
        for (let i = 0; i < power.length; i++) {
          const j = at + 8 * (i >> 2) + (i & 3);
          power[i] = M[j] * M[j] + M[j + 4] * M[j + 4];
        }
        room[band].blocks[c].set(M.subarray(at, at + 2 * half));
      });
    });
  }

  /** Adds to the gradient of spectra `gY` what gradients of the powers (as they lie in `room`) say.
   * @param {ReturnType<WideBands["room"]>} room @param {Float32Array[][]} gPowers of each band, of each channel
   * @param {Spectrum[]} gY
   */
  backPowers(room, gPowers, gY) {
    this.slices.forEach(({ plan, ...slice }, band) => {
      const { M, kernels } = plan.room(), half = 4 * plan.nBlocks;
      gPowers[band].forEach((g, c) => {
        M.set(room[band].blocks[c], plan.a);
        M.set(g, plan.kept);
        // Imaginary parts come first in these blocks, since they are of an inverse.
        kernels.spread(4 * plan.a, 4 * plan.kept, 16, plan.nBlocks, 4 * (plan.b + half), 4 * plan.b);
        addBand(gY[c], slice, 2, M, plan.run(plan.b, plan.b + half));
      });
    });
  }

  /** Mean power of a band in frames of about 3 ms.
   * @param {Float32Array} power @param {Float32Array} out nFrames long
   */
  levels(power, out) {
    const pool = power.length / this.nFrames;
    for (let t = 0, i = 0; t < this.nFrames; t++) {
      let sum = 0;
      for (const end = i + pool; i < end; i++) sum += power[i];
      out[t] = sum / pool;
    }
  }
}

/** A slice of a spectrum, by its gains, to n real parts at x and imaginary ones at y, the last of which are zeros.
 * @param {Spectrum} Y @param {Slice} slice @param {number} n
 * @param {Float32Array} M @param {number} x @param {number} y
 */
export function cutBand({ re, im }, { first, gain }, n, M, x, y) {
  const width = gain.length;
  for (let k = 0; k < width; k++) {
    M[x + k] = re[first + k] * gain[k];
    M[y + k] = im[first + k] * gain[k];
  }
  M.fill(0, x + width, x + n);
  M.fill(0, y + width, y + n);
}

/** What `cutBand` does to a gradient, going back: added to that of the spectrum, out of blocks (whole_fft.js).
 * @param {Spectrum} gY @param {Slice} slice @param {number} scale @param {Float32Array} M @param {number} at
 */
export function addBand({ re, im }, { first, gain }, scale, M, at) {
  const width = gain.length;
  for (let k = 0; k < width; k++) {
    const i = at + 8 * (k >> 2) + (k & 3), by = scale * gain[k];
    re[first + k] += by * M[i];
    im[first + k] += by * M[i + 4];
  }
}
