// Levels brought to a recording's: loudness, rises and repetitions, which go together; as sharpen.py. Levels of bands
// are rows (bands, t), one after the other.
import { amplified, bandLevels } from "./band_levels.js";
import { K } from "./constants.js";
import { eigh, orthonormalise } from "./eigen.js";
import { RealFFT, rfft } from "./fft.js";
import { alikeness, noisiness } from "./kinship.js";
import { rms } from "./levels.js";
import { product } from "./products.js";
import { Noise } from "./random.js";
import { repeated, repetition, wantedPowers } from "./surrogates.js";
import { giveValues, resampled, rowsOf } from "./tensors.js";
import { WideBands } from "./wide_bands.js";

/**
 * How levels are distributed in one channel of k references.
 * @typedef {object} LevelTargets
 * @property {Float32Array[]} means of each reference, log mean power of each band
 * @property {Float32Array[]} noisy how fast a band's gains may change, from 0, slowly, to 1, as they like
 * @property {Float32Array[]} turns orthogonal directions in which levels are looked at, one basis after the other
 * @property {Float32Array[][][][]} values of each reference, basis, lag and direction: levels, or their rises, in order
 * @property {Float32Array[]} repetitions of each reference, (bases, bands, t_i)
 * @property {Float32Array[]} alike of each reference, from 0 to 1, how far all channels are one sound
 */

/**
 * Targets of each channel of references, which are brought to one level. What channels have in common is that of the
 * references `imaged`, by default of each.
 * @param {Float32Array[][]} references
 * @param {number} sr
 * @param {readonly number[]} [imaged]
 * @returns {LevelTargets[]}
 */
export function levelTargets(references, sr, imaged) {
  const { LEVEL } = K.levels, { EDGE, LAGS } = K.sharpen;
  const even = references.map((Y) => {
    const gain = LEVEL / rms(Y);
    return Y.map((y) => y.map((v) => v * gain));
  });
  const wides = even.map((Y) => new WideBands(Y[0].length, sr)), nBands = wides[0].centres.length;
  const powers = even.map((Y, k) => bandLevels(wides[k], Y.map(rfft)));
  const means = powers.map((of) => of.map((P) => logMeans(P, nBands)));
  const levels = powers.map((of, k) => of.map((P, c) => {
    const L = logLevels(P, means[k][c]), t = L.length / nBands, inner = new Float32Array(nBands * (t - 2 * EDGE));
    rowsOf(L, t).forEach((row, b) => inner.set(row.subarray(EDGE, t - EDGE), b * (t - 2 * EDGE)));
    return inner;
  }));
  const turns = directions(levels.flat(), nBands); // one for all: else channels part
  const alike = even.map((Y, k) => alikeness(Y, wides[k]));
  const having = (imaged ?? alike.map((_, k) => k)).map((k) => alike[k]);
  const mean = alike[0].map((_, b) => having.reduce((sum, of) => sum + of[b] / having.length, 0));
  return even[0].map((_, c) => ({
    means: means.map((of) => of[c]),
    noisy: even.map((Y, k) => noisiness(Y[c], wides[k])),
    turns,
    values: levels.map((of) => turns.map((turn) => {
      const rows = rowsOf(turned(turn, of[c], nBands), of[c].length / nBands);
      return LAGS.map((lag) => rows.map((row) => rises(row, lag).sort()));
    })),
    repetitions: levels.map((of) => {
      const t = of[c].length / nBands, found = new Float32Array(turns.length * of[c].length);
      turns.forEach((turn, i) => found.set(repetition(turned(turn, of[c], nBands), t), i * of[c].length));
      return found;
    }),
    alike: alike.map((of, k) => (imaged && !imaged.includes(k) ? mean : of)),
  }));
}

/**
 * Of each band of powers, the log of their mean.
 * @param {Float32Array} P
 * @param {number} nBands
 */
function logMeans(P, nBands) {
  return Float32Array.from(rowsOf(P, P.length / nBands), (row) =>
    Math.log(Math.max(1e-12, row.reduce((sum, v) => sum + v, 0) / row.length)));
}

/**
 * Log powers, where `mean` is the log of what they are usually.
 * @param {Float32Array} P
 * @param {Float32Array} mean
 */
function logLevels(P, mean) {
  const t = P.length / mean.length;
  return P.map((p, i) => Math.log(p + K.sharpen.FLOOR * Math.exp(mean[Math.floor(i / t)])));
}

