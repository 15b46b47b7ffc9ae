// Numbers of a trained generator as a page carries them: halves, or rows of 8 bits; as page/packed.py.

/** @typedef {{shape: number[], values: Float32Array}} Tensor */
/** @typedef {{name: string, bits: 8 | 16, shape: number[]}} Packed */

/**
 * Tensors by name, from base64.
 * @param {Packed[]} tensors what follows what
 * @param {string} data
 * @returns {Record<string, Tensor>}
 */
export function unpackTensors(tensors, data) {
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0)), view = new DataView(bytes.buffer);
  /** @type {Record<string, Tensor>} */
  const found = {};
  let at = 0;
  const halves = (/** @type {number} */ n) => {
    at += 2 * n;
    return Float32Array.from({ length: n }, (_, i) => half(view.getUint16(at - 2 * (n - i), true)));
  };
  for (const { name, bits, shape } of tensors) {
    const size = shape.reduce((a, b) => a * b, 1);
    if (bits === 16) {
      found[name] = { shape, values: halves(size) };
      continue;
    }
    const [rows] = shape, n = size / rows, low = halves(rows), high = halves(rows), values = new Float32Array(size);
    for (let i = 0; i < size; i++) {
      const row = Math.floor(i / n);
      values[i] = low[row] + (Math.fround(high[row] - low[row]) * bytes[at + i]) / 255;
    }
    at += size;
    found[name] = { shape, values };
  }
  return found;
}

/**
 * A number of 16 bits.
 * @param {number} bits
 */
function half(bits) {
  const sign = bits & 0x8000 ? -1 : 1, power = (bits >> 10) & 31, rest = bits & 1023;
  return sign * (power ? 2 ** (power - 15) * (1 + rest / 1024) : 2 ** -14 * (rest / 1024));
}
