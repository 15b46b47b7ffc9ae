// New spectrogram frames: from noise, changed until their statistics are those of a model; as frames.py.
import { frameStatistics } from "./frame_statistics.js";
import { optimise } from "./lbfgs.js";
import { noiseSource } from "./random.js";
import { surrogate, wantedPowers } from "./surrogates.js";
import { giveValues, resampleQuantiles, resampled, rowsOf, transposed } from "./tensors.js";

/** @typedef {import("./model.js").TextureModel} TextureModel */
/**
 * @typedef {object} FramesOptions
 * @property {ArrayLike<number>} shares of the references, adding to 1
 * @property {boolean} [loop] after the last frame comes the first: filters see across
 * @property {number | bigint} [seed]
 * @property {(share: number) => void} [progress]
 * @property {(found: NewFrames) => void} [watch] told what the search would end with if it ended there, but for the
 *   levels: at the start, and at every step that lowers the loss
 */
/**
 * @typedef {object} NewFrames
 * @property {Float32Array} S (nFrames, nBins)
 * @property {Float32Array} x their components (nFrames, nComponents)
 * @property {number[]} history the loss's fall
 * @property {Float32Array} seen the components with what the filters see before and after them
 */

/**
 * Make new frames.
 * @param {TextureModel} model
 * @param {number} nFrames
 * @param {FramesOptions} options
 * @returns {NewFrames}
 */
export function newFrames(model, nFrames, { shares, loop = false, seed = 0, progress, watch }) {
  const noise = noiseSource(seed, "frames"), { network, quality, nComponents: c } = model;
  // Frames at an open end are seen by few filter positions, so some more are made and cut.
  const edge = loop ? 0 : network.span - 1, total = nFrames + 2 * edge, around = loop ? network.span - 1 : 0;
  const start = transposed(startRows(model, shares, total, noise), c, total);
  const statistic = frameStatistics({ ...quality.frames }, {
    targets: model.features, shares, c: network.nFilters, nFrames: total - (loop ? 0 : network.span),
  });
  const criterion = network.criterion(total + around, statistic);
  const rest = model.remainder.make(nFrames, shares, noise, loop), mean = meanSpectrum(model.means, shares);
  const framesOf = (/** @type {Float32Array} */ found, /** @type {number[]} */ history) => {
    const x = found.slice(edge * c, (edge + nFrames) * c), S = model.frames(x);
    for (let i = 0; i < S.length; i++) S[i] += rest[i];
    return { S, x, history, seen: goneRound(found, around * c) };
  };
  const found = optimise(start, around ? goingRound(criterion, start.length, around * c) : criterion, {
    nSteps: quality.nSteps,
    progress,
    watch: watch && ((x, history) => {
      const now = framesOf(x, history);
      for (let i = 0; i < now.S.length; i++) now.S[i] += mean[i % mean.length];
      watch(now);
    }),
  });
  const made = framesOf(found.x, found.history);
  giveLevels(model, made.S, nFrames, shares, mean);
  return made;
}

/**
 * What the search starts from, rows (c, n): noise with the values and the repetitions of the references' components.
 * @param {TextureModel} model
 * @param {ArrayLike<number>} shares
 * @param {number} n
 * @param {import("./random.js").Noise} noise
 */
function startRows(model, shares, n, noise) {
  const { nComponents: c, quality, deviations } = model, x = noise.normal(c * n);
  rowsOf(x, n).forEach((row, i) => {
    const size = Math.sqrt(deviations.reduce((sum, of, k) => sum + shares[k] * of[i] ** 2, 0));
    for (let t = 0; t < n; t++) row[t] *= size;
  });
  if (quality.nStart) {
    const values = new Float32Array(c * n);
    model.rows.forEach((rows, k) => rowsOf(rows, rows.length / c).forEach((row, i) =>
      resampleQuantiles(row, n).forEach((v, t) => { values[i * n + t] += shares[k] * v; })));
    surrogate(x, n, values, wantedPowers(model.repetitions, c, shares, n), { nRounds: quality.nStart });
  }
  for (let i = 0; i < x.length; i++) x[i] *= quality.start;
  return x;
}

/**
 * A criterion of a loop, from one of the loop and what comes after its end: its beginning.
 * @param {import("./lbfgs.js").Criterion} criterion
 * @param {number} size
 * @param {number} more
 * @returns {import("./lbfgs.js").Criterion}
 */
function goingRound(criterion, size, more) {
  const whole = new Float32Array(size + more), slope = new Float32Array(size + more);
  return (x, gradient) => {
    for (let i = 0; i < whole.length; i++) whole[i] = x[i % size];
    const loss = criterion(whole, slope);
    gradient.fill(0);
    for (let i = 0; i < slope.length; i++) gradient[i % size] += slope[i];
    return loss;
  };
}

/**
 * A loop and the first numbers of what comes after its end, which is its beginning.
 * @param {Float32Array} x
 * @param {number} more
 */
function goneRound(x, more) {
  return Float32Array.from({ length: x.length + more }, (_, i) => x[i % x.length]);
}

/**
 * The references' mean spectra, in shares.
 * @param {Float32Array[]} means
 * @param {ArrayLike<number>} shares
 */
function meanSpectrum(means, shares) {
  return means[0].map((_, b) => means.reduce((sum, of, k) => sum + shares[k] * of[b], 0));
}

/**
 * Give each bin of frames the references' distribution of levels, in place, and their mean.
 * @param {TextureModel} model
 * @param {Float32Array} S (nFrames, nBins)
 * @param {number} nFrames
 * @param {ArrayLike<number>} shares
 * @param {Float32Array} mean
 */
function giveLevels(model, S, nFrames, shares, mean) {
  const { nBins, fluctuations } = model, longest = Math.max(...fluctuations.map((F) => F.length / nBins));
  const row = new Float32Array(nFrames), columns = fluctuations.map((F) => new Float32Array(F.length / nBins));
  for (let b = 0; b < nBins; b++) {
    fluctuations.forEach((F, k) => {
      for (let t = 0, at = b; at < F.length; t++, at += nBins) columns[k][t] = F[at];
      columns[k].sort();
    });
    const sorted = columns.map((column) => resampled(column, longest));
    const wanted = sorted[0].map((_, i) => sorted.reduce((sum, of, k) => sum + shares[k] * of[i], 0));
    for (let t = 0; t < nFrames; t++) row[t] = S[t * nBins + b];
    giveValues(row, resampled(wanted, nFrames));
    for (let t = 0; t < nFrames; t++) S[t * nBins + b] = mean[b] + row[t];
  }
}