/**
 * @param {Float32Array} row
 * @param {number} lag
 */
function rises(row, lag) {
  return lag ? Float32Array.from({ length: row.length - lag }, (_, i) => row[i + lag] - row[i]) : row.slice();
}

/**
 * Levels (bands, t), seen in the directions of a basis, its rows.
 * @param {Float32Array} turn
 * @param {Float32Array} L
 * @param {number} nBands
 */
function turned(turn, L, nBands) {
  const found = new Float32Array(L.length), t = L.length / nBands;
  product(nBands, t, nBands, turn, nBands, 1, L, t, 1, found);
  return found;
}

/**
 * Bases: one with the sum of all levels, principal directions, any other, and the bands.
 * @param {Float32Array[]} levels
 * @param {number} n bands
 */
function directions(levels, n) {
  const some = new Noise(0).normal(2 * n * n), covariance = new Float64Array(n * n); // always the same
  for (const L of levels) {
    const t = L.length / n, rows = rowsOf(L, t), mean = rows.map((row) => row.reduce((sum, v) => sum + v, 0) / t);
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let k = 0; k < t; k++) sum += (rows[i][k] - mean[i]) * (rows[j][k] - mean[j]);
        covariance[i * n + j] += sum / (t - 1);
      }
  }
  const drawn = [0, 1].map((which) => Array.from({ length: n }, (_, j) =>
    Float64Array.from({ length: n }, (_, i) => (which === 0 && j === 0 ? 1 : some[(which * n + i) * n + j]))));
  drawn.forEach((rows) => orthonormalise(rows, 2));
  const identity = Array.from({ length: n }, (_, i) => Float64Array.from({ length: n }, (_, j) => Number(i === j)));
  return [drawn[0], eigh(covariance, n).vectors, drawn[1], identity]
    .map((rows) => Float32Array.from(rows.flatMap((row) => [...row])));
}

/**
 * A sound near `LEVEL`, with levels distributed as in references.
 * @param {Float32Array[]} y channels
 * @param {LevelTargets[]} targets of each channel
 * @param {ArrayLike<number>} shares of the references, adding to 1
 * @param {number} sr
 * @param {{nRounds: number, held?: Float32Array, loop?: boolean}} options `held`: how far each sample may change
 * @returns {Float32Array[]}
 */
export function sharpened(y, targets, shares, sr, { nRounds, held, loop = false }) {
  if (!nRounds) return y;
  const wide = new WideBands(y[0].length, sr), nBands = wide.centres.length, t = wide.nFrames;
  const fits = targets.map((of) => new LevelFit(of, shares, t, nBands)), alike = mixedRows(targets[0].alike, shares);
  for (let pass = 0; pass < K.sharpen.PASSES; pass++) {
    const Y = y.map(rfft), P = bandLevels(wide, Y), gains = fits.map((fit, c) => fit.gains(P[c], nRounds, loop));
    for (let b = 0; b < nBands && y.length > 1; b++) { // what is alike keeps its image
      const loud = P.map((of) => of.subarray(b * t, (b + 1) * t).reduce((sum, v) => sum + v, 0) / t + 1e-20);
      const total = loud.reduce((sum, v) => sum + v, 0);
      for (let i = b * t; i < (b + 1) * t; i++) {
        const common = gains.reduce((sum, of, c) => sum + (loud[c] / total) * of[i], 0);
        for (const of of gains) of[i] += alike[b] * (common - of[i]);
      }
    }
    y = amplified(wide, y, Y, gains, held, loop);
  }
  return y;
}

/**
 * @param {Float32Array[]} rows of each reference
 * @param {ArrayLike<number>} shares
 */
function mixedRows(rows, shares) {
  return rows[0].map((_, i) => rows.reduce((sum, row, k) => sum + shares[k] * row[i], 0));
}

