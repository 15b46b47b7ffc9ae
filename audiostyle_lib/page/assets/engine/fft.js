// Fourier transforms of any length, in float32 with factors from float64. Short ones do four sounds at once, compiled
// (kernels.wat) or plain; long ones are made of short ones, and awkward lengths of smooth ones.
import { kernels } from "./kernels.js";
import { passes } from "./passes.js";

/**
 * A transform in place: element i of `lanes` sounds is that many real parts, then as many imaginary ones.
 * @typedef {{n: number, run: (buffer: Float32Array) => void}} ComplexFFT
 */

const LANES = 4, SHORT = 4096, LARGEST_FACTOR = 31, KEPT = 12;
// Where the kernels' memory holds what: input and output of a pass, factors, turns, and pairs of an odd radix.
const X = 0, Y = 2 * LANES * SHORT, FACTORS = 2 * Y, TURNS = FACTORS + 4 * SHORT, PAIRS = TURNS + 4096, END = PAIRS + 4096;

/** @type {{memory: Float32Array | null, loaded: ShortFFT | null, plans: Map<string, any>}} */
const fourier = { memory: null, loaded: null, plans: new Map() };

/**
 * Made once, and the last few kept.
 * @template T
 * @param {string} key
 * @param {() => T} make
 * @returns {T}
 */
function kept(key, make) {
  const { plans } = fourier, found = plans.get(key) ?? make();
  plans.delete(key);
  plans.set(key, found);
  if (plans.size > KEPT) plans.delete(/** @type {string} */ (plans.keys().next().value));
  return found;
}

/**
 * Radices of the passes: 4 as often as it goes, then 2, then odd primes.
 * @param {number} n
 */
function radices(n) {
  const found = [];
  for (let p = 4; n > 1; p = p === 4 ? 2 : p === 2 ? 3 : p + 2) {
    if (p > 4 && p * p > n) p = n;
    while (n % p === 0) { found.push(p); n /= p; }
  }
  return found;
}

/** Four transforms at once, of at most `SHORT` elements. */
class ShortFFT {
  /** @param {number} n without large prime factors */
  constructor(n) {
    this.n = n;
    this.radices = radices(n);
    const factors = [], turns = [];
    for (let length = n, i = 0; i < this.radices.length; length /= this.radices[i++]) {
      const r = this.radices[i], m = length / r;
      for (let p = 0; p < m; p++)
        for (let k = 1; k < r; k++) {
          const angle = (-2 * Math.PI * ((p * k) % length)) / length;
          factors.push(Math.cos(angle), Math.sin(angle));
        }
      if (r > 4 || r === 3)
        for (let k = 1; 2 * k < r; k++)
          for (let j = 1; 2 * j < r; j++) {
            const angle = (2 * Math.PI * ((j * k) % r)) / r;
            turns.push(Math.cos(angle), Math.sin(angle));
          }
    }
    this.factors = Float32Array.from(factors);
    this.turns = Float32Array.from(turns);
  }

  /** @param {Float32Array} buffer */
  run(buffer) {
    const fast = kernels(), memory = fast ? fast.memory : (fourier.memory ??= new Float32Array(END));
    const { pass2, pass4, passOdd } = fast ?? passes(memory);
    memory.set(this.factors, FACTORS); // what lay there may have been a product's
    memory.set(this.turns, TURNS);
    const { n } = this, size = 2 * LANES * n;
    memory.set(buffer.subarray(0, size), X);
    let x = X, y = Y, s = 1, m = n, factors = FACTORS, turns = TURNS;
    for (const r of this.radices) {
      m /= r;
      const bytes = /** @type {const} */ ([4 * x, 4 * y, 4 * 2 * LANES * s, m, 4 * factors]);
      if (r === 4) pass4(...bytes);
      else if (r === 2) pass2(...bytes);
      else {
        passOdd(...bytes, (r - 1) / 2, 4 * turns, 4 * PAIRS);
        turns += (r - 1) ** 2 / 2;
      }
      factors += 2 * m * (r - 1);
      s *= r;
      [x, y] = [y, x];
    }
    buffer.set(memory.subarray(x, x + size));
  }
}

/** One transform of n = n1 n2 elements: columns, factors, rows. */
class LongFFT {
  /**
   * @param {number} n1
   * @param {number} n2
   */
  constructor(n1, n2) {
    this.n1 = n1;
    this.n2 = n2;
    this.n = n1 * n2;
    this.columns = shortFFT(n1);
    this.rows = shortFFT(n2);
    // e^(-2 pi i t / n) for t = 0 ... n1 - 1, and for its multiples by n1.
    const table = (/** @type {number} */ count, /** @type {number} */ step) => {
      const found = new Float64Array(2 * count);
      for (let t = 0; t < count; t++) {
        found[2 * t] = Math.cos((2 * Math.PI * t * step) / this.n);
        found[2 * t + 1] = -Math.sin((2 * Math.PI * t * step) / this.n);
      }
      return found;
    };
    this.fine = table(n1, 1);
    this.coarse = table(n2, n1);
  }

