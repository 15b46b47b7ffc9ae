// All statistics of a sound in one row, their weights, and the gradient of a weighted distance, as SoundMeasure of
// audiostyle_lib/statistics/sound.py: loss = sum w (s - t)^2, so dL/ds = 2 w (s - t), and each statistic goes back from
// there.
import { Bands } from "./bands.js";
import { ChannelCorrelation, ChannelEnvelopeCorrelation } from "./channels.js";
import { K } from "./constants.js";
import {
  BandCorrelation,
  Mean,
  ModulationCorrelation,
  ModulationPower,
  Skewness,
  Variation,
} from "./envelopes.js";
import { rfft } from "./fft.js";
import { Heard } from "./heard.js";
import { rms } from "./levels.js";
import { Peaks, Rises } from "./rises.js";

/** @typedef {import("./wide_bands.js").Spectrum} Spectrum */

/** Statistics by name, in Python's order. */
export const SOUND_STATISTICS = {
  channel_correlation: ChannelCorrelation,
  channel_envelope_correlation: ChannelEnvelopeCorrelation,
  envelope_mean: Mean,
  envelope_variation: Variation,
  envelope_skewness: Skewness,
  band_correlation: BandCorrelation,
  modulation_power: ModulationPower,
  modulation_correlation: ModulationCorrelation,
  rises: Rises,
  peaks: Peaks,
};

/** @typedef {Record<string, number>} SoundWeights by the statistics' names; those that are left out do not count */

export class SoundMeasure {
  /**
   * @param {number} n samples
   * @param {number} sr Hz
   * @param {{nChannels?: number, sound?: SoundWeights}} [options] the weights are all 1 by default
   */
  constructor(n, sr, { nChannels = 1, sound } = {}) {
    const names = /** @type {(keyof typeof SOUND_STATISTICS)[]} */ (Object.keys(SOUND_STATISTICS));
    this.bands = new Bands(n, sr);
    this.heard = new Heard(this.bands, nChannels);
    const weight = (/** @type {string} */ name) => (sound ? sound[name] ?? 0 : 1);
    /** @type {{name: string, share: number, first: number, statistic: import("./statistic.js").SoundStatistic}[]} */
    this.statistics = [];
    this.size = 0;
    // The means are always measured: they say which bands count.
    for (const name of new Set([/** @type {const} */ ("envelope_mean"), ...names])) {
      const share = weight(name);
      if (!share && name !== "envelope_mean") continue;
      const statistic = new SOUND_STATISTICS[name](this.bands, nChannels, this.heard.nRows);
      // What channels have in common is nothing where there is one: then it does not count.
      if (!statistic.size) continue;
      this.statistics.push({ name, share, first: this.size, statistic });
      this.size += statistic.size;
    }
    this.g = new Float32Array(this.size);
  }

  /** The statistics of a sound whose channels have these spectra, in one row that begins with the bands' means.
   * @param {Spectrum[]} Y @param {Float32Array} [out]
   */
  ofSpectrum(Y, out = new Float32Array(this.size)) {
    this.heard.hear(Y);
    for (const { first, statistic } of this.statistics)
      statistic.value(this.heard, out.subarray(first, first + statistic.size));
    return out;
  }

  /** The same of channels of samples.
   * @param {Float32Array[]} y
   */
  of(y) {
    return this.ofSpectrum(y.map(rfft));
  }

  /** The gradient of the spectra, where that of the statistics just measured is `g`; overwritten by the next.
   * @param {Float32Array} g
   */
  back(g) {
    this.heard.clear();
    for (const { first, statistic } of this.statistics)
      statistic.back(this.heard, g.subarray(first, first + statistic.size));
    return this.heard.back();
  }

  /** How much each squared difference from `target` counts: every class by its share, quiet bands less.
   * @param {Float32Array} target
   */
  weights(target) {
    const { exponent, depth } = this.bands.ear, mean = target.subarray(0, this.statistics[0].statistic.size);
    const largest = mean.reduce((a, b) => Math.max(a, b));
    const loud = mean.map((m) => {
      const decibels = 10 / exponent * Math.log10(m / largest);
      return Math.min(1, Math.max(0, (depth + decibels) / K.sound.RANGE));
    });
    const total = Math.max(this.statistics.reduce((sum, { share }) => sum + share, 0), 1e-9);
    const weights = new Float32Array(this.size);
    for (const { share, first, statistic } of this.statistics) {
      const part = target.subarray(first, first + statistic.size);
      weights.set(statistic.weights(part, loud).map((weight) => weight * share / total), first);
    }
    return weights;
  }

  /** The weighted distance from `target`, and its gradient with respect to the spectra, which the next overwrites.
   * @param {Spectrum[]} Y @param {Float32Array} target @param {Float32Array} weights
   * @returns {[number, Spectrum[]]}
   */
  lossAndGradient(Y, target, weights) {
    const g = this.ofSpectrum(Y, this.g);
    let loss = 0;
    for (let i = 0; i < g.length; i++) {
      const off = g[i] - target[i];
      loss += weights[i] * off * off;
      g[i] = 2 * weights[i] * off;
    }
    return [loss, this.back(g)];
  }
}

/** `SoundMeasure` of sounds brought to one level, of each a row.
 * @param {Float32Array[][]} references channels of each
 * @param {number} sr Hz
 * @param {SoundWeights} [sound]
 */
export function soundTargets(references, sr, sound) {
  return references.map((y) => {
    const gain = K.levels.LEVEL / rms(y), measure = new SoundMeasure(y[0].length, sr, { nChannels: y.length, sound });
    return measure.of(y.map((channel) => channel.map((v) => v * gain)));
  });
}
