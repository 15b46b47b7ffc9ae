// Sums, means and places in lists of numbers, as numpy has them.

/**
 * Python's rounding: halves go to the even neighbour.
 * @param {number} x
 */
export function roundEven(x) {
  const down = Math.floor(x), rest = x - down;
  return down + (rest > 0.5 || (rest === 0.5 && down % 2 !== 0) ? 1 : 0);
}

/** @param {ArrayLike<number>} x */
export function sum(x) {
  let total = 0;
  for (let i = 0; i < x.length; i++) total += x[i];
  return total;
}

/** @param {ArrayLike<number>} x */
export function mean(x) {
  return sum(x) / x.length;
}

/**
 * The mean of the products of two lists, number by number.
 * @param {ArrayLike<number>} x
 * @param {ArrayLike<number>} y
 */
export function meanOfProducts(x, y) {
  let total = 0;
  for (let i = 0; i < x.length; i++) total += x[i] * y[i];
  return total / x.length;
}

/**
 * The largest size of a number; 0 of none.
 * @param {ArrayLike<number>} x
 */
export function largest(x) {
  let found = 0;
  for (let i = 0; i < x.length; i++) found = Math.max(found, Math.abs(x[i]));
  return found;
}

/**
 * The largest number less the smallest.
 * @param {ArrayLike<number>} x
 */
export function range(x) {
  let least = Infinity, most = -Infinity;
  for (let i = 0; i < x.length; i++) {
    least = Math.min(least, x[i]);
    most = Math.max(most, x[i]);
  }
  return most - least;
}

/**
 * Where a share of sorted numbers lies below, between two of them by a straight line.
 * @param {ArrayLike<number>} sorted
 * @param {number} share from 0 to 1
 */
export function quantile(sorted, share) {
  const at = share * (sorted.length - 1), k = Math.floor(at), l = Math.min(k + 1, sorted.length - 1);
  return sorted[k] + (at - k) * (sorted[l] - sorted[k]);
}

/** @param {ArrayLike<number>} x */
export function median(x) {
  return quantile(Float64Array.from(x).sort(), 0.5);
}

/**
 * Where a number of a list that goes on at its ends as in a mirror, d c b a | a b c d | d c b a, is found.
 * @param {number} i
 * @param {number} n length of the list
 */
export function mirrored(i, n) {
  const k = ((i % (2 * n)) + 2 * n) % (2 * n);
  return k < n ? k : 2 * n - 1 - k;
}

/**
 * numpy's periodic Hann window, of which the first number is 0 and the last is not.
 * @param {number} n
 */
export function hann(n) {
  return Float64Array.from({ length: n }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / n));
}
