// Complex Fourier transforms of any length, in float32 with factors from float64. Short ones do four sounds at once,
// compiled (kernels.wat) or plain; long ones are made of short ones, and awkward lengths of smooth ones.
import { kernels } from "./kernels.js";
import { fastLengthReal } from "./lengths.js";
import { passes } from "./passes.js";

/**
 * A transform in place: element i of `lanes` sounds is that many real parts, then as many imaginary ones.
 * @typedef {{n: number, run: (buffer: Float32Array) => void}} ComplexFFT
 */

export const LANES = 4;
const SHORT = 4096;
const LARGEST_FACTOR = 31, KEPT = 24;
// Where the kernels' memory holds what: input and output of a pass, factors, turns, and pairs of an odd radix.
const X_PLACE = 0, Y_PLACE = 2 * LANES * SHORT, FACTORS = 2 * Y_PLACE, TURNS = FACTORS + 4 * SHORT, PAIRS = TURNS + 4096, END = PAIRS + 4096;

/** @type {{memory: Float32Array | null, plans: Map<string, any>}} */
const fourier = { memory: null, plans: new Map() };

/**
 * Made once, and the last few kept.
 * @template T
 * @param {string} key
 * @param {() => T} make
 * @returns {T}
 */
export function kept(key, make) {
  const { plans } = fourier, found = plans.get(key) ?? make();
  plans.delete(key);
  plans.set(key, found);
  if (plans.size > KEPT) plans.delete(/** @type {string} */ (plans.keys().next().value));
  return found;
}

/** Let go of all plans: those of long sounds are as large as the sounds. */
export function forgetPlans() {
  fourier.plans.clear();
}

/**
 * Radices of the passes: 4 as often as it goes, then 2, then odd primes.
 * @param {number} n
 */
export function radices(n) {
  const found = [];
  for (let p = 4; n > 1; p = p === 4 ? 2 : p === 2 ? 3 : p + 2) {
    if (p > 4 && p * p > n) p = n;
    while (n % p === 0) { found.push(p); n /= p; }
  }
  return found;
}

/** Four transforms at once, by `run` of at most `SHORT` elements. */
export class ShortFFT {
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
    const size = 2 * LANES * this.n;
    this.load(memory, FACTORS, TURNS); // what lay there may have been a product's
    memory.set(buffer.subarray(0, size), X_PLACE);
    const at = this.pass(fast ?? passes(memory), { x: X_PLACE, y: Y_PLACE, factors: FACTORS, turns: TURNS, pairs: PAIRS });
    buffer.set(memory.subarray(at, at + size));
  }

  /**
   * Lay the factors where passes look for them.
   * @param {Float32Array} memory
   * @param {number} factors
   * @param {number} turns
   */
  load(memory, factors, turns) {
    memory.set(this.factors, factors);
    memory.set(this.turns, turns);
  }

  /**
   * All passes, from x to y and back, over what lies in the memory; returns where the result lies.
   * @param {import("./kernels.js").Passes} kernels
   * @param {{x: number, y: number, factors: number, turns: number, pairs: number}} places
   */
  pass({ pass2, pass4, passOdd }, { x, y, factors, turns, pairs }) {
    let s = 1, m = this.n;
    for (const r of this.radices) {
      m /= r;
      const bytes = /** @type {const} */ ([4 * x, 4 * y, 4 * 2 * LANES * s, m, 4 * factors]);
      if (r === 4) pass4(...bytes);
      else if (r === 2) pass2(...bytes);
      else {
        passOdd(...bytes, (r - 1) / 2, 4 * turns, 4 * pairs);
        turns += (r - 1) ** 2 / 2;
      }
      factors += 2 * m * (r - 1);
      s *= r;
      [x, y] = [y, x];
    }
    return x;
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
    this.inner = complexFFT(fastLengthReal(2 * n - 1), lanes);
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

/**
 * Whether four transforms of this length can be done at once.
 * @param {number} n
 */
export function isShort(n) {
  return 2 * n <= SHORT || (n <= SHORT && isSmooth(n));
}

/** @param {number} n */
function isSmooth(n) {
  return radices(n).every((p) => p <= LARGEST_FACTOR);
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
export function complexFFT(n, lanes) {
  const smooth = isSmooth(n);
  if (lanes === LANES && smooth && n <= SHORT) return shortFFT(n);
  if (lanes === 1 && smooth) {
    let n1 = 1;
    for (let d = Math.floor(Math.sqrt(n)); d > 1 && n1 === 1; d--) if (n % d === 0) n1 = d;
    if (n / n1 <= SHORT) return kept(`long ${n}`, () => new LongFFT(n1, n / n1));
  }
  return kept(`chirp ${n} ${lanes}`, () => new ChirpFFT(n, lanes));
}
