// The compiled kernels (kernels.wat) and their memory, made when first asked for; null where a page forbids it.
import { K } from "./constants.js";

/**
 * @typedef {object} Passes of a Fourier transform
 * @property {(x: number, y: number, s: number, m: number, tw: number) => void} pass2
 * @property {(x: number, y: number, s: number, m: number, tw: number) => void} pass4
 * @property {(x: number, y: number, s: number, m: number, tw: number, h: number, turns: number, pairs: number)
 *   => void} passOdd
 */
/**
 * @typedef {object} BandKernels what bands do with their signals
 * @property {(x: number, m: number, e: number, silence: number, exponent: number, scale: number) => void} compress
 * @property {(x: number, g: number, step: number, m: number, re: number, im: number) => void} spread
 */
/**
 * @typedef {object} OtherKernels
 * @property {(m: number, p: number, k: number, a: number, ar: number, ac: number, b: number, c: number, cr: number)
 *   => void} product
 * @property {(xr: number, xi: number, y: number, m: number, tw: number) => void} passFirst
 * @property {Float32Array} memory
 */
/** @typedef {OtherKernels & Passes & BandKernels} Kernels */

/** @type {{made: Kernels | null | undefined}} */
const compiled = { made: undefined };

/** @returns {Kernels | null} */
export function kernels() {
  if (compiled.made === undefined) compiled.made = compileKernels();
  return compiled.made;
}

/** @returns {Kernels | null} */
function compileKernels() {
  if (typeof WebAssembly === "undefined") return null;
  try {
    const bytes = Uint8Array.from(atob(K.KERNELS), (c) => c.charCodeAt(0));
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
    const memory = /** @type {WebAssembly.Memory} */ (exports.memory);
    return /** @type {any} */ ({ ...exports, memory: new Float32Array(memory.buffer) });
  } catch {
    return null; // an old browser without SIMD, or a page whose policy forbids to compile
  }
}