  /** @param {Float32Array} z complex numbers, one after the other */
  run(z) {
    const { n, n1, n2, fine, coarse } = this, between = new Float32Array(2 * n);
    const column = new Float32Array(2 * LANES * n1), row = new Float32Array(2 * LANES * n2);
    for (let first = 0; first < n2; first += LANES) {
      const lanes = Math.min(LANES, n2 - first);
      for (let i = 0, at = 2 * first, to = 0; i < n1; i++, at += 2 * n2, to += 2 * LANES)
        for (let k = 0; k < lanes; k++) {
          column[to + k] = z[at + 2 * k];
          column[to + LANES + k] = z[at + 2 * k + 1];
        }
      this.columns.run(column);
      for (let k = 0; k < lanes; k++)
        for (let i = 0, turn = 0; i < n1; i++, turn += first + k) {
          const low = 2 * (turn % n1), high = 2 * Math.floor(turn / n1);
          const c = coarse[high] * fine[low] - coarse[high + 1] * fine[low + 1];
          const s = coarse[high] * fine[low + 1] + coarse[high + 1] * fine[low];
          const re = column[2 * LANES * i + k], im = column[2 * LANES * i + LANES + k], to = 2 * (i * n2 + first + k);
          between[to] = re * c - im * s;
          between[to + 1] = re * s + im * c;
        }
    }
    for (let first = 0; first < n1; first += LANES) {
      const lanes = Math.min(LANES, n1 - first);
      for (let k = 0; k < lanes; k++)
        for (let i = 0, at = 2 * (first + k) * n2, to = k; i < n2; i++, at += 2, to += 2 * LANES) {
          row[to] = between[at];
          row[to + LANES] = between[at + 1];
        }
      this.rows.run(row);
      for (let i = 0, at = 0, to = 2 * first; i < n2; i++, at += 2 * LANES, to += 2 * n1)
        for (let k = 0; k < lanes; k++) {
          z[to + 2 * k] = row[at + k];
          z[to + 2 * k + 1] = row[at + LANES + k];
        }
    }
  }
}

/** Any length by Bluestein's way: a convolution with a chirp, by transforms of a smooth length. */
class ChirpFFT {
  /**
   * @param {number} n
   * @param {number} lanes
   */
  constructor(n, lanes) {
    this.n = n;
    this.lanes = lanes;
    this.inner = complexFFT(smoothLength(2 * n - 1), lanes);
    this.chirp = new Float64Array(2 * n);
    const m = this.inner.n, filter = new Float32Array(2 * lanes * m);
    for (let i = 0, square = 0; i < n; square = (square + 2 * i + 1) % (2 * n), i++) { // i^2 modulo 2 n
      const c = Math.cos((Math.PI * square) / n), s = Math.sin((Math.PI * square) / n);
      this.chirp[2 * i] = c;
      this.chirp[2 * i + 1] = -s;
      for (const at of i ? [i, m - i] : [0]) {
        filter.fill(c / m, 2 * lanes * at, 2 * lanes * at + lanes);
        filter.fill(s / m, 2 * lanes * at + lanes, 2 * lanes * (at + 1));
      }
    }
    this.inner.run(filter);
    this.filter = filter;
  }

  /** @param {Float32Array} buffer */
  run(buffer) {
    const { n, lanes, chirp, inner, filter } = this, z = new Float32Array(2 * lanes * inner.n);
    for (let i = 0; i < n; i++) turnLanes(buffer, z, 2 * lanes * i, lanes, chirp[2 * i], chirp[2 * i + 1], 1);
    inner.run(z);
    for (let at = 0; at < z.length; at += 2 * lanes)
      for (let k = at; k < at + lanes; k++) { // conjugate, so that the next transform goes back
        const re = z[k] * filter[k] - z[k + lanes] * filter[k + lanes];
        z[k + lanes] = -(z[k] * filter[k + lanes] + z[k + lanes] * filter[k]);
        z[k] = re;
      }
    inner.run(z);
    for (let i = 0; i < n; i++) turnLanes(z, buffer, 2 * lanes * i, lanes, chirp[2 * i], chirp[2 * i + 1], -1);
  }
}

