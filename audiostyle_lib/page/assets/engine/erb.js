// Bands spaced like the ear's, as audiostyle_lib/auditory.py: half-cosine gains on the ERB-rate scale of Glasberg and
// Moore (1990), whose squares add to one between neighbours.
import { K } from "./constants.js";
import { roundEven } from "./sums.js";

/** @param {number} f Hz */
function erbRate(f) {
  return K.auditory.ERB_SCALE * Math.log(1 + f / K.auditory.ERB_CORNER);
}

/** @param {number} sr */
function highestCentre(sr) {
  return Math.min(K.auditory.HEARING, K.auditory.HIGHEST * sr);
}

/** How many bands are spaced as so many of the book's are at 22,050 Hz; at least as many as correlations need.
 * @param {number} sr Hz
 * @param {number} nAtBookRate
 */
export function erbCount(sr, nAtBookRate) {
  const low = erbRate(K.auditory.FMIN), book = erbRate(highestCentre(K.audio.SR));
  const steps = (nAtBookRate - 1) * (erbRate(highestCentre(sr)) - low) / (book - low);
  return Math.max(K.auditory.LEAST_BANDS, 1 + roundEven(steps));
}

/** Of each band its first bin of the real FFT of n samples, and its gains from there.
 * @param {number} n @param {number} sr @param {number} nBands
 * @returns {{first: number, gains: Float64Array}[]}
 */
export function erbBands(n, sr, nBands) {
  const low = erbRate(K.auditory.FMIN), high = erbRate(highestCentre(sr));
  const step = (high - low) / (nBands - 1), nBins = Math.floor(n / 2) + 1;
  const rates = Float64Array.from({ length: nBins }, (_, k) => erbRate(k * sr / n));
  return Array.from({ length: nBands }, (_, band) => {
    const centre = band === nBands - 1 ? high : low + band * step;
    const first = lowerBound(rates, centre - step), last = lowerBound(rates, centre + step);
    const gains = rates.slice(first, last).map((rate) => Math.cos(Math.PI / 2 * (rate - centre) / step));
    return { first, gains };
  });
}

/** Where a value would be inserted into ascending ones, before its equals.
 * @param {ArrayLike<number>} ascending @param {number} value
 */
export function lowerBound(ascending, value) {
  let low = 0, high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
