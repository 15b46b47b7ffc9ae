// Lengths that transform fast, as scipy.fft.next_fast_len has them.

/**
 * The least number from `n` on that has no prime factor above 11.
 * @param {number} n
 */
export function fastLength(n) {
  let best = Infinity;
  for (let eleven = 1; eleven < 11 * n; eleven *= 11)
    for (let seven = eleven; seven < 7 * n; seven *= 7) best = Math.min(best, fastMultiple(seven, n));
  return best;
}

/**
 * The same, but none above 5, as for real sounds.
 * @param {number} n
 */
export function fastLengthReal(n) {
  return fastMultiple(1, n);
}

/**
 * The least number from `n` on that is `first` times twos, threes and fives.
 * @param {number} first
 * @param {number} n
 */
function fastMultiple(first, n) {
  let best = Infinity;
  for (let five = first; five < 5 * n; five *= 5)
    for (let three = five; three < 3 * n; three *= 3) {
      let whole = three;
      while (whole < n) whole *= 2;
      best = Math.min(best, whole);
    }
  return best;
}