/**
 * @param {Float32Array} from
 * @param {Float32Array} to
 * @param {number} at
 * @param {number} lanes
 * @param {number} c
 * @param {number} s
 * @param {number} sign of the imaginary parts that are read
 */
function turnLanes(from, to, at, lanes, c, s, sign) {
  for (let k = at; k < at + lanes; k++) {
    const re = from[k], im = sign * from[k + lanes];
    to[k] = re * c - im * s;
    to[k + lanes] = re * s + im * c;
  }
}

/** @param {number} n @returns {ShortFFT} */
function shortFFT(n) {
  return kept(`short ${n}`, () => new ShortFFT(n));
}

/**
 * Four transforms at once, or one.
 * @param {number} n
 * @param {number} lanes
 * @returns {ComplexFFT}
 */
function complexFFT(n, lanes) {
  const factors = radices(n), smooth = !factors.some((p) => p > LARGEST_FACTOR);
  if (lanes === LANES && smooth && n <= SHORT) return shortFFT(n);
  if (lanes === 1 && smooth) {
    let n1 = 1;
    for (let d = Math.floor(Math.sqrt(n)); d > 1 && n1 === 1; d--) if (n % d === 0) n1 = d;
    if (n / n1 <= SHORT) return kept(`long ${n}`, () => new LongFFT(n1, n / n1));
  }
  return kept(`chirp ${n} ${lanes}`, () => new ChirpFFT(n, lanes));
}

/**
 * The least number from `n` on whose only factors are 2, 3 and 5: such lengths transform fast.
 * @param {number} n
 */
export function smoothLength(n) {
  let best = Infinity;
  for (let five = 1; five < 5 * n; five *= 5)
    for (let three = five; three < 3 * n; three *= 3) {
      const whole = three * 2 ** Math.max(0, Math.ceil(Math.log2(n / three)));
      if (whole >= n) best = Math.min(best, whole);
    }
  return best;
}

/** Transforms of real sounds of length n, as `torch.fft.rfft` and `irfft`. */
export class RealFFT {
  /** @param {number} n */
  constructor(n) {
    this.n = n;
    this.nBins = (n >> 1) + 1;
  }

  /**
   * Spectra (count, nBins) of sounds (count, n).
   * @param {Float32Array} y
   * @param {Float32Array} re overwritten
   * @param {Float32Array} im overwritten
   * @param {number} [count]
   */
  forward(y, re, im, count = 1) {
    const { n, nBins } = this;
    if (2 * n > SHORT) {
      for (let i = 0; i < count; i++) this.forwardLong(y, i * n, re, im, i * nBins);
      return;
    }
    // Two sounds by one transform: one as real, the next as imaginary parts.
    const fft = complexFFT(n, LANES), z = new Float32Array(2 * LANES * n);
    for (let first = 0; first < count; first += 2 * LANES) {
      const rows = Math.min(2 * LANES, count - first);
      if (rows % 2) z.fill(0); // or what is left there would be the last one's neighbour
      for (let r = 0; r < rows; r++)
        for (let i = 0, at = (first + r) * n, to = place(r); i < n; i++, to += 2 * LANES) z[to] = y[at + i];
      fft.run(z);
      for (let r = 0; r < rows; r += 2)
        for (let k = 0, to = (first + r) * nBins; k < nBins; k++, to++) {
          const a = place(r) + 2 * LANES * k, b = place(r) + 2 * LANES * (k ? n - k : 0);
          re[to] = 0.5 * (z[a] + z[b]);
          im[to] = 0.5 * (z[a + LANES] - z[b + LANES]);
          if (r + 1 < rows) {
            re[to + nBins] = 0.5 * (z[a + LANES] + z[b + LANES]);
            im[to + nBins] = 0.5 * (z[b] - z[a]);
          }
        }
    }
  }

