// The statistics by which listeners recognise textures, as audiostyle_lib/auditory.py (McDermott and Simoncelli, 2011),
// and mel spectrograms in dB. Bands of modulation are never heard here: what is asked of them, mean products, can be
// read from spectra.
import { checkAudio } from "./audio.js";
import { K } from "./constants.js";
import { RealFourier } from "./fourier.js";
import { melSpectrogram } from "./mel.js";
import { mean, meanOfProducts, roundEven } from "./sums.js";

/** @typedef {Record<string, Float64Array>} Statistics of all channels, one after the other */
/** @typedef {import("./fourier.js").Complex} Complex */

/**
 * Statistics of a sound whose `erbEnvelopes` are known, by name.
 * @param {Float64Array[][]} envelopes
 * @returns {Statistics}
 */
export function envelopeStatistics(envelopes) {
  const each = envelopes.map(ofChannel);
  return Object.fromEntries(
    Object.keys(each[0]).map((name) => [name, Float64Array.from(each.flatMap((found) => found[name]))]),
  );
}

/**
 * @param {Float64Array[]} s envelopes of the bands of one channel
 * @returns {Record<string, number[]>}
 */
function ofChannel(s) {
  const { BAND_OFFSETS, POWER_BANDS, CORRELATION_BANDS, MODULATION_OFFSETS } = K.auditory, n = s[0].length;
  const means = s.map(mean);
  const rest = s.map((y, b) => y.map((v) => v - means[b]));
  const deviations = rest.map((y) => Math.sqrt(meanOfProducts(y, y)) + 1e-12);
  const z = rest.map((y, b) => y.map((v) => v / deviations[b]));
  const plan = new RealFourier(n), spectra = z.map((y) => plan.forward(y));
  const powers = modulations(n, POWER_BANDS);
  return {
    envelope_mean: means,
    envelope_variation: deviations.map((d, b) => d / (means[b] + 1e-12)),
    envelope_skewness: z.map((y) => mean(y.map((v) => v * v * v))),
    band_correlation: bandCorrelations(z.length, BAND_OFFSETS, (a, b) => meanOfProducts(z[a], z[b])),
    modulation_power: spectra.flatMap((Z) => powers.map((weights) => meanProduct(Z, Z, weights))),
    modulation_correlation: modulations(n, CORRELATION_BANDS).flatMap((weights) =>
      bandCorrelations(z.length, MODULATION_OFFSETS, (a, b) => meanProduct(spectra[a], spectra[b], weights)),
    ),
  };
}

/**
 * Constant-Q (Q = 2) band-pass filters of modulation rate: of each its first bin, and how much the product of two
 * spectra counts from there for the mean product of n samples.
 * @param {number} n
 * @param {readonly number[]} bands how many, from which centre to which, Hz
 * @returns {{first: number, weights: number[]}[]}
 */
function modulations(n, [nBands, fmin, fmax]) {
  const nBins = Math.floor(n / 2) + 1;
  return Array.from({ length: nBands }, (_, m) => {
    const centre = fmin * (fmax / fmin) ** (m / (nBands - 1));
    /** @type {number[]} */
    const weights = [];
    let first = 0;
    for (let k = 0; k < nBins; k++) {
      const distance = ((k * K.auditory.ENVELOPE_RATE) / n - centre) / (centre / 2);
      if (Math.abs(distance) >= 1) continue;
      if (!weights.length) first = k;
      const twice = k > 0 && 2 * k < n ? 2 : 1;
      weights.push((twice * Math.cos((Math.PI / 2) * distance) ** 2) / n ** 2);
    }
    return { first, weights };
  });
}

/**
 * @param {Complex} A
 * @param {Complex} B
 * @param {{first: number, weights: number[]}} filter
 */
function meanProduct(A, B, { first, weights }) {
  let total = 0;
  for (let i = 0, k = first; i < weights.length; i++, k++)
    total += weights[i] * (A.re[k] * B.re[k] + A.im[k] * B.im[k]);
  return total;
}

/**
 * Correlations of bands that lie so far apart.
 * @param {number} nBands
 * @param {readonly number[]} offsets
 * @param {(a: number, b: number) => number} mutual mean product of two bands
 * @returns {number[]}
 */
function bandCorrelations(nBands, offsets, mutual) {
  const size = Array.from({ length: nBands }, (_, b) => Math.sqrt(mutual(b, b)) + 1e-9);
  return offsets.flatMap((k) =>
    Array.from({ length: nBands - k }, (_, b) => mutual(b, b + k) / (size[b] * size[b + k])),
  );
}

/**
 * Mel spectrograms in dB below the loudest point of all channels: of each channel (nMels, nFrames), row by row.
 * @param {Float32Array[]} channels
 * @param {number} sr
 * @param {{nMels?: number, hopSeconds?: number}} [options]
 * @returns {{mels: Float64Array[], nFrames: number}}
 */
export function logMel(channels, sr, { nMels = K.auditory.N_MELS, hopSeconds = K.auditory.HOP_SECONDS } = {}) {
  checkAudio(channels, sr);
  const hopLength = Math.max(1, roundEven(hopSeconds * sr));
  const found = channels.map((y) => melSpectrogram(y, sr, { nFft: 4 * hopLength, hopLength, nMels }));
  const most = found.reduce((a, { mel }) => mel.reduce((b, v) => Math.max(b, v), a), 0);
  const decibels = (/** @type {number} */ power) => 10 * Math.log10(Math.max(power, 1e-30));
  const reference = decibels(Math.max(most, 1e-20)), least = decibels(most) - reference - K.auditory.TOP_DB;
  const mels = found.map(({ mel }) => mel.map((v) => Math.max(decibels(v) - reference, least)));
  return { mels, nFrames: found[0].nFrames };
}
