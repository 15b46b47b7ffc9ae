// Statistics of the envelopes of the ear's bands, and their gradients, as audiostyle_lib/statistics/envelopes.py, after
// McDermott and Simoncelli (2011): mean m and deviation s of each, s / m, mean z^3, mean z_i z_j, and with weights v of
// a band of modulation sum v |Z|^2 and sum v Re(Z_i Z_j*) / sqrt(sum v |Z_i|^2 sum v |Z_j|^2).
import { K } from "./constants.js";
import { SoundStatistic } from "./statistic.js";

/** @typedef {import("./bands.js").Bands} Bands */
/** @typedef {import("./heard.js").Heard} Heard */

/** How loud each band is. */
export class Mean extends SoundStatistic {
  /** @param {Bands} bands @param {number} _nChannels @param {number} nRows */
  constructor(bands, _nChannels, nRows) {
    super(nRows * bands.nBands);
  }

  /** @param {Heard} heard @param {Float32Array} out */
  value(heard, out) {
    out.set(heard.mean);
  }

  /** @param {Heard} heard @param {Float32Array} g */
  back(heard, g) {
    for (let j = 0; j < g.length; j++) heard.gMean[j] += g[j];
  }

  /** All alike: `weights` knows better.
   * @param {Float32Array} loud
   */
  counts(loud) {
    return new Float32Array(loud.length).fill(1);
  }

  /** Half relative to all, half each to its own, so that quiet bands stay quiet.
   * @param {Float32Array} target
   */
  weights(target) {
    let sum = 0;
    for (const t of target) sum += t * t;
    return target.map((t) => 1 / (4 * sum) + 1 / (4 * target.length * t * t));
  }
}

/** How much each band's loudness moves, relative to its mean. */
export class Variation extends SoundStatistic {
  /** @param {Bands} bands @param {number} _nChannels @param {number} nRows */
  constructor(bands, _nChannels, nRows) {
    super(nRows * bands.nBands, K.units.envelope_variation);
  }

  /** @param {Heard} heard @param {Float32Array} out */
  value({ deviation, mean }, out) {
    for (let j = 0; j < out.length; j++) out[j] = deviation[j] / mean[j];
  }

  /** @param {Heard} heard @param {Float32Array} g */
  back({ deviation, mean, gDeviation, gMean }, g) {
    for (let j = 0; j < g.length; j++) {
      gDeviation[j] += g[j] / mean[j];
      gMean[j] -= g[j] * deviation[j] / mean[j] ** 2;
    }
  }

  /** @param {Float32Array} loud */
  counts(loud) {
    return loud.slice();
  }
}

/** Whether a band is mostly quiet with sharp events, or the other way round. */
export class Skewness extends SoundStatistic {
  /** @param {Bands} bands @param {number} _nChannels @param {number} nRows */
  constructor(bands, _nChannels, nRows) {
    super(nRows * bands.nBands, K.units.envelope_skewness);
    this.nEnv = bands.nEnv;
  }

  /** @param {Heard} heard @param {Float32Array} out */
  value({ z }, out) {
    for (let j = 0, i = 0; j < out.length; j++) {
      let sum = 0;
      for (const end = i + this.nEnv; i < end; i++) sum += z[i] * z[i] * z[i];
      out[j] = sum / this.nEnv;
    }
  }

  /** @param {Heard} heard @param {Float32Array} g */
  back({ z, gz }, g) {
    for (let j = 0, i = 0; j < g.length; j++) {
      const scale = 3 * g[j] / this.nEnv;
      for (const end = i + this.nEnv; i < end; i++) gz[i] += scale * z[i] * z[i];
    }
  }

  /** @param {Float32Array} loud */
  counts(loud) {
    return loud.slice();
  }
}

/** Which bands are loud together. */
export class BandCorrelation extends SoundStatistic {
  /** @param {Bands} bands @param {number} _nChannels @param {number} nRows */
  constructor({ nBands, nEnv }, _nChannels, nRows) {
    const pairs = rowPairs(nRows, nBands, K.envelopes.OFFSETS);
    super(pairs.length, K.units.band_correlation);
    this.pairs = pairs;
    this.nEnv = nEnv;
  }

  /** @param {Heard} heard @param {Float32Array} out */
  value({ z }, out) {
    const n = this.nEnv;
    this.pairs.forEach(([first, second], p) => {
      let a = 0, b = 0;
      const i = first * n, j = second * n;
      for (let t = 0; t < n; t += 2) {
        a += z[i + t] * z[j + t];
        b += z[i + t + 1] * z[j + t + 1];
      }
      out[p] = (a + b) / n;
    });
  }

  /** @param {Heard} heard @param {Float32Array} g */
  back({ z, gz }, g) {
    const n = this.nEnv;
    this.pairs.forEach(([first, second], p) => {
      const scale = g[p] / n, i = first * n, j = second * n;
      for (let t = 0; t < n; t++) {
        gz[i + t] += scale * z[j + t];
        gz[j + t] += scale * z[i + t];
      }
    });
  }

  /** As both bands do.
   * @param {Float32Array} loud
   */
  counts(loud) {
    return Float32Array.from(this.pairs, ([i, j]) => Math.sqrt(loud[i] * loud[j]));
  }
}

/** How fast each band's loudness moves. */
export class ModulationPower extends SoundStatistic {
  /** @param {Bands} bands @param {number} _nChannels @param {number} nRows */
  constructor(bands, _nChannels, nRows) {
    const rates = K.envelopes.RATES;
    super(nRows * bands.nBands * rates[0], K.units.modulation_power);
    this.modulations = bands.modulations(rates);
    this.nBins = bands.nBins;
  }

