// Fourier transforms of any length, in double precision: the judges measure sounds as long as they are.

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

/**
 * The least length of at least n whose transform is quick: no prime factor above 5.
 * @param {number} n
 * @returns {number}
 */
export function nextFastLength(n) {
  let best = Infinity;
  for (let fives = 1; fives < 5 * n; fives *= 5)
    for (let odd = fives; odd < 3 * n; odd *= 3) best = Math.min(best, odd * 2 ** Math.max(0, Math.ceil(Math.log2(n / odd))));
  return best;
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
    let from = { re, im }, to = this.other, stride = 1;
    for (const r of this.factors) {
      const pass = r === 4 ? fourPass : r === 2 ? twoPass : r === 3 ? threePass : r === 5 ? fivePass : oddPass;
      if (r > 1) pass(this, r, stride, from, to);
      if (r > 1) [from, to] = [to, from];
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

/**
 * @typedef {{re: Float64Array, im: Float64Array}} Complex
 * @typedef {(plan: {n: number, cos: Float64Array, sin: Float64Array}, r: number, stride: number,
 *   from: Complex, to: Complex) => void} Pass
 */

/** @type {Pass} */
function twoPass({ n, cos, sin }, r, s, { re: x, im: y }, { re: u, im: v }) {
  const m = n / s / 2, half = s * m;
  for (let p = 0; p < m; p++) {
    const c = cos[p * s], d = sin[p * s];
    for (let i = s * p, e = i + s, o = 2 * i; i < e; i++, o++) {
      const ar = x[i], ai = y[i], br = x[i + half], bi = y[i + half], dr = ar - br, di = ai - bi;
      u[o] = ar + br; v[o] = ai + bi;
      u[o + s] = dr * c - di * d; v[o + s] = dr * d + di * c;
    }
  }
}

/** @type {Pass} */
function fourPass({ n, cos, sin }, r, s, { re: x, im: y }, { re: u, im: v }) {
  const m = n / s / 4, q = s * m;
  for (let p = 0; p < m; p++) {
    const w = p * s, c1 = cos[w], s1 = sin[w], c2 = cos[2 * w], s2 = sin[2 * w], c3 = cos[3 * w], s3 = sin[3 * w];
    for (let i = w, e = i + s, o = 4 * w; i < e; i++, o++) {
      const j = i + q, k = j + q, l = k + q;
      const ar = x[i] + x[k], ai = y[i] + y[k], br = x[i] - x[k], bi = y[i] - y[k];
      const cr = x[j] + x[l], ci = y[j] + y[l], dr = y[j] - y[l], di = x[l] - x[j]; // d turned by -i
      const er = br + dr, ei = bi + di, fr = ar - cr, fi = ai - ci, gr = br - dr, gi = bi - di;
      u[o] = ar + cr; v[o] = ai + ci;
      u[o + s] = er * c1 - ei * s1; v[o + s] = er * s1 + ei * c1;
      u[o + 2 * s] = fr * c2 - fi * s2; v[o + 2 * s] = fr * s2 + fi * c2;
      u[o + 3 * s] = gr * c3 - gi * s3; v[o + 3 * s] = gr * s3 + gi * c3;
    }
  }
}

/** @type {Pass} */
function threePass({ n, cos, sin }, r, s, { re: x, im: y }, { re: u, im: v }) {
  const m = n / s / 3, q = s * m, root = Math.sqrt(3) / 2;
  for (let p = 0; p < m; p++) {
    const w = p * s, c1 = cos[w], s1 = sin[w], c2 = cos[2 * w], s2 = sin[2 * w];
    for (let i = w, e = i + s, o = 3 * w; i < e; i++, o++) {
      const j = i + q, k = j + q;
      const br = x[j] + x[k], bi = y[j] + y[k], dr = root * (y[j] - y[k]), di = root * (x[k] - x[j]);
      const ar = x[i] - br / 2, ai = y[i] - bi / 2, er = ar + dr, ei = ai + di, fr = ar - dr, fi = ai - di;
      u[o] = x[i] + br; v[o] = y[i] + bi;
      u[o + s] = er * c1 - ei * s1; v[o + s] = er * s1 + ei * c1;
      u[o + 2 * s] = fr * c2 - fi * s2; v[o + 2 * s] = fr * s2 + fi * c2;
    }
  }
}

/** @type {Pass} */
function fivePass({ n, cos, sin }, r, s, { re: x, im: y }, { re: u, im: v }) {
  const m = n / s / 5, q = s * m, turn = (2 * Math.PI) / 5;
  const k1 = Math.cos(turn), k2 = Math.cos(2 * turn), j1 = Math.sin(turn), j2 = Math.sin(2 * turn);
  for (let p = 0; p < m; p++) {
    const w = p * s, c1 = cos[w], s1 = sin[w], c2 = cos[2 * w], s2 = sin[2 * w];
    const c3 = cos[3 * w], s3 = sin[3 * w], c4 = cos[4 * w], s4 = sin[4 * w];
    for (let i = w, e = i + s, o = 5 * w; i < e; i++, o++) {
      const b = i + q, c = b + q, d = c + q, f = d + q, ar = x[i], ai = y[i];
      const pr = x[b] + x[f], pi = y[b] + y[f], qr = x[c] + x[d], qi = y[c] + y[d];
      const tr = y[b] - y[f], ti = x[f] - x[b], hr = y[c] - y[d], hi = x[d] - x[c]; // turned by -i
      const er = ar + k1 * pr + k2 * qr, ei = ai + k1 * pi + k2 * qi, gr = ar + k2 * pr + k1 * qr;
      const gi = ai + k2 * pi + k1 * qi, lr = j1 * tr + j2 * hr, li = j1 * ti + j2 * hi;
      const mr = j2 * tr - j1 * hr, mi = j2 * ti - j1 * hi;
      const r1 = er + lr, i1 = ei + li, r4 = er - lr, i4 = ei - li;
      const r2 = gr + mr, i2 = gi + mi, r3 = gr - mr, i3 = gi - mi;
      u[o] = ar + pr + qr; v[o] = ai + pi + qi;
      u[o + s] = r1 * c1 - i1 * s1; v[o + s] = r1 * s1 + i1 * c1;
      u[o + 2 * s] = r2 * c2 - i2 * s2; v[o + 2 * s] = r2 * s2 + i2 * c2;
      u[o + 3 * s] = r3 * c3 - i3 * s3; v[o + 3 * s] = r3 * s3 + i3 * c3;
      u[o + 4 * s] = r4 * c4 - i4 * s4; v[o + 4 * s] = r4 * s4 + i4 * c4;
    }
  }
}

/**
 * Any odd factor: what lies opposite is added and subtracted first, which halves the work.
 * @type {Pass}
 */
function oddPass({ n, cos, sin }, r, s, { re: x, im: y }, { re: u, im: v }) {
  const m = n / s / r, q = s * m, h = (r - 1) / 2;
  const pr = new Float64Array(h), pi = new Float64Array(h), dr = new Float64Array(h), di = new Float64Array(h);
  const c = new Float64Array(h * h), d = new Float64Array(h * h);
  for (let j = 0; j < h; j++)
    for (let l = 0; l < h; l++) {
      const angle = (2 * Math.PI * (((j + 1) * (l + 1)) % r)) / r;
      c[j * h + l] = Math.cos(angle);
      d[j * h + l] = Math.sin(angle);
    }
  for (let p = 0; p < m; p++)
    for (let k = 0; k < s; k++) {
      const i = s * p + k, o = s * r * p + k;
      const ar = x[i], ai = y[i];
      let tr = ar, ti = ai;
      for (let l = 0, f = i + q, b = i + (r - 1) * q; l < h; l++, f += q, b -= q) {
        tr += pr[l] = x[f] + x[b]; ti += pi[l] = y[f] + y[b];
        dr[l] = y[f] - y[b]; di[l] = x[b] - x[f]; // turned by -i
      }
      u[o] = tr; v[o] = ti;
      for (let j = 0; j < h; j++) {
        let er = ar, ei = ai, fr = 0, fi = 0;
        for (let l = 0, a = j * h; l < h; l++, a++) {
          er += c[a] * pr[l]; ei += c[a] * pi[l];
          fr += d[a] * dr[l]; fi += d[a] * di[l];
        }
        const w = p * s * (j + 1), z = p * s * (r - 1 - j), a = o + s * (j + 1), b = o + s * (r - 1 - j);
        u[a] = (er + fr) * cos[w] - (ei + fi) * sin[w]; v[a] = (er + fr) * sin[w] + (ei + fi) * cos[w];
        u[b] = (er - fr) * cos[z] - (ei - fi) * sin[z]; v[b] = (er - fr) * sin[z] + (ei - fi) * cos[z];
      }
    }
}

/** Bluestein's transform: as a convolution with a chirp, of a length that is quick. */
class Chirp {
  /** @param {number} n */
  constructor(n) {
    const size = nextFastLength(2 * n - 1);
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
