// Is it alike, and is it new? Scores of a texture, as audiostyle_lib/metrics.py, under the same names.
import { attackDistance, attacksOf, framePowers } from "./attacks.js";
import { checkAudio } from "./audio.js";
import { envelopeStatistics } from "./auditory.js";
import { K } from "./constants.js";
import { melRows, placesOfMels, placesOfSamples } from "./copies.js";
import { erbEnvelopes } from "./erb_envelopes.js";
import { erbBands, erbCount } from "./erb.js";
import { RealFourier } from "./fourier.js";
import { fadeEnds, matchLevels } from "./levels.js";
import { channelDistances, sameChannels } from "./panorama.js";
import { matchedNoise } from "./sounds.js";
import { mean, roundEven } from "./sums.js";
import { withoutCourse } from "./trend.js";

/** @typedef {Record<string, number>} Scores */

/**
 * How far two lists are apart: 0 for equal ones, about 1 for unrelated ones.
 * @param {ArrayLike<number>} a
 * @param {ArrayLike<number>} b
 * @param {number} [unit] a size of values that counts as large
 */
export function relativeDistance(a, b, unit = 0) {
  let off = 0, size = a.length * unit ** 2;
  for (let i = 0; i < a.length; i++) {
    off += (a[i] - b[i]) ** 2;
    size += a[i] ** 2 + b[i] ** 2;
  }
  return size === 0 ? 0 : Math.sqrt(off / size);
}

/**
 * `relativeDistance` of each class of statistics, and `auditory`, their mean.
 * @param {Float32Array[]} reference
 * @param {Float32Array[]} synthetic
 * @param {number} sr
 * @returns {Scores}
 */
export function auditoryDistances(reference, synthetic, sr) {
  checkPair(reference, synthetic, sr, K.auditory.MIN_SECONDS);
  return envelopeDistances(erbEnvelopes(reference, sr), erbEnvelopes(synthetic, sr));
}

/**
 * @param {Float64Array[][]} reference envelopes
 * @param {Float64Array[][]} synthetic
 * @returns {Scores}
 */
function envelopeDistances(reference, synthetic) {
  const a = envelopeStatistics(reference), b = envelopeStatistics(synthetic);
  /** @type {Scores} */
  const units = K.metrics.UNITS;
  const found = Object.fromEntries(
    Object.keys(a).map((name) => [name, relativeDistance(a[name], b[name], units[name] ?? 0)]),
  );
  return { ...found, auditory: mean(Object.values(found)) };
}

/**
 * Mean difference of the long-term spectra in the ear's bands, in dB, levels made equal first.
 * @param {Float32Array[]} reference
 * @param {Float32Array[]} synthetic
 * @param {number} sr
 */
export function spectrumDistance(reference, synthetic, sr) {
  const [a, b] = [reference, synthetic].map((channels) => {
    const n = channels[0].length, plan = new RealFourier(n), bands = erbBands(n, sr, erbCount(sr, K.auditory.N_BANDS));
    const powers = channels.flatMap((y) => {
      const { re, im } = plan.forward(fadeEnds(y, sr));
      return bands.map(({ first, gains }) =>
        gains.reduce((total, g, k) => total + g * g * (re[first + k] ** 2 + im[first + k] ** 2), 0),
      );
    });
    const all = powers.reduce((total, p) => total + p, 0);
    return powers.map((p) => 10 * Math.log10(p / all + 1e-12));
  });
  const floor = Math.max(...a) + K.metrics.FLOOR_DB;
  return mean(a.map((level, i) => Math.abs(Math.max(level, floor) - Math.max(b[i], floor))));
}

/**
 * How differently loudness is distributed over time, in dB: levels of frames of 10 ms.
 * @param {Float32Array[]} reference
 * @param {Float32Array[]} synthetic
 * @param {number} sr
 */
export function envelopeDistance(reference, synthetic, sr) {
  const hopLength = Math.max(1, roundEven(K.metrics.FRAME * sr)), least = 10 ** (K.metrics.FLOOR_DB / 10);
  const [a, b] = [reference, synthetic].map((channels) => {
    const powers = channels.map((y) => framePowers(y, hopLength)), middle = mean(powers.map(mean));
    return powers.map((power) => power.map((p) => 10 * Math.log10(Math.max(p / middle, least))).sort());
  });
  return mean(a.map((levels, c) => wassersteinDistance(levels, b[c])));
}

