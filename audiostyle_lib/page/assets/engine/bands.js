// Narrow bands, as the ear's, and their envelopes, as Bands in audiostyle_lib/statistics/bands.py.
// A band's analytic signal is a = IFFT(gain Y), its envelope e = (|a|^2 + silence)^exponent, E = FFT(e) up to 200 Hz.
// Going back: dL/de = Re IFFT(dL/dE), dL/da = 2 exponent (|a|^2 + silence)^(exponent - 1) a dL/de, and
// dL/dY = gain FFT(dL/da).
import { K } from "./constants.js";
import { erbBands, erbCount } from "./erb.js";
import { fastLengthReal } from "./lengths.js";
import { joinPair, splitPair } from "./pairs.js";
import { WholeFFT } from "./whole_fft.js";
import { addBand, cutBand, WideBands } from "./wide_bands.js";

/** @typedef {import("./wide_bands.js").Spectrum} Spectrum */
/** @typedef {import("./wide_bands.js").Slice} Slice */
/** @typedef {{first: number, gains: Float32Array}} Weighted numbers `gains` of some bins from the first on */

export class Bands {
  /** @param {number} n samples @param {number} sr Hz @param {typeof K.bands.EAR} [ear] */
  constructor(n, sr, ear = K.bands.EAR) {
    this.n = n;
    this.sr = sr;
    this.ear = ear;
    this.nEnv = 2 * fastLengthReal(Math.ceil(n * K.bands.RATE / sr / 2));
    this.nBins = this.nEnv / 2 + 1;
    const found = erbBands(n, sr, erbCount(sr, ear.nBands));
    this.nBands = found.length;
    this.centres = Float64Array.from(found, ({ first, gains }) => (first + gains.length / 2) * sr / n);
    /** @type {(Slice & {plan: WholeFFT})[]} in Python's order, by size */
    this.slices = [];
    const sizes = found.map(({ gains }) => this.#size(gains.length + Math.floor(this.nEnv / 2)));
    for (const size of new Set(sizes)) {
      const plan = new WholeFFT(size);
      found.forEach(({ first, gains }, band) => {
        if (sizes[band] !== size) return;
        this.slices.push({ first, gain: Float32Array.from(gains, (gain) => gain * (2 / n)), plan });
      });
    }
    this.plan = new WholeFFT(this.nEnv); // of the envelopes
    this.wide = new WideBands(n, sr);
    // Sums over a real sound's spectrum: every frequency counts twice but the outer two.
    this.twice = new Float32Array(this.nBins).fill(2 / this.nEnv ** 2);
    this.twice[0] = this.twice[this.nBins - 1] = 1 / this.nEnv ** 2;
  }

  /** The shortest transform of those that fold nothing onto the envelopes.
   * @param {number} enough
   */
  #size(enough) {
    for (let two = 1; ; two *= 2)
      for (const k of [2, 3]) {
        const size = Math.floor(this.nEnv * k * two / 2);
        if (size >= enough) return size;
      }
  }

  /** Weights that sum power spectra of envelopes over bands of modulation: half-cosine gains.
   * @param {readonly number[]} rates how many, and the centres of the first and the last in Hz
   * @returns {Weighted[]}
   */
  modulations([n, fmin, fmax]) {
    return Array.from({ length: n }, (_, m) => {
      const centre = fmin * (fmax / fmin) ** (n > 1 ? m / (n - 1) : 0);
      /** @type {number[]} */
      const gains = [];
      let first = 0;
      for (let k = 0; k < this.nBins; k++) {
        const distance = (k * this.sr / this.n - centre) / (centre / 2);
        if (Math.abs(distance) >= 1) continue;
        if (!gains.length) first = k;
        const double = k > 0 && k < this.nBins - 1 ? 2 : 1;
        gains.push(Math.cos(Math.PI / 2 * distance) ** 2 * double / this.nEnv ** 2);
      }
      return { first, gains: Float32Array.from(gains) };
    });
  }

  /** Room for the analytic signals of sounds with so many rows of bands; those that are as long go in pairs.
   * @param {number} nRows
   */
  room(nRows) {
    /** @type {{plan: WholeFFT, parts: {row: number, band: number, blocks: Float32Array}[]}[]} */
    const pairs = [];
    for (const plan of new Set(this.slices.map((slice) => slice.plan)))
      for (let row = 0; row < nRows; row++)
        this.slices.forEach((slice, band) => {
          if (slice.plan !== plan) return;
          const part = { row, band, blocks: new Float32Array(8 * plan.nBlocks) }, last = pairs[pairs.length - 1];
          if (last?.plan === plan && last.parts.length < 2) last.parts.push(part);
          else pairs.push({ plan, parts: [part] });
        });
    return pairs;
  }

  /** Spectra of the compressed envelopes of all rows' bands, nBins each.
   * @param {Spectrum[]} Y of each row @param {ReturnType<Bands["room"]>} room @param {Spectrum} E overwritten
   */
  envelopeSpectra(Y, room, E) {
    const { silence, exponent } = this.ear;
    for (const { plan, parts } of room) {
      const { M, kernels } = plan.room(), half = 4 * plan.nBlocks, scale = this.nEnv / plan.n;
      parts.forEach(({ row, band, blocks }, i) => {
        cutBand(Y[row], this.slices[band], plan.n, M, plan.b, plan.b + half);
        const at = plan.run(plan.b + half, plan.b); // the inverse
        kernels.compress(4 * at, plan.nBlocks, 4 * (plan.kept + i * half), silence, exponent, scale);
        blocks.set(M.subarray(at, at + 2 * half));
      });
      if (parts.length < 2) M.fill(0, plan.kept + half, plan.kept + 2 * half);
      const at = plan.run(plan.kept, plan.kept + half), [one, two] = this.#rows(parts);
      splitPair(M, at, plan.n, this.nBins, E, one, two);
    }
  }

  /** Adds to the gradient `gY` of the rows' spectra what that of the envelopes' spectra, `gE`, says.
   * @param {Spectrum} gE @param {ReturnType<Bands["room"]>} room @param {Spectrum[]} gY
   */
  backEnvelopeSpectra(gE, room, gY) {
    for (const { plan, parts } of room) {
      const { M, kernels } = plan.room(), half = 4 * plan.nBlocks, [one, two] = this.#rows(parts);
      joinPair(M, plan.b, plan.b + half, plan.n, this.nBins, gE, one, two, 0.5, 1);
      const g = plan.run(plan.b + half, plan.b);
      M.copyWithin(plan.kept, g, g + 2 * half);
      parts.forEach(({ row, band, blocks }, i) => {
        M.set(blocks, plan.a);
        // Imaginary parts come first in these blocks, since they are of inverses.
        const by = 4 * (plan.kept + (i ? 0 : 4));
        kernels.spread(4 * plan.a, by, 32, plan.nBlocks, 4 * (plan.b + half), 4 * plan.b);
        addBand(gY[row], this.slices[band], 1, M, plan.run(plan.b, plan.b + half));
      });
    }
  }

  /** Places of a pair among all rows' bands; the second negative if there is none.
   * @param {{row: number, band: number}[]} parts
   */
  #rows(parts) {
    const [one, two = -1] = parts.map(({ row, band }) => row * this.nBands + band);
    return [one, two];
  }
}
