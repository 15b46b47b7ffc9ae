// Statistics of a spectrogram's features, as criteria with gradients: statistics/frames.py and statistics/newness.py.
// Features are (positions, c) for each width; of several targets the mean in shares is wanted. Each statistic gives
// the mean of a term for every width, and adds `weight` times its gradient.
import { K } from "./constants.js";
import { RealFFT } from "./fft.js";
import { fastLengthReal } from "./lengths.js";
import { product } from "./products.js";
import { rowsOf, transposed } from "./tensors.js";

/** @typedef {import("./network.js").Features} Features */
/**
 * @typedef {object} Given
 * @property {Features[]} targets
 * @property {ArrayLike<number>} shares
 * @property {number} c channels of the features
 * @property {number} nFrames new positions of the widest kernel
 */
/** @typedef {{add: (features: Features, gradients: Features, weight: number) => number}} FrameStatistic */

/**
 * What a quality's weights ask for, as one statistic.
 * @param {Record<string, number>} weights
 * @param {Given} given
 * @returns {(features: Features, gradients: Features) => number}
 */
export function frameStatistics(weights, given) {
  /** @type {Record<string, new (given: Given) => FrameStatistic>} */
  const known = { gram: GramLoss, rhythm: AutocorrelationLoss, diversity: DiversityLoss };
  const used = Object.entries(weights).filter(([, weight]) => weight);
  const statistics = used.map(([name, weight]) => ({ weight, statistic: new known[name](given) }));
  return (features, gradients) => statistics.reduce(
    (loss, { weight, statistic }) => loss + weight * statistic.add(features, gradients, weight), 0);
}

/**
 * How strongly each pair of channels is active together.
 * @param {Float32Array} x
 * @param {number} c
 * @param {Float32Array} [out]
 */
export function gramMatrix(x, c, out = new Float32Array(c * c)) {
  const n = x.length / c;
  product(c, c, n, x, 1, c, x, c, 1, out);
  for (let i = 0; i < out.length; i++) out[i] /= n;
  return out;
}

/**
 * The mean of what several targets say, in shares, for each width.
 * @param {Given} given
 * @param {(x: Float32Array) => Float32Array} measure
 * @returns {Map<number, {target: Float32Array, square: number}>}
 */
function meanTargets({ targets, shares }, measure) {
  return new Map([...targets[0].keys()].map((width) => {
    const parts = targets.map((target) => measure(/** @type {Float32Array} */ (target.get(width))));
    const target = parts[0].map((_, i) => parts.reduce((sum, part, k) => sum + shares[k] * part[i], 0));
    return [width, { target, square: Math.max(1e-12, target.reduce((sum, v) => sum + v * v, 0)) }];
  }));
}

/** Texture: the Gram matrices. */
export class GramLoss {
  /** @param {Given} given */
  constructor(given) {
    this.c = given.c;
    this.wanted = meanTargets(given, (x) => gramMatrix(x, given.c));
    this.off = new Float32Array(given.c * given.c);
  }

  /**
   * @param {Features} features
   * @param {Features} gradients
   * @param {number} weight
   */
  add(features, gradients, weight) {
    const { c, off, wanted } = this;
    let loss = 0;
    for (const [width, x] of features) {
      const { target, square } = at(wanted, width), n = x.length / c, scale = (4 * weight) / (n * square * features.size);
      gramMatrix(x, c, off);
      for (let i = 0; i < off.length; i++) {
        const difference = off[i] - target[i];
        loss += (difference * difference) / square / features.size;
        off[i] = scale * difference;
      }
      addProduct(n, c, x, off, at(gradients, width));
    }
    return loss;
  }
}

/**
 * G (n, c) += x (n, c) D (c, c)
 * @param {number} n
 * @param {number} c
 * @param {Float32Array} x
 * @param {Float32Array} D
 * @param {Float32Array} G
 */
function addProduct(n, c, x, D, G) {
  const part = new Float32Array(n * c);
  product(n, c, c, x, c, 1, D, c, 1, part);
  for (let i = 0; i < part.length; i++) G[i] += part[i];
}

