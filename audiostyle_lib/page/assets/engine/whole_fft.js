// One long Fourier transform, in the kernels' memory from the input to the output, where bands go on with it. Its first
// pass, of radix 4, leaves four short transforms, which go on at once; where the length is no multiple of 4, or too
// long for the memory, it is `complexFFT`'s. Elements come out in blocks of four: four real parts, four imaginary ones.
import { bandKernels } from "./band_kernels.js";
import { complexFFT, radices, ShortFFT } from "./complex_fft.js";
import { kernels } from "./kernels.js";

const PLACE = 1 << 20; // below lies what products and short transforms use
const TURNS_SIZE = 4096;

/** @type {{memory: Float32Array | null, loaded: WholeFFT | null}} */
const whole = { memory: null, loaded: null };

export class WholeFFT {
  /** @param {number} n */
  constructor(n) {
    this.n = n;
    this.nBlocks = Math.ceil(n / 4);
    const fast = kernels(), quarter = n / 4;
    /** @type {ShortFFT | null} */
    this.rest = null;
    this.first = new Float32Array(0);
    const known = radices(n).every((r) => r < 64);
    if (fast && n % 4 === 0 && n >= 16 && known) {
      this.rest = new ShortFFT(quarter);
      this.first = firstFactors(quarter);
    }
    // Where things lie: two places that passes go to and from, where input may lie, and one to keep something.
    const size = 8 * this.nBlocks;
    let needed = 3 * size;
    const factors = needed, turns = factors + this.first.length + (this.rest?.factors.length ?? 0);
    if (this.rest) needed = turns + 2 * TURNS_SIZE;
    this.compiled = fast !== null && PLACE + needed <= fast.memory.length;
    if (!this.compiled) this.rest = null;
    const at = this.compiled ? PLACE : 0;
    this.needed = 3 * size;
    this.a = at;
    this.b = at + size;
    this.kept = at + 2 * size;
    this.factors = at + factors;
    this.places = { x: this.a, y: this.b, factors: this.factors + this.first.length, turns: at + turns,
      pairs: at + turns + TURNS_SIZE };
  }

  /** Where input is laid, and output is found, and the kernels that work there.
   * @returns {{M: Float32Array, kernels: import("./kernels.js").BandKernels}}
   */
  room() {
    const fast = kernels();
    if (fast && this.compiled) return { M: fast.memory, kernels: fast };
    if (!whole.memory || whole.memory.length < this.needed) whole.memory = new Float32Array(this.needed);
    return { M: whole.memory, kernels: bandKernels(whole.memory) };
  }

  /** The transform of what lies at `re` and `im`, one number after the other, anywhere but in place `a`; returns the
   * place of the blocks, `a` or `b`. With `re` and `im` exchanged it is n times the inverse, whose real and imaginary
   * parts are exchanged, too.
   * @param {number} re @param {number} im
   */
  run(re, im) {
    const { n, rest } = this, fast = kernels();
    if (fast && rest) {
      if (whole.loaded !== this) {
        fast.memory.set(this.first, this.factors);
        rest.load(fast.memory, this.places.factors, this.places.turns);
        whole.loaded = this;
      }
      fast.passFirst(4 * re, 4 * im, 4 * this.a, n / 4, 4 * this.factors);
      return rest.pass(fast, this.places);
    }
    whole.loaded = null;
    const { M } = this.room(), z = new Float32Array(2 * n);
    for (let i = 0; i < n; i++) {
      z[2 * i] = M[re + i];
      z[2 * i + 1] = M[im + i];
    }
    complexFFT(n, 1).run(z);
    M.fill(0, this.a, this.a + 8 * this.nBlocks);
    for (let i = 0; i < n; i++) {
      const to = this.a + 8 * (i >> 2) + (i & 3);
      M[to] = z[2 * i];
      M[to + 4] = z[2 * i + 1];
    }
    return this.a;
  }
}

/** Factors of the first pass: of four butterflies at once those of outputs 1, 2 and 3.
 * @param {number} m
 */
function firstFactors(m) {
  const found = new Float32Array(24 * Math.ceil(m / 4));
  for (let at = 0, p = 0; p < m; p += 4, at += 24) {
    const first = Math.min(p, m - 4);
    for (let k = 1; k < 4; k++)
      for (let lane = 0; lane < 4; lane++) {
        const angle = -Math.PI * (first + lane) * k / (2 * m);
        found[at + 8 * (k - 1) + lane] = Math.cos(angle);
        found[at + 8 * (k - 1) + 4 + lane] = Math.sin(angle);
      }
  }
  return found;
}
