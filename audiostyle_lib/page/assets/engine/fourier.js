// Fourier transforms of any length, in double precision: the judges measure sounds as long as they are.
import { butterflies } from "./butterflies.js";
import { fastLengthReal } from "./lengths.js";

const MOST_FACTOR = 64; // a prime factor above this is dearer than a convolution

/**
 * Factors of n: fours, then primes.
 * @param {number} n
 * @returns {number[]}
 */
export function factors(n) {
  const found = [];
  for (; n % 4 === 0; n /= 4) found.push(4);
  for (let p = 2; p * p <= n; p++) for (; n % p === 0; n /= p) found.push(p);
  if (n > 1 || !found.length) found.push(n);
  return found;
}

/** Complex transforms of n points, in place: Stockham's, or Bluestein's where n has a large prime factor. */
export class Fourier {
  /** @param {number} n */
  constructor(n) {
    this.n = n;
    this.factors = factors(n);
    this.chirp = this.factors.some((r) => r > MOST_FACTOR) ? new Chirp(n) : null;
    const size = this.chirp ? 0 : n;
    this.cos = new Float64Array(size);
    this.sin = new Float64Array(size);
    for (let k = 0; k < size; k++) {
      this.cos[k] = Math.cos((2 * Math.PI * k) / n);
      this.sin[k] = -Math.sin((2 * Math.PI * k) / n);
    }
    this.other = { re: new Float64Array(size), im: new Float64Array(size) };
  }

  /**
   * Sum of x[t] exp(-2 pi i k t / n).
   * @param {Float64Array} re
   * @param {Float64Array} im
   */
  forward(re, im) {
    if (this.chirp) return this.chirp.forward(re, im);
    let from = /** @type {Complex} */ ({ re, im }), to = /** @type {Complex} */ (this.other), stride = 1;
    for (const r of this.factors) {
      if (r === 1) continue;
      butterflies(r)(this, r, stride, from, to);
      [from, to] = [to, from];
      stride *= r;
    }
    if (from.re !== re) re.set(from.re), im.set(from.im);
  }

  /**
   * Sum of X[k] exp(2 pi i k t / n): n times the inverse.
   * @param {Float64Array} re
   * @param {Float64Array} im
   */
  backward(re, im) {
    this.forward(im, re);
  }
}

/** @typedef {import("./butterflies.js").Complex} Complex */

/** Bluestein's transform: as a convolution with a chirp, of a length that is quick. */
class Chirp {
  /** @param {number} n */
  constructor(n) {
    const size = fastLengthReal(2 * n - 1);
    this.n = n;
    this.plan = new Fourier(size);
    this.cos = new Float64Array(n);
    this.sin = new Float64Array(n);
    this.re = new Float64Array(size);
    this.im = new Float64Array(size);
    for (let k = 0, square = 0; k < n; square = (square + 2 * k + 1) % (2 * n), k++) {
      this.cos[k] = Math.cos((Math.PI * square) / n);
      this.sin[k] = Math.sin((Math.PI * square) / n);
    }
    for (let k = 0; k < n; k++) {
      const other = (size - k) % size;
      this.re[k] = this.re[other] = this.cos[k];
      this.im[k] = this.im[other] = this.sin[k];
    }
    this.plan.forward(this.re, this.im);
    this.work = { re: new Float64Array(size), im: new Float64Array(size) };
  }

  /**
   * @param {Float64Array} re
   * @param {Float64Array} im
   */
  forward(re, im) {
    const { n, cos, sin, plan, work } = this, size = plan.n;
    work.re.fill(0); work.im.fill(0);
    for (let k = 0; k < n; k++) {
      work.re[k] = re[k] * cos[k] + im[k] * sin[k];
      work.im[k] = im[k] * cos[k] - re[k] * sin[k];
    }
    plan.forward(work.re, work.im);
    for (let k = 0; k < size; k++) {
      const a = work.re[k], b = work.im[k];
      work.re[k] = a * this.re[k] - b * this.im[k];
      work.im[k] = a * this.im[k] + b * this.re[k];
    }
    plan.backward(work.re, work.im);
    for (let k = 0; k < n; k++) {
      const a = work.re[k] / size, b = work.im[k] / size;
      re[k] = a * cos[k] + b * sin[k];
      im[k] = b * cos[k] - a * sin[k];
    }
  }
}