/**
 * @template T
 * @param {Map<number, T>} map
 * @param {number} key
 * @returns {T}
 */
function at(map, key) {
  return /** @type {T} */ (map.get(key));
}

/**
 * Rows (c, t) of features (t, c), each without its mean.
 * @param {Float32Array} x
 * @param {number} c
 */
function centredRows(x, c) {
  const rows = transposed(x, x.length / c, c);
  for (const row of rowsOf(rows, x.length / c)) {
    const mean = row.reduce((sum, v) => sum + v, 0) / row.length;
    for (let i = 0; i < row.length; i++) row[i] -= mean;
  }
  return rows;
}

/**
 * Spectra of rows (c, t), filled up with zeros to `size`.
 * @param {Float32Array} rows
 * @param {number} t
 * @param {number} size
 */
function paddedSpectra(rows, t, size) {
  const c = rows.length / t, padded = new Float32Array(c * size), fft = new RealFFT(size);
  for (let i = 0; i < c; i++) padded.set(rows.subarray(i * t, (i + 1) * t), i * size);
  const re = new Float32Array(c * fft.nBins), im = new Float32Array(c * fft.nBins);
  fft.forward(padded, re, im, c);
  return { fft, c, re, im, padded };
}

/**
 * Add rows' gradients (c, size), of which the first t count and of which the mean is no part, to those of features.
 * @param {Float32Array} rows
 * @param {number} size
 * @param {Float32Array} G
 * @param {number} c
 */
function addCentred(rows, size, G, c) {
  const t = G.length / c;
  for (let i = 0; i < c; i++) {
    let mean = 0;
    for (let k = 0; k < t; k++) mean += rows[i * size + k] / t;
    for (let k = 0; k < t; k++) G[k * c + i] += rows[i * size + k] - mean;
  }
}

/** Rhythm: how much each channel is like itself some time later. */
export class AutocorrelationLoss {
  /** @param {Given} given */
  constructor(given) {
    this.c = given.c;
    const shortest = Math.min(...given.targets.flatMap((target) => [...target.values()].map((x) => x.length / given.c)));
    this.nLags = Math.max(1, Math.floor(Math.min(shortest, given.nFrames) / K.frames.LONGEST));
    this.wanted = meanTargets(given, (x) => this.measure(x).found);
  }

  /**
   * Autocorrelations (c, nLags), and the spectra they come from.
   * @param {Float32Array} x
   */
  measure(x) {
    const { c, nLags } = this, t = x.length / c, size = fastLengthReal(t + nLags);
    const { fft, re, im, padded } = paddedSpectra(centredRows(x, c), t, size), power = re.slice();
    for (let i = 0; i < power.length; i++) power[i] = re[i] * re[i] + im[i] * im[i];
    fft.inverse(power, new Float32Array(power.length), padded, c);
    const found = new Float32Array(c * nLags);
    for (let i = 0; i < c; i++)
      for (let lag = 1; lag <= nLags; lag++) found[i * nLags + lag - 1] = padded[i * size + lag] / (t - lag);
    return { found, fft, re, im, padded, size, t };
  }

  /**
   * @param {Features} features
   * @param {Features} gradients
   * @param {number} weight
   */
  add(features, gradients, weight) {
    const { c, nLags, wanted } = this;
    let loss = 0;
    for (const [width, x] of features) {
      const { target, square } = at(wanted, width), { found, fft, re, im, padded: sides, size, t } = this.measure(x);
      sides.fill(0); // the gradient of sums of products, at lags to either side
      for (let i = 0; i < c; i++)
        for (let lag = 1; lag <= nLags; lag++) {
          const off = found[i * nLags + lag - 1] - target[i * nLags + lag - 1];
          loss += (off * off) / square / features.size;
          const slope = (2 * weight * off) / (square * features.size * (t - lag));
          sides[i * size + lag] += slope;
          sides[i * size + size - lag] += slope;
        }
      const gain = new Float32Array(re.length);
      fft.forward(sides, gain, new Float32Array(re.length), c);
      for (let i = 0; i < re.length; i++) { re[i] *= gain[i]; im[i] *= gain[i]; }
      fft.inverse(re, im, sides, c);
      addCentred(sides, size, at(gradients, width), c);
    }
    return loss;
  }
}