/**
 * The area between the distributions of two lists of sorted numbers.
 * @param {Float64Array} a
 * @param {Float64Array} b
 */
function wassersteinDistance(a, b) {
  let i = 0, k = 0, total = 0, last = Math.min(a[0], b[0]);
  while (i < a.length || k < b.length) {
    const next = Math.min(a[i] ?? Infinity, b[k] ?? Infinity);
    total += Math.abs(i / a.length - k / b.length) * (next - last);
    while (i < a.length && a[i] === next) i++;
    while (k < b.length && b[k] === next) k++;
    last = next;
  }
  return total;
}

/**
 * Named scores of a synthetic texture: is it alike, and is it new?
 * @param {Float32Array[]} reference at least 1 s
 * @param {Float32Array[]} synthetic at least 0.5 s, as many channels
 * @param {number} sr
 * @param {(share: number, what: string) => void} [progress]
 * @returns {Scores}
 */
export function textureReport(reference, synthetic, sr, progress = () => {}) {
  checkPair(reference, synthetic, sr, 2 * K.auditory.MIN_SECONDS);
  const [first, second] = matchLevels([withoutCourse(reference), withoutCourse(synthetic)]);
  progress(0.1, "likeness");
  /** @type {[Float64Array[][], Float64Array[][]]} */
  const envelopes = [erbEnvelopes(first, sr), erbEnvelopes(second, sr)];
  const middle = Math.floor(first[0].length / 2);
  const halves = [first.map((y) => y.subarray(0, middle)), first.map((y) => y.subarray(middle))];
  const [attacks, made, early, late] = [first, second, ...halves].map((y) => attacksOf(y, sr));
  const likeness = {
    ...envelopeDistances(...envelopes),
    spectrum_db: spectrumDistance(first, second, sr),
    envelope_db: envelopeDistance(first, second, sr),
    attack: attackDistance(attacks, made),
    attack_halves: attackDistance(early, late),
    ...Object.fromEntries(Object.keys(attacks).map((name) => [`attack_${name}`, made[name] - attacks[name]])),
  };
  progress(0.4, "newness");
  const samples = placesOfSamples(first, sr), mels = placesOfMels(first, sr), floors = [], melFloors = [];
  const copy = samples.bestMatch(second);
  for (let seed = 0; seed < K.metrics.N_NOISES; seed++) {
    const noise = matchedNoise(first, sr, { length: second[0].length, seed });
    floors.push(samples.bestMatch(noise));
    melFloors.push(mels.bestMatch(melRows(noise, sr)));
    progress(0.5 + (0.4 * (seed + 1)) / K.metrics.N_NOISES, "newness");
  }
  return {
    ...likeness,
    copy,
    copy_floor: mean(floors),
    copy_spectrogram: mels.bestMatch(melRows(second, sr)),
    copy_spectrogram_floor: mean(melFloors),
    copy_spectrogram_halves: placesOfMels(halves[0], sr).bestMatch(melRows(halves[1], sr)),
    ...(first.length > 1 ? channelDistances(first, second, sr, envelopes) : {}),
  };
}

/**
 * The engine's task: `textureReport`.
 * @param {{reference: Float32Array[], synthetic: Float32Array[], sr: number}} args
 * @param {(share: number, what: string) => void} [progress]
 */
export function scores({ reference, synthetic, sr }, progress) {
  return textureReport(reference, synthetic, sr, progress);
}

/**
 * @param {Float32Array[]} reference
 * @param {Float32Array[]} synthetic
 * @param {number} sr
 * @param {number} minSeconds of the reference
 */
function checkPair(reference, synthetic, sr, minSeconds) {
  checkAudio(reference, sr, { minSeconds, name: "reference" });
  checkAudio(synthetic, sr, { minSeconds: K.auditory.MIN_SECONDS, name: "synthetic" });
  sameChannels(reference, synthetic);
}