/** Transforms of n real samples, whose spectrum has floor(n / 2) + 1 bins. */
export class RealFourier {
  /** @param {number} n */
  constructor(n) {
    this.n = n;
    this.nBins = Math.floor(n / 2) + 1;
    this.half = n % 2 === 0; // then two samples are one complex number
    const size = this.half ? n / 2 : n;
    this.plan = new Fourier(size);
    this.re = new Float64Array(size);
    this.im = new Float64Array(size);
    this.cos = Float64Array.from({ length: this.half ? this.nBins : 0 }, (_, k) => Math.cos((2 * Math.PI * k) / n));
    this.sin = Float64Array.from({ length: this.half ? this.nBins : 0 }, (_, k) => Math.sin((2 * Math.PI * k) / n));
  }

  /**
   * As numpy's rfft.
   * @param {ArrayLike<number>} y n samples, or fewer: the rest is zeros
   * @param {Complex} [out] of nBins each
   * @returns {Complex}
   */
  forward(y, out = { re: new Float64Array(this.nBins), im: new Float64Array(this.nBins) }) {
    const { n, re, im, cos, sin, nBins } = this, m = n / 2, have = Math.min(n, y.length);
    re.fill(0); im.fill(0);
    if (!this.half) {
      for (let i = 0; i < have; i++) re[i] = y[i];
      this.plan.forward(re, im);
      out.re.set(re.subarray(0, nBins));
      out.im.set(im.subarray(0, nBins));
      return out;
    }
    for (let i = 0, j = 0; i < have; i += 2, j++) {
      re[j] = y[i];
      if (i + 1 < have) im[j] = y[i + 1];
    }
    this.plan.forward(re, im);
    for (let k = 0; k <= m; k++) {
      const a = k % m, b = (m - k) % m;
      const er = (re[a] + re[b]) / 2, ei = (im[a] - im[b]) / 2, or = (im[a] + im[b]) / 2, oi = (re[b] - re[a]) / 2;
      out.re[k] = er + or * cos[k] + oi * sin[k];
      out.im[k] = ei + oi * cos[k] - or * sin[k];
    }
    return out;
  }

  /**
   * As numpy's irfft.
   * @param {Complex} spectrum of nBins each
   * @param {Float64Array} [y] n samples
   * @returns {Float64Array}
   */
  backward({ re: a, im: b }, y = new Float64Array(this.n)) {
    const { n, re, im, cos, sin } = this, m = n / 2;
    if (!this.half) {
      re[0] = a[0]; im[0] = 0;
      for (let k = 1, l = n - 1; k < this.nBins; k++, l--) {
        re[k] = re[l] = a[k]; im[k] = b[k]; im[l] = -b[k];
      }
      this.plan.backward(re, im);
      for (let i = 0; i < n; i++) y[i] = re[i] / n;
      return y;
    }
    for (let k = 0; k < m; k++) {
      const l = m - k, bk = k === 0 ? 0 : b[k], bl = k === 0 ? 0 : b[l]; // the ends have no imaginary part
      const er = a[k] + a[l], ei = bk - bl, dr = a[k] - a[l], di = bk + bl;
      const or = dr * cos[k] - di * sin[k], oi = dr * sin[k] + di * cos[k];
      re[k] = er - oi; im[k] = ei + or;
    }
    this.plan.backward(re, im);
    for (let j = 0; j < m; j++) { y[2 * j] = re[j] / n; y[2 * j + 1] = im[j] / n; }
    return y;
  }
}