/** Newness: what is like a target place by place, at any shift, costs. */
export class DiversityLoss {
  /** @param {Given} given */
  constructor({ targets, shares, c }) {
    this.c = c;
    this.parts = targets.map((target, i) => ({
      share: shares[i],
      rows: new Map([...target].map(([width, x]) => [width, { ...unitRows(x, c), t: x.length / c }])),
      /** @type {Map<string, ReturnType<typeof paddedSpectra>>} */
      spectra: new Map(),
    })).filter(({ share }) => share);
  }

  /**
   * @param {Features} features
   * @param {Features} gradients
   * @param {number} weight
   */
  add(features, gradients, weight) {
    const { c, parts } = this, { SHARPNESS, TOLERANCE } = K.newness;
    let loss = 0;
    for (const [width, x] of features) {
      const t = x.length / c, mine = unitRows(x, c);
      for (const { share, rows, spectra } of parts) {
        const other = at(rows, width), size = fastLengthReal(Math.max(t, other.t)), key = `${width} ${size}`;
        const theirs = spectra.get(key) ?? paddedSpectra(other.rows, other.t, size);
        spectra.set(key, theirs);
        const { fft, re, im, padded } = paddedSpectra(mine.rows, t, size), { nBins } = fft;
        const [mr, mi] = [new Float32Array(nBins), new Float32Array(nBins)], match = new Float32Array(size);
        for (let i = 0, k = 0; i < re.length; i++, k = k + 1 === nBins ? 0 : k + 1) {
          mr[k] += (re[i] * theirs.re[i] + im[i] * theirs.im[i]) / c;
          mi[k] += (im[i] * theirs.re[i] - re[i] * theirs.im[i]) / c;
        }
        fft.inverse(mr, mi, match);
        const most = match.reduce((a, b) => Math.max(a, b), -Infinity);
        const soft = match.map((v) => Math.exp(SHARPNESS * (v - most))), sum = soft.reduce((a, b) => a + b, 0);
        const best = most + (Math.log(sum) - Math.log(size)) / SHARPNESS - TOLERANCE;
        if (best <= 0) continue;
        loss += (share * best) / features.size;
        const scale = (weight * share) / (features.size * c * sum);
        fft.forward(soft.map((v) => v * scale), mr, mi);
        for (let i = 0, k = 0; i < re.length; i++, k = k + 1 === nBins ? 0 : k + 1) {
          re[i] = mr[k] * theirs.re[i] - mi[k] * theirs.im[i];
          im[i] = mr[k] * theirs.im[i] + mi[k] * theirs.re[i];
        }
        fft.inverse(re, im, padded, c);
        for (let i = 0; i < c; i++) { // back through the norm
          let inner = 0;
          for (let k = 0; k < t; k++) inner += padded[i * size + k] * mine.rows[i * t + k];
          for (let k = 0; k < t; k++) {
            const at_ = i * size + k;
            padded[at_] = (padded[at_] - inner * mine.rows[i * t + k]) / mine.norms[i];
          }
        }
        addCentred(padded, size, at(gradients, width), c);
      }
    }
    return loss;
  }
}

/**
 * Rows of features, each without its mean, of norm 1; and their norms.
 * @param {Float32Array} x
 * @param {number} c
 */
function unitRows(x, c) {
  const rows = centredRows(x, c);
  const norms = rowsOf(rows, x.length / c).map((row) => {
    const norm = Math.max(1e-9, Math.sqrt(row.reduce((sum, v) => sum + v * v, 0)));
    for (let i = 0; i < row.length; i++) row[i] /= norm;
    return norm;
  });
  return { rows, norms };
}
