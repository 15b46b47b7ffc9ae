// How far levels rise and fall within milliseconds, how peaky bands are, and the gradients, as
// audiostyle_lib/statistics/rises.py: with powers P in frames, L = log(P / mean P + floor); L and L(t + lag) - L(t) in
// order, averaged over 128 equal parts; with p = power / mean power, log mean p^2 and log mean sqrt p. The gradient of
// ordered values goes back to where they came from.
import { K } from "./constants.js";
import { order } from "./order.js";
import { SoundStatistic } from "./statistic.js";

/** @typedef {import("./bands.js").Bands} Bands */
/** @typedef {import("./heard.js").Heard} Heard */

/** How much wide bands count, (channels, wide), where the ear's do so by `loud`, whose last row may be the sum.
 * @param {Bands} bands @param {Float32Array} loud @param {number} nChannels
 */
function wideLoud(bands, loud, nChannels) {
  const wide = bands.wide.centres, out = new Float32Array(nChannels * wide.length);
  wide.forEach((centre, w) => {
    const near = Array.from(bands.centres.keys()).filter(
      (b) => Math.abs(Math.log(bands.centres[b] / centre)) < K.rises.NEAR);
    for (let c = 0; c < nChannels; c++)
      for (const b of near) out[c * wide.length + w] += loud[c * bands.nBands + b] / near.length;
  });
  return out;
}

/** Levels of wide bands and of all together, and how far they rise and fall. */
export class Rises extends SoundStatistic {
  /** @param {Bands} bands @param {number} nChannels */
  constructor(bands, nChannels) {
    const { nFrames, slices } = bands.wide, lags = [0, ...K.rises.LAGS];
    const width = Math.min(K.rises.N_QUANTILES, nFrames - Math.max(...lags));
    super(lags.length * nChannels * (slices.length + 1) * width);
    this.bands = bands;
    this.nChannels = nChannels;
    this.width = width;
    this.lags = lags;
    this.nRows = nChannels * (slices.length + 1);
    this.P = new Float32Array(this.nRows * nFrames);
    this.gP = new Float32Array(this.P.length);
    this.L = new Float32Array(this.P.length);
    this.gL = new Float32Array(this.P.length);
    this.means = new Float32Array(this.nRows);
    this.rise = new Float32Array(nFrames);
    /** @type {Uint32Array[]} for each lag and row the order of values */
    this.orders = lags.flatMap((lag) => Array.from({ length: this.nRows }, () => new Uint32Array(nFrames - lag)));
  }

  /** @param {Heard} heard @param {Float32Array} out */
  value(heard, out) {
    this.#hear(heard);
    const { width, nRows } = this, n = this.bands.wide.nFrames;
    this.lags.forEach((lag, l) => {
      for (let row = 0; row < nRows; row++) {
        const L = this.L.subarray(row * n, (row + 1) * n), rise = lag ? this.rise.subarray(0, n - lag) : L;
        if (lag) for (let t = 0; t < rise.length; t++) rise[t] = L[t + lag] - L[t];
        const places = this.orders[l * nRows + row];
        order(rise, places);
        for (let q = 0, at = (l * nRows + row) * width; q < width; q++, at++) {
          const [first, last] = quantilePart(q, width, rise.length);
          let sum = 0;
          for (let i = first; i < last; i++) sum += rise[places[i]];
          out[at] = sum / (last - first);
        }
      }
    });
  }

