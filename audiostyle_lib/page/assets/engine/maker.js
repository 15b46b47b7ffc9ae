// The network that makes a texture of noise, as audiostyle_lib/maker.py. Frames lie one after the other.
import { K } from "./constants.js";
import { product } from "./products.js";

/** @typedef {import("./packed.js").Tensor} Tensor */

export class NoiseToChannels {
  /** @param {Record<string, Tensor>} tensors the network's, by Python's names */
  constructor(tensors) {
    const { N_SCALES } = K.maker, layers = Array.from({ length: 2 * N_SCALES }, (_, i) => i);
    const many = (/** @type {string} */ name) => layers.map((i) => tensors[`network.${name}.${i}`]?.values);
    this.filters = layers.map((i) => filterMatrix(tensors[`network.${i % 2 ? "mixes" : "joins"}.${i >> 1}`]));
    this.biases = many("biases");
    this.gains = many("gains");
    this.out = filterMatrix(tensors["network.out"]);
    const [nHidden, nNoise] = tensors["network.joins.0"].shape;
    this.nHidden = nHidden;
    this.nNoise = nNoise;
    this.nOut = tensors["network.out"].shape[0];
  }

  /**
   * Noise of every scale for so many frames, the coarsest first, each (t, nNoise).
   * @param {number} nFrames
   * @param {import("./random.js").Noise} source
   */
  noise(nFrames, source) {
    const { nNoise } = this;
    return Array.from({ length: K.maker.N_SCALES }, (_, k) => {
      const t = (nFrames * 2 ** k) / K.maker.STEP, z = source.normal(nNoise * t), x = new Float32Array(z.length);
      for (let i = 0; i < nNoise; i++) for (let j = 0; j < t; j++) x[j * nNoise + i] = z[i * t + j];
      return x;
    });
  }

  /**
   * Channels (t, nOut) from noise of every scale and the textures' shares (t, k).
   * @param {Float32Array[]} noise
   * @param {Float32Array} shares
   */
  forward(noise, shares) {
    const { nHidden, nNoise, nOut } = this, k = shares.length / (noise[noise.length - 1].length / nNoise);
    let h = new Float32Array(0);
    noise.forEach((z, scale) => {
      const t = z.length / nNoise, wide = scale ? nHidden + nNoise : nNoise, x = new Float32Array((t + 2) * wide);
      for (let j = 0; j < t; j++) {
        const to = (j + 1) * wide;
        if (scale) x.set(h.subarray((j >> 1) * nHidden, ((j >> 1) + 1) * nHidden), to);
        x.set(z.subarray(j * nNoise, (j + 1) * nNoise), to + wide - nNoise);
      }
      const here = meanRows(shares, k, t);
      const joined = new Float32Array((t + 2) * nHidden); // zeros at both ends
      this.layer(2 * scale, x, wide, t, here, joined.subarray(nHidden, (t + 1) * nHidden));
      h = new Float32Array(t * nHidden);
      this.layer(2 * scale + 1, joined, nHidden, t, here, h);
      for (let j = 0; j < t; j++) {
        const row = h.subarray(j * nHidden, (j + 1) * nHidden);
        let total = 0;
        for (const v of row) total += v * v;
        const size = Math.sqrt(total / nHidden + K.maker.FAINT);
        for (let i = 0; i < nHidden; i++) row[i] /= size;
      }
    });
    const n = h.length / nHidden, channels = new Float32Array(n * nOut);
    product(n, nOut, nHidden, h, nHidden, 1, this.out, nOut, 1, channels);
    return channels;
  }

  /**
   * @param {number} i
   * @param {Float32Array} x (t + 2, wide)
   * @param {number} wide
   * @param {number} t
   * @param {Float32Array} shares (t, k)
   * @param {Float32Array} out (t, nHidden), overwritten
   */
  layer(i, x, wide, t, shares, out) {
    const { nHidden } = this, k = shares.length / t, bias = this.biases[i], gain = this.gains[i];
    product(t, nHidden, 3 * wide, x, wide, 1, this.filters[i], nHidden, 1, out);
    for (let j = 0; j < t; j++)
      for (let f = 0; f < nHidden; f++) {
        let a = 0, b = 0;
        for (let r = 0; r < k; r++) {
          a += shares[j * k + r] * (gain ? gain[r * nHidden + f] : 1);
          b += shares[j * k + r] * bias[r * nHidden + f];
        }
        const v = a * out[j * nHidden + f] + b;
        out[j * nHidden + f] = v < 0 ? K.maker.LEAK * v : v;
      }
  }
}

/**
 * Filters (n, c, width) as a matrix (width * c, n).
 * @param {Tensor} filters
 */
function filterMatrix({ shape: [n, c, width], values }) {
  const out = new Float32Array(values.length);
  for (let f = 0; f < n; f++)
    for (let i = 0; i < c; i++)
      for (let w = 0; w < width; w++) out[(w * c + i) * n + f] = values[(f * c + i) * width + w];
  return out;
}

/**
 * Rows (n, k) as t rows: each the mean of as many.
 * @param {Float32Array} rows
 * @param {number} k
 * @param {number} t
 */
function meanRows(rows, k, t) {
  const out = new Float32Array(t * k), each = rows.length / k / t;
  for (let j = 0; j < t; j++)
    for (let r = 0; r < k; r++) {
      let total = 0;
      for (let i = 0; i < each; i++) total += rows[(j * each + i) * k + r];
      out[j * k + r] = total / each;
    }
  return out;
}
