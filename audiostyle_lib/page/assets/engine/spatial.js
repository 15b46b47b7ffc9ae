// Several channels as channels that are uncorrelated, and back, so that a sound keeps its image; as `SpatialImage` of
// spatial.py.
import { K } from "./constants.js";
import { Layout } from "./layout.js";
import { rms } from "./levels.js";
import { crossSpectra, filterTaps, filtered, principalMatrices } from "./spectral_matrices.js";
import { STFT } from "./stft.js";

/** @typedef {import("./spectral_matrices.js").Matrices} Matrices */

/**
 * A sound, or one channel of it, at root mean square `LEVEL`.
 * @param {Float32Array[]} Y
 */
function atLevel(Y) {
  const gain = K.levels.LEVEL / rms(Y);
  return Y.map((y) => y.map((v) => v * gain));
}

export class SpatialImage {
  /**
   * @param {Float32Array[][]} sounds references; those of one channel, where others have several, take their image
   * @param {number} sr
   */
  constructor(sounds, sr) {
    /** @type {number[]} which references have an image */
    this.several = sounds.flatMap((Y, i) => (Y.length > 1 ? [i] : []));
    this.layout = new Layout(this.several.length ? this.several.map((i) => sounds[i]) : sounds.slice(0, 1));
    /** @type {Matrices[]} */
    this.spectra = [];
    /** @type {Matrices[]} */
    this.directions = [];
    /** which principal channels are made */
    this.parts = [0];
    /** @type {number[][]} of each reference with an image, the level of each part, where that of all channels is 1 */
    this.levels = [];
    if (this.several.length && this.layout.firsts.length === 1) this.several = [];
    if (!this.several.length) return;
    const found = this.several.map((i) => atLevel(this.layout.distinct(sounds[i])));
    this.spectra = found.map((Y) => crossSpectra(Y, STFT.forRate(sr)));
    for (const S of this.spectra) this.directions.push(principalMatrices(S, this.directions[0]));
    const powers = this.spectra.map((S, i) => partPowers(S, this.directions[i]));
    this.parts = [...powers[0].keys()].filter((part) =>
      powers.some((of) => of[part] > K.spatial.FAINT * Math.max(...of)));
    this.levels = found.map((Y, i) =>
      filtered(Y, this.partTaps(i)).map((y) => rms([y]) / K.levels.LEVEL)); // as they are, not as smoothed spectra say
  }

  /** How many channels say something of their own. */
  get nDistinct() {
    return this.layout.firsts.length;
  }

  /**
   * Filters to the principal channels of the image number `place`.
   * @param {number} place
   */
  partTaps(place) {
    const h = filterTaps(this.directions[place], { adjoint: true });
    return this.parts.map((part) => h[part]);
  }

  /**
   * The channels of a reference that say something of their own; one channel is spread like the others', as parts that
   * have nothing in common at any moment.
   * @param {Float32Array[]} Y
   */
  distinct(Y) {
    const n = this.nDistinct;
    if (Y.length > 1) return this.layout.distinct(Y);
    if (n === 1) return Y;
    const powers = Array.from({ length: n }, (_, i) => this.spectra.reduce((sum, { re, c }) => {
      for (let at = i * c + i; at < re.length; at += c * c) sum += re[at];
      return sum;
    }, 0)), mean = powers.reduce((a, b) => a + b) / n, length = Y[0].length, step = Math.floor(length / n);
    return powers.map((power, i) => {
      const gain = Math.sqrt(power / mean);
      return Y[0].map((_, at) => gain * Y[0][(at + length - i * step) % length]);
    });
  }

  /**
   * Principal channels of reference number `which`, each at `LEVEL`.
   * @param {Float32Array[]} Y
   * @param {number} which
   */
  apart(Y, which) {
    const place = this.several.indexOf(which), { LEVEL } = K.levels;
    if (place < 0) {
      const [y] = atLevel([this.layout.distinct(Y.length > 1 ? Y : [Y[0]])[0] ?? Y[0]]);
      return this.parts.map(() => y);
    }
    return filtered(atLevel(this.layout.distinct(Y)), this.partTaps(place)).map((y) => {
      const gain = LEVEL / Math.max(rms([y]), LEVEL * Math.sqrt(K.spatial.FAINT));
      return y.map((v) => v * gain);
    });
  }

  /**
   * Filters from parts at one level to the image of all references in shares.
   * @param {ArrayLike<number>} shares
   */
  taps(shares) {
    const total = this.several.reduce((sum, i) => sum + shares[i], 0), k = this.several.length;
    const found = this.several.map((i) => (total > 0 ? shares[i] / total : 1 / k)), { c } = this.spectra[0];
    const mixed = (/** @type {"re" | "im"} */ part) => this.spectra[0][part].map((_, at) =>
      found.reduce((sum, share, i) => sum + share * this.spectra[i][part][at], 0));
    const h = filterTaps(principalMatrices({ re: mixed("re"), im: mixed("im"), c }, this.directions[0]));
    const levels = this.parts.map((_, p) => Math.sqrt(found.reduce((sum, share, i) => sum + share * this.levels[i][p] ** 2, 0)));
    return h.map((row) => this.parts.map((part, p) => row[part].map((v) => v * levels[p])));
  }
}

/**
 * Power of each principal channel, over all bins.
 * @param {Matrices} S
 * @param {Matrices} U
 */
function partPowers(S, U) {
  const { c } = S, size = c * c;
  return Array.from({ length: c }, (_, part) => {
    let sum = 0;
    for (let first = 0; first < S.re.length; first += size)
      for (let i = 0; i < c; i++)
        for (let j = 0; j < c; j++) {
          const ur = U.re[first + i * c + part], ui = -U.im[first + i * c + part];
          const vr = U.re[first + j * c + part], vi = U.im[first + j * c + part];
          const sr = S.re[first + i * c + j], si = S.im[first + i * c + j];
          sum += (ur * sr - ui * si) * vr - (ur * si + ui * sr) * vi; // the real part of conj(u) S v
        }
    return sum;
  });
}
