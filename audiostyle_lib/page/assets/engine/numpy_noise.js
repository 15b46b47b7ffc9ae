// numpy's noise: `default_rng(seed).standard_normal(n)`, number by number, so that the judges compare with the same
// noises as Python's. PCG64 (O'Neill, 2014) behind a ziggurat of 256 layers (Marsaglia and Tsang, 2000).
import { seedSequence } from "./random.js";

const MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n, MASK = (1n << 128n) - 1n;
const RIGHT = 3.6541528853610088; // where the ziggurat's tail begins
const AREA = 0.00492867323397465524494; // of each of its layers
const LAYERS = 256, TWO_52 = 2 ** 52;

/** A source of noise. */
export class NumpyNoise {
  /** @param {number | bigint} seed */
  constructor(seed) {
    const words = seedSequence(seed, [], 8);
    const pair = (/** @type {number} */ at) => (BigInt(words[at + 1]) << 32n) | BigInt(words[at]);
    const whole = (/** @type {number} */ at) => (pair(at) << 64n) | pair(at + 2);
    this.step = ((whole(4) << 1n) | 1n) & MASK;
    this.state = ((this.step + whole(0)) * MULTIPLIER + this.step) & MASK;
    this.words = new Uint32Array(2); // low and high half of the latest 64 bits
    this.word = new BigUint64Array(this.words.buffer);
    this.layers = ziggurat();
  }

  /** The next 64 bits, in `words`. */
  next() {
    this.state = (this.state * MULTIPLIER + this.step) & MASK;
    this.word[0] = (this.state >> 64n) ^ this.state;
    const turn = Number(this.state >> 122n), [low, high] = this.words; // rotated right by so many bits
    const [a, b] = turn & 32 ? [high, low] : [low, high], by = turn & 31;
    this.words[0] = by ? (a >>> by) | (b << (32 - by)) : a;
    this.words[1] = by ? (b >>> by) | (a << (32 - by)) : b;
  }

  /** A number from 0 to 1. */
  uniform() {
    this.next();
    return (this.words[1] * 2 ** 21 + (this.words[0] >>> 11)) / 2 ** 53;
  }

  /** A number of the normal distribution. */
  normal() {
    const { width, inside, height } = this.layers;
    for (;;) {
      this.next();
      const [low, high] = this.words, layer = low & 255;
      const place = (high & 0x1fffffff) * 2 ** 23 + (low >>> 9);
      const x = (low & 256 ? -1 : 1) * place * width[layer];
      if (place < inside[layer]) return x;
      if (layer > 0) {
        if ((height[layer - 1] - height[layer]) * this.uniform() + height[layer] < Math.exp(-0.5 * x * x)) return x;
        continue;
      }
      for (;;) {
        const far = -Math.log1p(-this.uniform()) / RIGHT, down = -Math.log1p(-this.uniform());
        if (2 * down > far * far) return (Math.floor(place / 256) % 2 ? -1 : 1) * (RIGHT + far);
      }
    }
  }

  /**
   * @param {number} n
   * @returns {Float64Array}
   */
  normals(n) {
    const y = new Float64Array(n);
    for (let i = 0; i < n; i++) y[i] = this.normal();
    return y;
  }
}

/** Layers of equal area below exp(-x * x / 2): their widths, how much of each is surely inside, their heights. */
function ziggurat() {
  const width = new Float64Array(LAYERS), inside = new Float64Array(LAYERS), height = new Float64Array(LAYERS);
  const below = (/** @type {number} */ x) => Math.exp(-0.5 * x * x);
  const first = AREA / below(RIGHT);
  inside[0] = (RIGHT / first) * TWO_52;
  width[0] = first / TWO_52;
  height[0] = 1;
  for (let i = LAYERS - 1, x = RIGHT; i > 0; i--) {
    width[i] = x / TWO_52;
    height[i] = below(x);
    const next = i > 1 ? Math.sqrt(-2 * Math.log(AREA / x + below(x))) : 0;
    inside[i] = (next / x) * TWO_52;
    x = next;
  }
  return { width, inside, height };
}
