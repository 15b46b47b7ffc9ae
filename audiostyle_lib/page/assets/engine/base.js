// What every transform can do, as audiostyle_lib/transforms/base.py.
import { checkRate } from "./audio.js";
import { K } from "./constants.js";

/**
 * Samples of the book's hop of 11.6 ms at a rate: the nearest number whose Fourier transforms are fast.
 * @param {number} sr
 */
export function hopForRate(sr) {
  const { HOP_LENGTH, NEAR, PRIMES } = K.base, wanted = (HOP_LENGTH * checkRate(sr)) / K.audio.SR;
  const isSmooth = (/** @type {number} */ n) => {
    for (const prime of PRIMES) while (n % prime === 0) n /= prime;
    return n === 1;
  };
  let best = Infinity;
  for (let hop = Math.floor(wanted / NEAR); hop < Math.floor(wanted * NEAR) + 2; hop++)
    if (hop > 0 && isSmooth(hop) && Math.abs(hop - wanted) < Math.abs(best - wanted)) best = hop;
  return best;
}
