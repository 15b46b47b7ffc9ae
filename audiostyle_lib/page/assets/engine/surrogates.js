// Noise with a recording's values and repetitions, as statistics/surrogates.py. Rows lie one after the other: (c, n).
import { K } from "./constants.js";
import { RealFFT } from "./fft.js";
import { giveValues, rowsOf } from "./tensors.js";

/** @typedef {{wanted: Float32Array, nLags: number}} Wanted power spectra (c, n / 2 + 1), and the lags they know of */

/**
 * Autocorrelation of rows (c, t) at lags from 0 to t - 1, over t.
 * @param {Float32Array} x
 * @param {number} t
 */
export function repetition(x, t) {
  const c = x.length / t, fft = new RealFFT(2 * t), padded = new Float32Array(2 * x.length);
  rowsOf(x, t).forEach((row, i) => {
    const mean = meanOf(row);
    for (let k = 0; k < t; k++) padded[2 * t * i + k] = row[k] - mean;
  });
  const re = new Float32Array(c * fft.nBins), im = re.slice();
  fft.forward(padded, re, im, c);
  for (let i = 0; i < re.length; i++) re[i] = re[i] * re[i] + im[i] * im[i];
  fft.inverse(re, im.fill(0), padded, c);
  const found = new Float32Array(x.length);
  for (let i = 0; i < c; i++) for (let k = 0; k < t; k++) found[i * t + k] = padded[2 * t * i + k] / t;
  return found;
}

/** @param {Float32Array} row */
function meanOf(row) {
  let sum = 0;
  for (let i = 0; i < row.length; i++) sum += row[i];
  return sum / row.length;
}

/**
 * Power spectra (c, n / 2 + 1), for n positions, of repetitions (c, t): smooth, lags from `nLags` on do not count.
 * @param {Float32Array} r
 * @param {number} t
 * @param {number} n
 * @param {number} nLags
 */
export function powers(r, t, n, nLags) {
  const c = r.length / t, fft = new RealFFT(n), sides = new Float32Array(c * n);
  for (let i = 0; i < c; i++)
    for (let lag = 0; lag < nLags; lag++) {
      const value = r[i * t + lag] * (1 - lag / nLags);
      sides[i * n + lag] = value;
      if (lag) sides[i * n + n - lag] = value;
    }
  const re = new Float32Array(c * fft.nBins);
  fft.forward(sides, re, new Float32Array(re.length), c);
  for (let i = 0; i < re.length; i++) re[i] = Math.max(0, re[i]);
  return re;
}

/**
 * What is wanted of n positions after several repetitions (c, t_i) in shares.
 * @param {Float32Array[]} found
 * @param {number} c
 * @param {ArrayLike<number>} shares
 * @param {number} n
 * @returns {Wanted}
 */
export function wantedPowers(found, c, shares, n) {
  const shortest = Math.min(n, ...found.map((r) => r.length / c));
  const nLags = Math.max(1, Math.floor(shortest / K.surrogates.LONGEST));
  const wanted = new Float32Array(c * ((n >> 1) + 1));
  found.forEach((r, i) => {
    const part = powers(r, r.length / c, n, nLags);
    for (let k = 0; k < wanted.length; k++) wanted[k] += shares[i] * part[k];
  });
  return { wanted, nLags };
}

/**
 * Rows (c, n), filtered in place to have the power spectra that are wanted.
 * @param {Float32Array} x
 * @param {number} n
 * @param {Wanted} wanted
 * @param {{strength?: number, most?: number}} [options] exponent of the gains, which are at most this
 */
export function repeated(x, n, { wanted, nLags }, { strength = 1, most = Infinity } = {}) {
  const c = x.length / n, fft = new RealFFT(n), { nBins } = fft;
  const re = new Float32Array(c * nBins), im = re.slice(), power = re.slice(), around = new Float32Array(c * n);
  const means = rowsOf(x, n).map(meanOf);
  for (let i = 0; i < x.length; i++) x[i] -= means[Math.floor(i / n)];
  fft.forward(x, re, im, c);
  for (let i = 0; i < re.length; i++) power[i] = re[i] * re[i] + im[i] * im[i];
  fft.inverse(power, new Float32Array(power.length), around, c);
  for (let i = 0; i < around.length; i++) around[i] /= n;
  const now = powers(around, n, n, nLags);
  for (let row = 0; row < c; row++) {
    const first = row * nBins, floor = K.surrogates.FLOOR * meanOf(wanted.subarray(first, first + nBins)) + 1e-12;
    for (let i = first; i < first + nBins; i++) {
      const gain = ((wanted[i] + floor) / (now[i] + floor)) ** (strength / 2), held = Math.max(1 / most, Math.min(gain, most));
      re[i] *= held;
      im[i] *= held;
    }
  }
  fft.inverse(re, im, x, c);
  for (let i = 0; i < x.length; i++) x[i] += means[Math.floor(i / n)];
}

/**
 * Noise (c, n), changed in place until it has nearly these values (c, n), ascending, and the wanted repetitions.
 * @param {Float32Array} x
 * @param {number} n
 * @param {Float32Array} values
 * @param {Wanted} wanted
 * @param {{nRounds: number, known?: Float32Array[]}} options rounds; of each row positions that stay at its beginning
 */
export function surrogate(x, n, values, wanted, { nRounds, known }) {
  const rows = rowsOf(x, n), to = rowsOf(values, n);
  const hold = () => known?.forEach((first, i) => rows[i].set(first));
  for (let number = 0; number < nRounds; number++) {
    hold();
    repeated(x, n, wanted);
    if (number < nRounds - 1) rows.forEach((row, i) => giveValues(row, to[i]));
  }
  hold();
}
