// The compiled kernels (kernels.wat) and their memory, made when first asked for; null where a page forbids it.
import { K } from "./constants.js";

/**
 * @typedef {object} Kernels
 * @property {(m: number, p: number, k: number, a: number, ar: number, ac: number, b: number, c: number, cr: number)
 *   => void} product
 * @property {(x: number, y: number, s: number, m: number, tw: number) => void} pass2
 * @property {(x: number, y: number, s: number, m: number, tw: number) => void} pass4
 * @property {(x: number, y: number, s: number, m: number, tw: number, h: number, turns: number, pairs: number)
 *   => void} passOdd
 * @property {Float32Array} memory
 */

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
