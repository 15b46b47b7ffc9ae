// What channels have in common, and the gradients, as audiostyle_lib/statistics/channels.py: of each pair in each band
// the coherence X = sum Y_1 Y_2* / sqrt(P_1 P_2), where P = sum |Y|^2 + a little, and the mean product of envelopes.
import { K } from "./constants.js";
import { SoundStatistic } from "./statistic.js";

/** @typedef {import("./bands.js").Bands} Bands */
/** @typedef {import("./heard.js").Heard} Heard */

/** Numbers of each pair of channels in each band. */
class OfPairs extends SoundStatistic {
  /** @param {Bands} bands @param {number} nChannels @param {number} perBand @param {number} unit */
  constructor(bands, nChannels, perBand, unit) {
    /** @type {[number, number][]} */
    const pairs = [];
    for (let i = 0; i < nChannels; i++) for (let j = i + 1; j < nChannels; j++) pairs.push([i, j]);
    super(pairs.length * bands.nBands * perBand, unit);
    this.pairs = pairs;
    this.nBands = bands.nBands;
  }

  /** As the band does in both channels.
   * @param {Float32Array} loud
   */
  counts(loud) {
    const { nBands, pairs } = this, n = pairs.length * nBands;
    return new Float32Array(this.size).map((_, i) => {
      const [first, second] = pairs[Math.floor((i % n) / nBands)], band = i % nBands;
      return Math.sqrt(loud[first * nBands + band] * loud[second * nBands + band]);
    });
  }
}

/** Where a band is heard: coherence and phase between channels. */
export class ChannelCorrelation extends OfPairs {
  /** @param {Bands} bands @param {number} nChannels */
  constructor(bands, nChannels) {
    super(bands, nChannels, 2, K.units.channel_correlation);
    this.powers = new Float64Array(nChannels * bands.nBands);
    this.gPowers = new Float64Array(nChannels * bands.nBands);
  }

  /** @param {Heard} heard @param {Float32Array} out all real, then all imaginary parts */
  value({ bands, Y }, out) {
    const { nBands, pairs, powers } = this, n = pairs.length * nBands;
    const least = K.channels.OF_SILENCE * bands.ear.silence;
    bands.slices.forEach(({ first, gain }, b) => {
      Y.forEach(({ re, im }, c) => {
        let sum = 0;
        for (let k = 0; k < gain.length; k++) sum += gain[k] ** 2 * (re[first + k] ** 2 + im[first + k] ** 2);
        powers[c * nBands + b] = sum + least;
      });
      pairs.forEach(([one, two], p) => {
        const u = Y[one], v = Y[two];
        let re = 0, im = 0;
        for (let i = 0, k = first; i < gain.length; i++, k++) {
          const weight = gain[i] * gain[i];
          re += weight * (u.re[k] * v.re[k] + u.im[k] * v.im[k]);
          im += weight * (u.im[k] * v.re[k] - u.re[k] * v.im[k]);
        }
        const norm = Math.sqrt(powers[one * nBands + b] * powers[two * nBands + b]);
        out[p * nBands + b] = re / norm;
        out[n + p * nBands + b] = im / norm;
      });
    });
    this.found = out.slice();
  }

  /** @param {Heard} heard @param {Float32Array} g */
  back({ bands, Y, gY }, g) {
    const { nBands, pairs, powers, gPowers } = this, n = pairs.length * nBands, found = this.found ?? g;
    gPowers.fill(0);
    bands.slices.forEach(({ first, gain }, b) => {
      pairs.forEach(([one, two], p) => {
        const u = Y[one], v = Y[two], gu = gY[one], gv = gY[two], at = p * nBands + b;
        const i = one * nBands + b, j = two * nBands + b, norm = Math.sqrt(powers[i] * powers[j]);
        const re = g[at] / norm, im = g[n + at] / norm, along = g[at] * found[at] + g[n + at] * found[n + at];
        gPowers[i] -= along / (2 * powers[i]);
        gPowers[j] -= along / (2 * powers[j]);
        for (let l = 0, k = first; l < gain.length; l++, k++) {
          const weight = gain[l] * gain[l];
          gu.re[k] += weight * (re * v.re[k] - im * v.im[k]);
          gu.im[k] += weight * (re * v.im[k] + im * v.re[k]);
          gv.re[k] += weight * (re * u.re[k] + im * u.im[k]);
          gv.im[k] += weight * (re * u.im[k] - im * u.re[k]);
        }
      });
      Y.forEach(({ re, im }, c) => {
        const scale = 2 * gPowers[c * nBands + b], to = gY[c];
        for (let i = 0, k = first; i < gain.length; i++, k++) {
          const weight = scale * gain[i] * gain[i];
          to.re[k] += weight * re[k];
          to.im[k] += weight * im[k];
        }
      });
    });
  }
}

/** Whether a band swells in both channels at once. */
export class ChannelEnvelopeCorrelation extends OfPairs {
  /** @param {Bands} bands @param {number} nChannels */
  constructor(bands, nChannels) {
    super(bands, nChannels, 1, K.units.channel_envelope_correlation);
  }

  /** @param {Heard} heard @param {Float32Array} out */
  value({ bands, z }, out) {
    const { nBands } = this, { nEnv } = bands;
    this.pairs.forEach(([one, two], p) => {
      for (let b = 0; b < nBands; b++) {
        const i = (one * nBands + b) * nEnv, j = (two * nBands + b) * nEnv;
        let sum = 0;
        for (let t = 0; t < nEnv; t++) sum += z[i + t] * z[j + t];
        out[p * nBands + b] = sum / nEnv;
      }
    });
  }

  /** @param {Heard} heard @param {Float32Array} g */
  back({ bands, z, gz }, g) {
    const { nBands } = this, { nEnv } = bands;
    this.pairs.forEach(([one, two], p) => {
      for (let b = 0; b < nBands; b++) {
        const i = (one * nBands + b) * nEnv, j = (two * nBands + b) * nEnv, scale = g[p * nBands + b] / nEnv;
        for (let t = 0; t < nEnv; t++) {
          gz[i + t] += scale * z[j + t];
          gz[j + t] += scale * z[i + t];
        }
      }
    });
  }
}
