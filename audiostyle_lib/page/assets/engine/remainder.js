// Noise for what principal components leave out of a spectrogram, as remainder.py. Frames are (t, nBins).
import { K } from "./constants.js";
import { product } from "./products.js";

export class Remainder {
  /**
   * @param {Float32Array} basis (nBins, c)
   * @param {number} c
   * @param {Float32Array[]} residuals of each reference (t_i, nBins), what the basis leaves out
   */
  constructor(basis, c, residuals) {
    this.basis = basis;
    this.c = c;
    this.nBins = basis.length / c;
    const { nBins } = this, most = K.remainder.MOST_ALIKE;
    this.deviations = residuals.map((rest) => deviations(rest, nBins));
    this.overlaps = residuals.map((rest) => {
      const power = new Float64Array(nBins), alike = new Float64Array(nBins);
      for (let i = 0; i < rest.length; i++) power[i % nBins] += rest[i] * rest[i];
      for (let i = nBins; i < rest.length; i++) alike[i % nBins] += rest[i] * rest[i - nBins];
      return Float32Array.from(alike, (v, k) => Math.min(most, Math.max(-most, v / Math.max(power[k], 1e-12))));
    });
  }

  /**
   * Noise (t, nBins) after references in shares.
   * @param {number} t
   * @param {ArrayLike<number>} shares
   * @param {import("./random.js").Noise} noise
   * @param {boolean} loop the last frame is like the first
   */
  make(t, shares, noise, loop) {
    const { nBins, basis, c } = this, found = new Float32Array(t * nBins), drawn = noise.normal(nBins * (t + 1));
    for (let k = 0; k < nBins; k++) {
      const like = this.overlaps.reduce((sum, of, i) => sum + shares[i] * of[k], 0);
      const b = (2 * like) / (1 + Math.sqrt(Math.max(0, 1 - 4 * like * like))), root = Math.sqrt(1 + b * b);
      let before = drawn[k * (t + 1) + (loop ? t : 0)];
      for (let i = 0; i < t; i++) {
        const now = drawn[k * (t + 1) + i + 1];
        found[i * nBins + k] = (now + b * before) / root;
        before = now;
      }
    }
    const part = new Float32Array(t * c), back = new Float32Array(found.length);
    product(t, c, nBins, found, nBins, 1, basis, c, 1, part);
    product(t, nBins, c, part, c, 1, basis, 1, c, back);
    const deviation = Float32Array.from({ length: nBins }, (_, k) =>
      this.deviations.reduce((sum, of, i) => sum + shares[i] * of[k], 0));
    for (let i = 0, k = 0; i < found.length; i++, k = k + 1 === nBins ? 0 : k + 1)
      found[i] = deviation[k] * (found[i] - back[i]);
    return found;
  }
}

/**
 * Deviation of each column of (t, n).
 * @param {Float32Array} x
 * @param {number} n
 */
export function deviations(x, n) {
  const t = x.length / n, mean = new Float64Array(n), square = new Float64Array(n);
  for (let i = 0, k = 0; i < x.length; i++, k = k + 1 === n ? 0 : k + 1) mean[k] += x[i] / t;
  for (let i = 0, k = 0; i < x.length; i++, k = k + 1 === n ? 0 : k + 1) square[k] += (x[i] - mean[k]) ** 2;
  return Float32Array.from(square, (v) => Math.sqrt(v / (t - 1)));
}
