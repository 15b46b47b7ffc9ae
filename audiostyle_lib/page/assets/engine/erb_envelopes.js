// Compressed envelopes of the ear's bands, as `erb_envelopes` of audiostyle_lib/auditory.py, by shorter transforms.
//
// A band has few of a sound's n frequencies, and of its envelope only those up to 200 Hz are wanted. So where n = P Q,
// every P-th sample from the p-th on comes from one transform of Q points, and goes into one more:
//   z[p + P q] = sum over m of (B[m] e^(2 pi i m p / n)) e^(2 pi i m q / Q),
//   E[k] = sum over p of e^(-2 pi i k p / n) DFT_Q(|z[p + P q]|^c)[k].
// Shifting a band's frequencies turns its samples, but does not change their size.
import { K } from "./constants.js";
import { erbBands, erbCount } from "./erb.js";
import { fastLengthReal } from "./lengths.js";
import { factors, Fourier, RealFourier } from "./fourier.js";
import { roundEven } from "./sums.js";

/**
 * Envelopes at 400 Hz: of each channel and band one list of n * 400 / sr numbers.
 * @param {Float32Array[]} channels
 * @param {number} sr
 * @returns {Float64Array[][]}
 */
export function erbEnvelopes(channels, sr) {
  const n = channels[0].length, nEnv = Math.max(1, roundEven((n * K.auditory.ENVELOPE_RATE) / sr));
  const bands = erbBands(n, sr, erbCount(sr, K.auditory.N_BANDS));
  const long = new RealFourier(n), short = new RealFourier(nEnv), low = new LowBins(n, nEnv);
  return channels.map((y) => {
    const { re, im } = long.forward(y);
    return bands.map(({ first, gains }) => {
      const scaled = gains.map((g, k) => (g * (first + k > 0 ? 2 : 1)) / n);
      const E = low.ofEnvelope(scaled.map((g, k) => g * re[first + k]), scaled.map((g, k) => g * im[first + k]));
      if (nEnv % 2 === 0 && nEnv < n) E.re[nEnv / 2] *= 2; // as scipy.signal.resample has it
      return short.backward(E).map((v) => Math.max(0, (v * nEnv) / n));
    });
  });
}

/** The lowest bins of envelopes of n samples, as many as nEnv samples have. */
class LowBins {
  /**
   * @param {number} n
   * @param {number} nEnv
   */
  constructor(n, nEnv) {
    this.n = n;
    this.nEnv = nEnv;
    this.nBins = Math.floor(nEnv / 2) + 1;
    this.cos = new Float64Array(n);
    this.sin = new Float64Array(n);
    for (let k = 0; k < n; k++) {
      this.cos[k] = Math.cos((2 * Math.PI * k) / n);
      this.sin[k] = Math.sin((2 * Math.PI * k) / n);
    }
    /** @type {Map<number, Fourier>} */
    this.plans = new Map();
    this.sizes = divisors(n);
  }

  /**
   * The cheapest transform that holds so many bins.
   * @param {number} nBins
   */
  plan(nBins) {
    const cost = (/** @type {number} */ size) => (this.n / size) * (work(size) + nBins + this.nBins);
    const enough = this.sizes.filter((size) => size >= nBins);
    const size = enough.reduce((best, other) => (cost(other) < cost(best) ? other : best));
    const plan = this.plans.get(size) ?? new Fourier(size);
    this.plans.set(size, plan);
    return plan;
  }

  /**
   * Of a band's bins (Br, Bi) the lowest bins of the spectrum of its compressed envelope.
   * @param {Float64Array} Br
   * @param {Float64Array} Bi
   */
  ofEnvelope(Br, Bi) {
    const { n, cos, sin, nBins } = this, plan = this.plan(Br.length), size = plan.n, steps = n / size;
    const half = K.auditory.COMPRESSION / 2; // of the squared size
    const Er = new Float64Array(nBins), Ei = new Float64Array(nBins);
    const re = new Float64Array(size), im = new Float64Array(size), first = new Float64Array(size);
    const compressed = (/** @type {number} */ p, /** @type {Float64Array} */ out) => {
      re.fill(0, Br.length);
      im.fill(0, Br.length);
      for (let m = 0, w = 0; m < Br.length; m++, w += p) {
        re[m] = Br[m] * cos[w] - Bi[m] * sin[w];
        im[m] = Br[m] * sin[w] + Bi[m] * cos[w];
      }
      plan.backward(re, im);
      for (let q = 0; q < size; q++) out[q] = Math.exp(half * Math.log(re[q] * re[q] + im[q] * im[q]));
    };
    const add = (/** @type {number} */ p, /** @type {number} */ sign) => {
      // Of two real lists that were transformed as one complex: the first (sign 1) or the second.
      for (let bin = 0, w = 0, k = 0; bin < nBins; bin++, w += p, k++) {
        if (k === size) k = 0; // where more bins are wanted than the transform has, they come again
        if (w >= n) w -= n;
        const l = k === 0 ? 0 : size - k;
        const a = sign > 0 ? (re[k] + re[l]) / 2 : (im[k] + im[l]) / 2;
        const b = sign > 0 ? (im[k] - im[l]) / 2 : (re[l] - re[k]) / 2;
        Er[bin] += a * cos[w] + b * sin[w];
        Ei[bin] += b * cos[w] - a * sin[w];
      }
    };
    for (let p = 0; p < steps; p += 2) {
      compressed(p, first);
      const two = p + 1 < steps;
      if (two) compressed(p + 1, im);
      else im.fill(0);
      re.set(first);
      plan.forward(re, im);
      add(p, 1);
      if (two) add(p + 1, -1);
    }
    return { re: Er, im: Ei };
  }
}

/** @param {number} n */
function divisors(n) {
  const found = [];
  for (let d = 1; d * d <= n; d++) if (n % d === 0) found.push(d, n / d);
  return found;
}

/**
 * About how long a transform takes.
 * @param {number} size
 * @returns {number}
 */
function work(size) {
  const parts = factors(size);
  const total = (/** @type {number[]} */ list) => list.reduce((a, b) => a + b, 0);
  if (Math.max(...parts) <= 64) return size * total(parts);
  const longer = fastLengthReal(2 * size - 1);
  return 2 * longer * total(factors(longer));
}
