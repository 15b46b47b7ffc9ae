// Seeds and noise as Python's `seeds` and torch's generator on a CPU have them, so that a seed means the same here
// and there, but for the last digits of logarithms and cosines.

/**
 * The CRC-32 of a text, as `zlib.crc32`.
 * @param {string} text
 */
export function crc32(text) {
  let c = -1;
  for (const byte of new TextEncoder().encode(text)) {
    c ^= byte;
    for (let k = 0; k < 8; k++) c = (c >>> 1) ^ (c & 1 ? 0xedb88320 : 0);
  }
  return ~c >>> 0;
}

/**
 * A whole number as 32-bit words, the lowest first.
 * @param {number | bigint} n
 */
function words32(n) {
  const words = [];
  for (let rest = BigInt(n); rest > 0n || !words.length; rest >>= 32n) words.push(Number(rest & 0xffffffffn));
  return words;
}

/**
 * The state that `numpy.random.SeedSequence(seed, spawn_key=key)` generates, as words of 32 bits, the lower first.
 * @param {number | bigint} seed
 * @param {number[]} key
 * @param {number} nWords
 */
export function seedSequence(seed, key, nWords) {
  const entropy = words32(seed);
  if (key.length) while (entropy.length < 4) entropy.push(0);
  entropy.push(...key.flatMap(words32));
  let constant = 0x43b0d7e5;
  const hashed = (/** @type {number} */ value) => {
    value ^= constant;
    constant = Math.imul(constant, 0x931e8875);
    value = Math.imul(value, constant);
    return value ^ (value >>> 16);
  };
  const mixed = (/** @type {number} */ x, /** @type {number} */ y) => {
    const value = Math.imul(x, 0xca01f9dd) - Math.imul(y, 0x4973f715);
    return value ^ (value >>> 16);
  };
  const pool = [0, 1, 2, 3].map((i) => hashed(entropy[i] ?? 0));
  for (let from = 0; from < 4; from++)
    for (let to = 0; to < 4; to++) if (from !== to) pool[to] = mixed(pool[to], hashed(pool[from]));
  for (let from = 4; from < entropy.length; from++)
    for (let to = 0; to < 4; to++) pool[to] = mixed(pool[to], hashed(entropy[from]));
  constant = 0x8b51f9dd;
  return Array.from({ length: nWords }, (_, i) => {
    let value = pool[i % 4] ^ constant;
    constant = Math.imul(constant, 0x58f38ded);
    value = Math.imul(value, constant);
    return (value ^ (value >>> 16)) >>> 0;
  });
}

/**
 * A seed for one purpose, independent of those for others; of 63 bits, as Python's.
 * @param {number | bigint} seed
 * @param {...(string | number)} purpose
 * @returns {bigint}
 */
export function derivedSeed(seed, ...purpose) {
  const key = purpose.map((part) => (typeof part === "string" ? crc32(part) : part));
  const [low, high] = seedSequence(seed, key, 2);
  return ((BigInt(high) << 32n) | BigInt(low)) >> 1n;
}

/** The noise of `torch.Generator` on a CPU: mt19937, and normal numbers after Box and Muller. */
export class Noise {
  /** @param {number | bigint} seed of which torch heeds 32 bits */
  constructor(seed) {
    const state = new Uint32Array(624);
    [state[0]] = words32(seed);
    for (let i = 1; i < 624; i++) state[i] = Math.imul(1812433253, state[i - 1] ^ (state[i - 1] >>> 30)) + i;
    this.state = state;
    this.at = 624;
    /** @type {number | null} */
    this.second = null; // of a pair of normal numbers
  }

  /** The next 32 bits. */
  next() {
    const s = this.state;
    if (this.at === 624) {
      for (let i = 0; i < 624; i++) {
        const y = (s[i] & 0x80000000) | (s[i < 623 ? i + 1 : 0] & 0x7fffffff);
        s[i] = s[i < 227 ? i + 397 : i - 227] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
      }
      this.at = 0;
    }
    let y = s[this.at++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  /**
   * As `torch.rand(n)`, in [0, 1).
   * @param {number} n
   */
  uniform(n) {
    const x = new Float32Array(n);
    for (let i = 0; i < n; i++) x[i] = (this.next() & 0xffffff) / 0x1000000;
    return x;
  }

  /**
   * As `torch.randn(n)`.
   * @param {number} n
   */
  normal(n) {
    if (n < 16) return Float32Array.from({ length: n }, () => this.single());
    const x = this.uniform(n);
    const group = (/** @type {number} */ at) => {
      for (let j = at; j < at + 8; j++) {
        const radius = Math.sqrt(-2 * Math.log(1 - x[j])), angle = 2 * Math.PI * x[j + 8];
        x[j] = radius * Math.cos(angle);
        x[j + 8] = radius * Math.sin(angle);
      }
    };
    for (let i = 0; i + 16 <= n; i += 16) group(i);
    if (n % 16) { // the last 16 anew
      x.set(this.uniform(16), n - 16);
      group(n - 16);
    }
    return x;
  }

  /** One normal number, as torch makes them where it needs few. */
  single() {
    if (this.second !== null) {
      const found = this.second;
      this.second = null;
      return found;
    }
    const [u, v] = [0, 1].map(() => {
      const high = this.next() & 0x1fffff, low = this.next();
      return (high * 2 ** 32 + low) / 2 ** 53;
    });
    const radius = Math.sqrt(-2 * Math.log1p(-v));
    this.second = radius * Math.sin(2 * Math.PI * u);
    return radius * Math.cos(2 * Math.PI * u);
  }
}

/**
 * A source of noise for one purpose, as Python's `noise_source`.
 * @param {number | bigint} seed
 * @param {...(string | number)} purpose
 */
export function noiseSource(seed, ...purpose) {
  return new Noise(derivedSeed(seed, ...purpose));
}
