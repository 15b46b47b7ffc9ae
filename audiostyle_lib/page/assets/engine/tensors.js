// Rows of numbers: their values in order, and their principal components, as statistics/tensors.py.
import { K } from "./constants.js";
import { eigh, orthonormalise } from "./eigen.js";
import { order } from "./order.js";
import { product } from "./products.js";
import { Noise } from "./random.js";

/**
 * The other way round: (columns, rows) of (rows, columns).
 * @param {Float32Array} x
 * @param {number} rows
 * @param {number} columns
 */
export function transposed(x, rows, columns) {
  const found = new Float32Array(x.length);
  for (let i = 0; i < rows; i++)
    for (let j = 0, from = i * columns, to = i; j < columns; j++, from++, to += rows) found[to] = x[from];
  return found;
}

/**
 * Sorted values, read at n even steps.
 * @param {Float32Array} sorted
 * @param {number} n
 */
export function resampled(sorted, n) {
  const found = new Float32Array(n), last = sorted.length - 1;
  for (let i = 0; i < n; i++) {
    const at = n > 1 ? (i * last) / (n - 1) : 0, below = Math.floor(at), above = Math.min(below + 1, last);
    found[i] = sorted[below] + (at - below) * (sorted[above] - sorted[below]);
  }
  return found;
}

/**
 * The values of a row in order, read at n even steps.
 * @param {Float32Array} row
 * @param {number} n
 */
export function resampleQuantiles(row, n) {
  return resampled(Float32Array.from(row).sort(), n);
}

/**
 * Give a row these values, ascending and as many, in the order that it has.
 * @param {Float32Array} row overwritten
 * @param {Float32Array} values
 */
export function giveValues(row, values) {
  const places = new Uint32Array(row.length);
  order(row, places);
  for (let i = 0; i < places.length; i++) row[places[i]] = values[i];
}

/**
 * The n directions, columns of (nBins, n), in which frames `x` (t, nBins) without their mean vary most; the strongest
 * first, the largest entry of each positive. By subspace iteration, after Halko, Martinsson and Tropp.
 * @param {Float32Array} x
 * @param {number} nBins
 * @param {number} n fewer come back if there are fewer bins
 */
export function principalDirections(x, nBins, n) {
  const t = x.length / nBins, { MORE, ROUNDS } = K.tensors;
  let width = n + MORE;
  /** @type {Float32Array} rows (width, nBins), orthonormal */
  let Q;
  if (nBins <= 2 * width) {
    width = nBins;
    Q = new Float32Array(nBins * nBins);
    for (let i = 0; i < nBins; i++) Q[i * nBins + i] = 1;
  } else {
    Q = transposed(new Noise(0).normal(nBins * width), nBins, width);
    const seen = new Float32Array(width * t);
    for (let round = 0; round < ROUNDS; round++) {
      product(width, t, nBins, Q, nBins, 1, x, 1, nBins, seen);
      orthonormalise(rowsOf(seen, t)); // between the two products, or weak directions would be lost in 32 bits
      product(width, nBins, t, seen, t, 1, x, nBins, 1, Q);
      orthonormalise(rowsOf(Q, nBins), round === ROUNDS - 1 ? 2 : 1);
    }
  }
  const seen = new Float32Array(width * t), inner = new Float64Array(width * width), rows = rowsOf(seen, t);
  product(width, t, nBins, Q, nBins, 1, x, 1, nBins, seen);
  for (let i = 0; i < width; i++)
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < t; k++) sum += rows[i][k] * rows[j][k];
      inner[i * width + j] = inner[j * width + i] = sum;
    }
  const count = Math.min(n, nBins), { vectors } = eigh(inner, width), basis = new Float32Array(nBins * count);
  for (let c = 0; c < count; c++) {
    const vector = vectors[width - 1 - c], direction = new Float64Array(nBins);
    for (let i = 0; i < width; i++)
      for (let k = 0; k < nBins; k++) direction[k] += vector[i] * Q[i * nBins + k];
    const largest = direction.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0);
    for (let k = 0; k < nBins; k++) basis[k * count + c] = Math.sign(largest) * direction[k];
  }
  return basis;
}

/**
 * Views of the rows of a matrix.
 * @param {Float32Array} x
 * @param {number} columns
 */
export function rowsOf(x, columns) {
  return Array.from({ length: x.length / columns }, (_, i) => x.subarray(i * columns, (i + 1) * columns));
}
