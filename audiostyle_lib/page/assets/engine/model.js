// What is measured of references: mean spectra, components, features, image and envelopes; as model.py. Of several
// channels the spectrograms of the principal ones stand side by side: frames are (t, nBins), nBins those of all.
import { checkReferences } from "./checks.js";
import { K } from "./constants.js";
import { rms } from "./levels.js";
import { RandomCNN } from "./network.js";
import { product } from "./products.js";
import { derivedSeed } from "./random.js";
import { Remainder, deviations } from "./remainder.js";
import { levelTargets } from "./sharpen.js";
import { SoundMeasure, soundTargets } from "./sound.js";
import { SpatialImage } from "./spatial.js";
import { STFT } from "./stft.js";
import { roundEven } from "./sums.js";
import { repetition } from "./surrogates.js";
import { principalDirections, transposed } from "./tensors.js";

/** @typedef {typeof K.quality.DRAFT} Quality */

export class TextureModel {
  /**
   * @param {Float32Array[][]} sounds references
   * @param {number} sr
   * @param {Quality} quality
   * @param {{seed?: number, progress?: (share: number) => void}} [options]
   */
  constructor(sounds, sr, quality, { seed = 0, progress } = {}) {
    this.sr = sr;
    this.quality = quality;
    this.stft = STFT.forRate(sr);
    const checked = checkReferences(sounds, sr, quality.widths, this.stft), steps = 3 + checked.length;
    let done = 0;
    const told = () => progress?.(++done / steps);
    this.image = new SpatialImage(checked, sr);
    told();
    const { image, stft } = this, nParts = image.parts.length, bins = stft.nBins;
    this.nBins = nParts * bins;
    const spectrograms = checked.map((Y, which) => {
      const parts = image.apart(Y, which).map((y) => stft.forward(y)), t = parts[0].length / bins;
      const S = new Float32Array(t * this.nBins);
      parts.forEach((part, p) => {
        for (let i = 0; i < t; i++) S.set(part.subarray(i * bins, (i + 1) * bins), i * this.nBins + p * bins);
      });
      told();
      return S;
    });
    this.means = spectrograms.map((S) => columnMeans(S, this.nBins));
    this.fluctuations = spectrograms.map((S, k) => S.map((v, i) => v - this.means[k][i % this.nBins]));
    this.basis = commonBasis(this.fluctuations, nParts, bins, quality.nComponents);
    this.nComponents = this.basis.length / this.nBins;
    told();
    /** components of each reference, (t, nComponents) */
    this.channels = this.fluctuations.map((F) => this.components(F));
    this.network = new RandomCNN(this.nComponents, {
      nFilters: quality.nFilters, widths: quality.widths, seed: derivedSeed(seed, "filters"),
    });
    this.network.calibrate(this.channels);
    this.features = this.channels.map((x) => this.network.features(x));
    told();
    this.references = checked.map((Y) => image.distinct(Y));
    this.levels = checked.map(rms);
    this.deviations = this.channels.map((x) => deviations(x, this.nComponents));
    /** components as rows (nComponents, t) */
    this.rows = this.channels.map((x) => transposed(x, x.length / this.nComponents, this.nComponents));
    this.repetitions = this.rows.map((x) => repetition(x, x.length / this.nComponents));
    this.remainder = new Remainder(this.basis, this.nComponents, this.fluctuations.map((F, k) => {
      const rest = this.frames(this.channels[k]);
      for (let i = 0; i < rest.length; i++) rest[i] = F[i] - rest[i];
      return rest;
    }));
  }

  /**
   * Components (t, nComponents) of frames (t, nBins).
   * @param {Float32Array} S
   */
  components(S) {
    const { nBins, nComponents, basis } = this, t = S.length / nBins, x = new Float32Array(t * nComponents);
    product(t, nComponents, nBins, S, nBins, 1, basis, nComponents, 1, x);
    return x;
  }

  /**
   * The other way.
   * @param {Float32Array} x
   */
  frames(x) {
    const { nBins, nComponents, basis } = this, t = x.length / nComponents, S = new Float32Array(t * nBins);
    product(t, nBins, nComponents, x, nComponents, 1, basis, 1, nComponents, S);
    return S;
  }

  /** Samples of the longest reference, or of what is measured of it. */
  get longest() {
    return Math.max(...this.references.map(([y]) => y.length));
  }

  /**
   * Whether all sounds are long enough for statistics of their waveform.
   * @param {number} length
   */
  touched(length) {
    return Math.min(length, ...this.references.map(([y]) => y.length)) >= K.auditory.MIN_SECONDS * this.sr;
  }

  /**
   * Steps of the last touch.
   * @param {number} length
   */
  nRefine(length) {
    if (!this.touched(length)) return 0;
    return roundEven(this.quality.nRefine * (this.image.nDistinct > 1 ? K.model.SEVERAL : 1));
  }

  /** What the last touch wants of each reference; those without an image have that of the others. */
  soundTargets() {
    const { sound } = this.quality, { several } = this.image, rows = soundTargets(this.references, this.sr, sound);
    if (!several.length || several.length === rows.length) return rows;
    const { statistics } = new SoundMeasure(this.sr, this.sr, { nChannels: this.image.nDistinct, sound });
    for (const { name, first, statistic } of statistics)
      for (let place = first; name.startsWith("channel") && place < first + statistic.size; place++) {
        const mean = several.reduce((sum, i) => sum + rows[i][place] / several.length, 0);
        rows.forEach((row, i) => { if (!several.includes(i)) row[place] = mean; });
      }
    return rows;
  }

  /** How levels of the references are distributed, for `sharpened`. */
  levelTargets() {
    const { several } = this.image;
    return levelTargets(this.references, this.sr, several.length ? several : undefined);
  }

  /**
   * Frames to make for `length` samples; of a loop as many as go round it.
   * @param {number} length
   * @param {boolean} loop
   */
  nFrames(length, loop) {
    if (loop) return Math.max(4, roundEven(length / this.stft.hopLength));
    return Math.max(this.stft.nFrames(length) + 1, 2 * this.network.span);
  }
}

/**
 * @param {Float32Array} S
 * @param {number} nBins
 */
function columnMeans(S, nBins) {
  const mean = new Float64Array(nBins), t = S.length / nBins;
  for (let i = 0, k = 0; i < S.length; i++, k = k + 1 === nBins ? 0 : k + 1) mean[k] += S[i] / t;
  return Float32Array.from(mean);
}

/**
 * Principal components (nBins, parts * n) of all references' fluctuations, part by part.
 * @param {Float32Array[]} fluctuations
 * @param {number} nParts
 * @param {number} bins of a part
 * @param {number} n
 */
function commonBasis(fluctuations, nParts, bins, n) {
  const nBins = nParts * bins, lengths = fluctuations.map((F) => F.length / nBins);
  const t = lengths.reduce((a, b) => a + b), found = [];
  for (let part = 0; part < nParts; part++) {
    const rest = new Float32Array(t * bins);
    let to = 0;
    fluctuations.forEach((F, k) => {
      const root = Math.sqrt(lengths[k]);
      for (let i = 0; i < lengths[k]; i++)
        for (let b = 0, from = i * nBins + part * bins; b < bins; b++) rest[to++] = F[from++] / root;
    });
    found.push(principalDirections(rest, bins, n));
  }
  const count = found[0].length / bins, basis = new Float32Array(nBins * count * nParts);
  found.forEach((directions, part) => {
    for (let b = 0; b < bins; b++)
      basis.set(directions.subarray(b * count, (b + 1) * count), ((part * bins + b) * nParts + part) * count);
  });
  return basis;
}