  /** @param {Heard} heard @param {Float32Array} out */
  value({ power, n }, out) {
    sumOver(this.modulations, power, n, this.nBins, out);
  }

  /** @param {Heard} heard @param {Float32Array} g */
  back({ gPower, n }, g) {
    backSumOver(this.modulations, gPower, n, this.nBins, g);
  }

  /** As the band does.
   * @param {Float32Array} loud
   */
  counts(loud) {
    const rates = this.modulations.length;
    return new Float32Array(this.size).map((_, i) => loud[Math.floor(i / rates)]);
  }
}

/** Whether neighbouring bands move together, at each rate. */
export class ModulationCorrelation extends SoundStatistic {
  /** @param {Bands} bands @param {number} _nChannels @param {number} nRows */
  constructor(bands, _nChannels, nRows) {
    const rates = K.envelopes.RATES_TOGETHER;
    const pairs = rowPairs(nRows, bands.nBands, K.envelopes.NEIGHBOURS);
    super(pairs.length * rates[0], K.units.modulation_correlation);
    this.pairs = pairs;
    this.modulations = bands.modulations(rates);
    this.nBins = bands.nBins;
    this.own = new Float32Array(nRows * bands.nBands * rates[0]);
    this.gOwn = new Float32Array(this.own.length);
    this.together = new Float32Array(this.size);
  }

  /** @param {Heard} heard @param {Float32Array} out */
  value({ Z, power, n }, out) {
    const { re, im } = Z, { own, together, modulations, nBins } = this, m = modulations.length;
    sumOver(modulations, power, n, nBins, own);
    for (let i = 0; i < own.length; i++) own[i] = Math.sqrt(Math.max(own[i], K.envelopes.LEAST));
    this.pairs.forEach(([first, second], p) =>
      modulations.forEach(({ first: low, gains }, r) => {
        const i = first * nBins + low, j = second * nBins + low;
        let sum = 0;
        for (let k = 0; k < gains.length; k++) sum += gains[k] * (re[i + k] * re[j + k] + im[i + k] * im[j + k]);
        out[p * m + r] = together[p * m + r] = sum / (own[first * m + r] * own[second * m + r]);
      }),
    );
  }

  /** @param {Heard} heard @param {Float32Array} g */
  back({ Z, gZ, gPower, n }, g) {
    const { own, gOwn, together, modulations, nBins } = this, m = modulations.length;
    gOwn.fill(0);
    this.pairs.forEach(([first, second], p) =>
      modulations.forEach(({ first: low, gains }, r) => {
        const i = first * nBins + low, j = second * nBins + low, a = first * m + r, b = second * m + r;
        const scale = g[p * m + r] / (own[a] * own[b]);
        for (let k = 0; k < gains.length; k++) {
          const v = scale * gains[k];
          gZ.re[i + k] += v * Z.re[j + k];
          gZ.im[i + k] += v * Z.im[j + k];
          gZ.re[j + k] += v * Z.re[i + k];
          gZ.im[j + k] += v * Z.im[i + k];
        }
        gOwn[a] -= g[p * m + r] * together[p * m + r] / own[a];
        gOwn[b] -= g[p * m + r] * together[p * m + r] / own[b];
      }),
    );
    const least = Math.fround(Math.sqrt(K.envelopes.LEAST));
    for (let i = 0; i < own.length; i++) gOwn[i] = own[i] > least ? gOwn[i] / (2 * own[i]) : 0;
    backSumOver(modulations, gPower, n, nBins, gOwn);
  }

  /** As both bands do.
   * @param {Float32Array} loud
   */
  counts(loud) {
    const m = this.modulations.length;
    return new Float32Array(this.size).map((_, i) => {
      const [first, second] = this.pairs[Math.floor(i / m)];
      return Math.sqrt(loud[first] * loud[second]);
    });
  }
}

/** Pairs of bands so many apart, row after row, as places in all rows' bands.
 * @param {number} nRows @param {number} nBands @param {readonly number[]} offsets
 * @returns {[number, number][]}
 */
function rowPairs(nRows, nBands, offsets) {
  /** @type {[number, number][]} */
  const pairs = [];
  for (let row = 0; row < nRows; row++)
    for (const offset of offsets)
      for (let i = row * nBands; i + offset < (row + 1) * nBands; i++) pairs.push([i, i + offset]);
  return pairs;
}

/** Sums of `n` rows of `power` over bands of modulation, (n, modulations).
 * @param {import("./bands.js").Weighted[]} modulations @param {Float32Array} power @param {number} n
 * @param {number} nBins @param {Float32Array} out
 */
function sumOver(modulations, power, n, nBins, out) {
  for (let j = 0, at = 0; j < n; j++)
    for (const { first, gains } of modulations) {
      const o = j * nBins + first;
      let sum = 0;
      for (let k = 0; k < gains.length; k++) sum += gains[k] * power[o + k];
      out[at++] = sum;
    }
}

/** Adds to the gradient of `power` what that of its sums, `g`, says.
 * @param {import("./bands.js").Weighted[]} modulations @param {Float32Array} gPower @param {number} n
 * @param {number} nBins @param {Float32Array} g
 */
function backSumOver(modulations, gPower, n, nBins, g) {
  for (let j = 0, at = 0; j < n; j++)
    for (const { first, gains } of modulations) {
      const o = j * nBins + first, scale = g[at++];
      for (let k = 0; k < gains.length; k++) gPower[o + k] += scale * gains[k];
    }
}
