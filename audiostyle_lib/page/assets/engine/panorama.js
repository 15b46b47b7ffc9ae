// Where the sound is, as audiostyle_lib/panorama.py: how channels are related in each of the ear's bands.
import { K } from "./constants.js";
import { erbBands, erbCount } from "./erb.js";
import { AudioError } from "./errors.js";
import { RealFourier } from "./fourier.js";
import { fadeEnds } from "./levels.js";
import { mean, meanOfProducts } from "./sums.js";

/**
 * Of each pair of channels and each band: `channel_correlation`, `channel_level_db`, `channel_envelope_correlation`.
 * @param {Float32Array[]} channels two or more
 * @param {number} sr
 * @param {Float64Array[][]} envelopes their `erbEnvelopes`
 * @returns {Record<string, number[]>}
 */
export function channelStatistics(channels, sr, envelopes) {
  const { FLOOR_DB, STEADY } = K.panorama, n = channels[0].length, plan = new RealFourier(n);
  const spectra = channels.map((y) => plan.forward(fadeEnds(y, sr)));
  const products = erbBands(n, sr, erbCount(sr, K.auditory.N_BANDS)).map(({ first, gains }) =>
    spectra.map((A) =>
      spectra.map((B) => {
        let total = 0;
        for (let i = 0, k = first; i < gains.length; i++, k++)
          total += gains[i] ** 2 * (A.re[k] * B.re[k] + A.im[k] * B.im[k]);
        return total;
      }),
    ),
  );
  const most = Math.max(...products.flatMap((product) => product.map((row, c) => row[c])));
  const floor = 10 ** (FLOOR_DB / 10) * most + 1e-20;
  const z = envelopes.map((bands) => bands.map((s) => standard(s, STEADY)));
  /** @type {Record<string, number[]>} */
  const found = { channel_correlation: [], channel_level_db: [], channel_envelope_correlation: [] };
  products.forEach((product, band) => {
    const heard = product.map((row, c) => Math.max(row[c], floor));
    const share = product.map((row, c) => Math.sqrt(row[c] / heard[c])); // 1 in bands that are heard
    for (let i = 0; i < channels.length; i++)
      for (let j = i + 1; j < channels.length; j++) {
        const alike = meanOfProducts(z[i][band], z[j][band]);
        found.channel_correlation.push(product[i][j] / Math.sqrt(heard[i] * heard[j]));
        found.channel_level_db.push(10 * Math.log10(heard[i] / heard[j]));
        found.channel_envelope_correlation.push(share[i] * share[j] * alike);
      }
  });
  return found;
}

/**
 * An envelope of mean 0 and deviation 1, or less where it is steady.
 * @param {Float64Array} s
 * @param {number} steady deviation, relative to the mean, below which it counts as steady
 */
function standard(s, steady) {
  const middle = mean(s), rest = s.map((v) => v - middle);
  const deviation = Math.sqrt(meanOfProducts(rest, rest) + (steady * middle) ** 2) + 1e-12;
  return rest.map((v) => v / deviation);
}

/**
 * How far two sounds are apart in `channelStatistics`: mean absolute differences.
 * @param {Float32Array[]} reference
 * @param {Float32Array[]} synthetic
 * @param {number} sr
 * @param {[Float64Array[][], Float64Array[][]]} envelopes of both
 * @returns {Record<string, number>}
 */
export function channelDistances(reference, synthetic, sr, envelopes) {
  sameChannels(reference, synthetic);
  const a = channelStatistics(reference, sr, envelopes[0]), b = channelStatistics(synthetic, sr, envelopes[1]);
  return Object.fromEntries(
    Object.keys(a).map((name) => [name, mean(a[name].map((v, i) => Math.abs(v - b[name][i])))]),
  );
}

/**
 * Refuse two sounds that have not equally many channels.
 * @param {Float32Array[]} reference
 * @param {Float32Array[]} synthetic
 */
export function sameChannels(reference, synthetic) {
  const a = reference.length, b = synthetic.length;
  if (a !== b)
    throw new AudioError(`reference has ${a} channel${a > 1 ? "s" : ""}, synthetic ${b}; expected equally many`);
}