  /**
   * Sounds (count, n) of spectra (count, nBins); imaginary parts at 0 and at half the rate do not count.
   * @param {Float32Array} re
   * @param {Float32Array} im
   * @param {Float32Array} y overwritten
   * @param {number} [count]
   */
  inverse(re, im, y, count = 1) {
    const { n, nBins } = this;
    if (2 * n > SHORT) {
      for (let i = 0; i < count; i++) this.inverseLong(re, im, i * nBins, y, i * n);
      return;
    }
    const fft = complexFFT(n, LANES), z = new Float32Array(2 * LANES * n);
    for (let first = 0; first < count; first += 2 * LANES) {
      const rows = Math.min(2 * LANES, count - first);
      for (let r = 0; r < rows; r += 2)
        for (let k = 0, at = (first + r) * nBins; k < nBins; k++, at++) {
          // The conjugate of A + iB, so that the forward transform goes back.
          const edge = k === 0 || 2 * k === n, two = r + 1 < rows;
          const ar = re[at] / n, ai = edge ? 0 : im[at] / n;
          const br = two ? re[at + nBins] / n : 0, bi = two && !edge ? im[at + nBins] / n : 0;
          const a = place(r) + 2 * LANES * k, b = place(r) + 2 * LANES * (n - k);
          z[a] = ar - bi; z[a + LANES] = -(ai + br);
          if (!edge) { z[b] = ar + bi; z[b + LANES] = ai - br; }
        }
      fft.run(z);
      for (let r = 0; r < rows; r++) {
        const sign = r & 1 ? -1 : 1;
        for (let i = 0, to = (first + r) * n, at = place(r); i < n; i++, at += 2 * LANES) y[to + i] = sign * z[at];
      }
    }
  }

  /**
   * One sound: of an even length its even samples are real, its odd ones imaginary parts.
   * @param {Float32Array} y
   * @param {number} at
   * @param {Float32Array} re
   * @param {Float32Array} im
   * @param {number} to
   */
  forwardLong(y, at, re, im, to) {
    const { n, nBins } = this;
    if (n % 2) {
      const z = new Float32Array(2 * n);
      for (let i = 0; i < n; i++) z[2 * i] = y[at + i];
      complexFFT(n, 1).run(z);
      for (let k = 0; k < nBins; k++) { re[to + k] = z[2 * k]; im[to + k] = z[2 * k + 1]; }
      return;
    }
    const m = n / 2, z = y.slice(at, at + n);
    complexFFT(m, 1).run(z);
    for (let k = 0; k <= m; k++) {
      const a = 2 * (k % m), b = 2 * ((m - k) % m), c = Math.cos((Math.PI * k) / m), s = Math.sin((Math.PI * k) / m);
      const er = 0.5 * (z[a] + z[b]), ei = 0.5 * (z[a + 1] - z[b + 1]);
      const or = 0.5 * (z[a + 1] + z[b + 1]), oi = 0.5 * (z[b] - z[a]);
      re[to + k] = er + or * c + oi * s;
      im[to + k] = ei + oi * c - or * s;
    }
  }

  /**
   * @param {Float32Array} re
   * @param {Float32Array} im
   * @param {number} at
   * @param {Float32Array} y
   * @param {number} to
   */
  inverseLong(re, im, at, y, to) {
    const { n, nBins } = this;
    if (n % 2) {
      const z = new Float32Array(2 * n);
      for (let k = 0; k < nBins; k++) {
        z[2 * k] = re[at + k] / n;
        z[2 * k + 1] = k ? -im[at + k] / n : 0;
        if (k) { z[2 * (n - k)] = re[at + k] / n; z[2 * (n - k) + 1] = im[at + k] / n; }
      }
      complexFFT(n, 1).run(z);
      for (let i = 0; i < n; i++) y[to + i] = z[2 * i];
      return;
    }
    const m = n / 2, z = new Float32Array(n);
    for (let k = 0; k < m; k++) {
      const c = Math.cos((Math.PI * k) / m), s = Math.sin((Math.PI * k) / m), b = at + m - k;
      const ar = re[at + k], ai = k ? im[at + k] : 0, br = re[b], bi = k ? -im[b] : 0;
      const er = ar + br, ei = ai + bi, dr = ar - br, di = ai - bi;
      z[2 * k] = (er - (di * c + dr * s)) / n; // conjugate, as above
      z[2 * k + 1] = -(ei + dr * c - di * s) / n;
    }
    complexFFT(m, 1).run(z);
    for (let i = 0; i < m; i++) { y[to + 2 * i] = z[2 * i]; y[to + 2 * i + 1] = -z[2 * i + 1]; }
  }
}

/**
 * Where sound r of eight begins in a buffer of four lanes.
 * @param {number} r
 */
function place(r) {
  return (r >> 1) + (r & 1 ? LANES : 0);
}

/**
 * The spectrum of one sound, as `torch.fft.rfft`.
 * @param {Float32Array} y
 */
export function rfft(y) {
  const fft = new RealFFT(y.length), re = new Float32Array(fft.nBins), im = new Float32Array(fft.nBins);
  fft.forward(y, re, im);
  return { re, im };
}

/**
 * The sound of length n of a spectrum, as `torch.fft.irfft`.
 * @param {Float32Array} re
 * @param {Float32Array} im
 * @param {number} n
 */
export function irfft(re, im, n) {
  const y = new Float32Array(n);
  new RealFFT(n).inverse(re, im, y);
  return y;
}