  /** Levels of each band, and of all together, and their logarithms.
   * @param {Heard} heard
   */
  #hear({ powers }) {
    const { P, L, nChannels } = this, { wide } = this.bands, n = wide.nFrames, nBands = wide.slices.length;
    for (let c = 0; c < nChannels; c++) {
      const all = P.subarray((c * (nBands + 1) + nBands) * n, (c + 1) * (nBands + 1) * n).fill(0);
      for (let b = 0; b < nBands; b++) {
        const row = (c * (nBands + 1) + b) * n, own = P.subarray(row, row + n);
        wide.levels(powers[b].power[c], own);
        for (let t = 0; t < n; t++) all[t] += own[t];
      }
    }
    for (let row = 0, i = 0; row < this.nRows; row++) {
      let sum = 0;
      for (let t = 0; t < n; t++) sum += P[row * n + t];
      const mean = Math.max(sum / n, K.rises.SILENCE);
      this.means[row] = mean;
      for (const end = i + n; i < end; i++) L[i] = Math.log(P[i] / mean + K.rises.FLOOR);
    }
  }

  /** @param {Heard} heard @param {Float32Array} g */
  back({ gPowers }, g) {
    const { P, gP, gL, means, width, nRows, nChannels } = this, { wide } = this.bands, n = wide.nFrames;
    const nBands = wide.slices.length;
    gL.fill(0);
    this.lags.forEach((lag, l) => {
      for (let row = 0; row < nRows; row++) {
        const places = this.orders[l * nRows + row], length = n - lag;
        for (let q = 0, at = (l * nRows + row) * width; q < width; q++, at++) {
          const [first, last] = quantilePart(q, width, length), one = g[at] / (last - first);
          for (let i = first; i < last; i++) {
            const t = row * n + places[i];
            gL[t + lag] += one;
            if (lag) gL[t] -= one;
          }
        }
      }
    });
    for (let row = 0; row < nRows; row++) {
      const mean = means[row], first = row * n;
      let along = 0;
      for (let i = first; i < first + n; i++) {
        gP[i] = gL[i] / (P[i] + K.rises.FLOOR * mean);
        along += gP[i] * P[i];
      }
      const less = mean > K.rises.SILENCE ? along / (mean * n) : 0;
      for (let i = first; i < first + n; i++) gP[i] -= less;
    }
    for (let c = 0; c < nChannels; c++) {
      const all = (c * (nBands + 1) + nBands) * n;
      for (let b = 0; b < nBands; b++) {
        const gPower = gPowers[b][c], pool = gPower.length / n, row = (c * (nBands + 1) + b) * n;
        for (let t = 0, i = 0; t < n; t++) {
          const one = (gP[row + t] + gP[all + t]) / pool;
          for (const end = i + pool; i < end; i++) gPower[i] += one;
        }
      }
    }
  }

  /** As each band does; all bands together count as one that is loud.
   * @param {Float32Array} loud
   */
  counts(loud) {
    const nBands = this.bands.wide.slices.length, wide = wideLoud(this.bands, loud, this.nChannels);
    return new Float32Array(this.size).map((_, i) => {
      const row = Math.floor(i / this.width) % this.nRows, band = row % (nBands + 1);
      return band === nBands ? 1 : wide[Math.floor(row / (nBands + 1)) * nBands + band];
    });
  }

  /** Of each distribution relative to its own size.
   * @param {Float32Array} target @param {Float32Array} loud
   */
  weights(target, loud) {
    const counts = this.counts(loud), { width } = this, n = target.length / width;
    for (let first = 0; first < target.length; first += width) {
      let sum = 0;
      for (let i = first; i < first + width; i++) sum += target[i] ** 2;
      for (let i = first; i < first + width; i++) counts[i] /= n * sum;
    }
    return counts;
  }
}

/** Where the q-th of `width` parts of n values begins and ends; neighbours may share one.
 * @param {number} q @param {number} width @param {number} n
 */
function quantilePart(q, width, n) {
  return [Math.floor(q * n / width), Math.ceil((q + 1) * n / width)];
}

/** How peaky each wide band is, down to its single waves: what phases make. */
export class Peaks extends SoundStatistic {
  /** @param {Bands} bands @param {number} nChannels */
  constructor(bands, nChannels) {
    super(2 * nChannels * bands.wide.slices.length);
    this.bands = bands;
    this.nChannels = nChannels;
    this.sums = new Float64Array(3 * nChannels * bands.wide.slices.length);
  }

  /** @param {Heard} heard @param {Float32Array} out of each band, what is squared and what is rooted of each channel */
  value({ powers }, out) {
    const { nChannels, sums } = this;
    powers.forEach((of, b) =>
      of.power.forEach((power, c) => {
        const n = power.length;
        let mean = 0, square = 0, root = 0;
        for (let i = 0; i < n; i++) mean += power[i];
        mean = mean / n + K.rises.SILENCE;
        for (let i = 0; i < n; i++) {
          const p = power[i] / mean;
          square += p * p;
          root += Math.sqrt(p + K.rises.LEAST);
        }
        sums.set([mean, square, root], 3 * (b * nChannels + c));
        out[2 * b * nChannels + c] = Math.log(square / n);
        out[(2 * b + 1) * nChannels + c] = Math.log(root / n);
      }),
    );
  }

  /** @param {Heard} heard @param {Float32Array} g */
  back({ powers, gPowers }, g) {
    const { nChannels, sums } = this;
    powers.forEach((of, b) =>
      of.power.forEach((power, c) => {
        const n = power.length, gPower = gPowers[b][c];
        const [mean, square, root] = sums.subarray(3 * (b * nChannels + c));
        const ofSquare = 2 * g[2 * b * nChannels + c] / square, ofRoot = g[(2 * b + 1) * nChannels + c] / (2 * root);
        let along = 0;
        for (let i = 0; i < n; i++) {
          const p = power[i] / mean, one = (ofSquare * p + ofRoot / Math.sqrt(p + K.rises.LEAST)) / mean;
          gPower[i] += one;
          along += one * p;
        }
        const less = along / n;
        for (let i = 0; i < n; i++) gPower[i] -= less;
      }),
    );
  }

  /** As each band does.
   * @param {Float32Array} loud
   */
  counts(loud) {
    const { nChannels } = this, nBands = this.bands.wide.slices.length;
    const wide = wideLoud(this.bands, loud, nChannels);
    return new Float32Array(this.size).map((_, i) => wide[(i % nChannels) * nBands + Math.floor(i / (2 * nChannels))]);
  }

  /** A quarter, since they are logarithms.
   * @param {Float32Array} target @param {Float32Array} loud
   */
  weights(target, loud) {
    return this.counts(loud).map((count) => count / (4 * target.length));
  }
}