/** Gains for one channel of a sound, towards references in shares. */
class LevelFit {
  /**
   * @param {LevelTargets} targets
   * @param {ArrayLike<number>} shares
   * @param {number} t frames
   * @param {number} nBands
   */
  constructor({ means, noisy, turns, values, repetitions }, shares, t, nBands) {
    this.t = t;
    this.nBands = nBands;
    this.turns = turns;
    this.mean = mixedRows(means, shares);
    this.noisy = mixedRows(noisy, shares);
    this.wanted = turns.map((_, turn) => K.sharpen.LAGS.map((_, lag) =>
      Array.from({ length: nBands }, (_, band) => mixedRows(values.map((of) => resampled(of[turn][lag][band], t)), shares))));
    const { wanted, nLags } = wantedPowers(repetitions, turns.length * nBands, shares, t), size = wanted.length / turns.length;
    this.powers = turns.map((_, i) => ({ wanted: wanted.subarray(i * size, (i + 1) * size), nLags }));
    this.fft = new RealFFT(t);
    // Rises are convolutions: what they weigh, all together, at each frequency.
    this.whole = Float32Array.from({ length: this.fft.nBins }, (_, k) => K.sharpen.LAGS.reduce((sum, lag) =>
      sum + (lag ? 2 - 2 * Math.cos((2 * Math.PI * k * lag) / t) : 1), 0));
  }

  /**
   * Logarithms of the gains for powers (bands, t).
   * @param {Float32Array} P
   * @param {number} nRounds
   * @param {boolean} loop
   */
  gains(P, nRounds, loop) {
    const { t, nBands, mean, noisy } = this, { MOST } = K.sharpen, L = logLevels(P, mean), fitted = this.fitted(L, nRounds);
    const held = (/** @type {number} */ v) => Math.max(-MOST, Math.min(v, MOST));
    const gains = L.map((v, i) => held((fitted[i] - v) / 2));
    for (let b = 0; b < nBands; b++) {
      const row = gains.subarray(b * t, (b + 1) * t), slow = slowed(row, loop);
      let after = 0;
      for (let i = 0; i < t; i++) {
        row[i] = slow[i] + noisy[b] * (row[i] - slow[i]);
        after += (P[b * t + i] * Math.exp(2 * row[i])) / t;
      }
      const whole = held((mean[b] - Math.log(Math.max(after, 1e-12))) / 2); // a band's level, put right as a whole
      for (let i = 0; i < t; i++) row[i] += whole;
    }
    return gains;
  }

  /**
   * Levels that are nearest to what is wanted of levels and rises, all at once.
   * @param {Float32Array} start
   * @param {number} nRounds
   */
  fitted(start, nRounds) {
    const { t, nBands, turns, fft, whole } = this, { LAGS, STRENGTH, MAX } = K.sharpen;
    const re = new Float32Array(nBands * fft.nBins), im = re.slice(), fit = new Float32Array(start.length);
    const found = new Float32Array(t);
    let L = start;
    for (let number = 0; number < nRounds; number++) {
      const k = number % turns.length, X = turned(turns[k], L, nBands);
      repeated(X, t, this.powers[k], { strength: STRENGTH, most: MAX });
      fit.fill(0);
      for (let b = 0; b < nBands; b++) {
        const row = X.subarray(b * t, (b + 1) * t), to = fit.subarray(b * t, (b + 1) * t);
        LAGS.forEach((lag, which) => {
          for (let i = 0, j = lag % t; i < t; i++, j = j + 1 === t ? 0 : j + 1) found[i] = lag ? row[j] - row[i] : row[i];
          giveValues(found, this.wanted[k][which][b]);
          for (let i = 0, j = lag % t; i < t; i++, j = j + 1 === t ? 0 : j + 1) { // the way back of a rise
            to[j] += found[i];
            if (lag) to[i] -= found[i];
          }
        });
      }
      fft.forward(fit, re, im, nBands);
      for (let i = 0; i < re.length; i++) { re[i] /= whole[i % fft.nBins]; im[i] /= whole[i % fft.nBins]; }
      fft.inverse(re, im, X, nBands);
      const next = new Float32Array(L.length);
      product(nBands, t, nBands, turns[k], 1, nBands, X, t, 1, next);
      L = next;
    }
    return L;
  }
}

/**
 * Gains, each the mean of those around it.
 * @param {Float32Array} row
 * @param {boolean} loop
 */
function slowed(row, loop) {
  const { SLOW } = K.sharpen, t = row.length;
  const window = Array.from({ length: 2 * SLOW + 1 }, (_, i) => 0.5 - 0.5 * Math.cos((Math.PI * (i + 1)) / (SLOW + 1)));
  const total = window.reduce((a, b) => a + b);
  return row.map((_, i) => {
    let sum = 0;
    for (let k = -SLOW; k <= SLOW; k++) {
      const at = i + k;
      sum += window[k + SLOW] * row[loop ? ((at % t) + t) % t : Math.max(0, Math.min(at, t - 1))];
    }
    return sum / total;
  });
}
