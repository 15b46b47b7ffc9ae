// One layer of random filters for several kernel widths, as `RandomCNN` of networks.py. Frames `x` are (t, nChannels),
// one after the other, so that a filter's view is a stretch of memory, and a convolution a product of matrices.
import { product } from "./products.js";
import { Noise } from "./random.js";

/** @typedef {Map<number, Float32Array>} Features of each width its responses (positions, nFilters) */

/** The filters of one width. */
class FilterBank {
  /**
   * @param {number} width
   * @param {number} nChannels
   * @param {number} nFilters
   * @param {Noise} noise
   */
  constructor(width, nChannels, nFilters, noise) {
    this.width = width;
    this.nChannels = nChannels;
    this.nFilters = nFilters;
    const drawn = noise.normal(nFilters * nChannels * width), root = Math.sqrt(nChannels * width);
    /** (width, nChannels, nFilters), as responses read them */
    this.forward = new Float32Array(drawn.length);
    /** (width, nFilters, nChannels), turned round, as gradients read them */
    this.backward = new Float32Array(drawn.length);
    for (let f = 0; f < nFilters; f++)
      for (let c = 0; c < nChannels; c++)
        for (let k = 0; k < width; k++)
          this.forward[(k * nChannels + c) * nFilters + f] = drawn[(f * nChannels + c) * width + k] / root;
  }

  /**
   * Divide each filter by a number.
   * @param {Float64Array} by
   */
  scale(by) {
    const { width, nChannels, nFilters, forward, backward } = this;
    for (let k = 0; k < width; k++)
      for (let c = 0; c < nChannels; c++)
        for (let f = 0; f < nFilters; f++) {
          const at = (k * nChannels + c) * nFilters + f;
          forward[at] /= by[f];
          backward[((width - 1 - k) * nFilters + f) * nChannels + c] = forward[at];
        }
  }

  /**
   * Responses (positions, nFilters) to frames, before the nonlinearity.
   * @param {Float32Array} x
   * @param {Float32Array} [out]
   */
  respond(x, out) {
    const { width, nChannels, nFilters, forward } = this, n = x.length / nChannels - width + 1;
    const found = out ?? new Float32Array(n * nFilters);
    product(n, nFilters, width * nChannels, x, nChannels, 1, forward, nFilters, 1, found);
    return found;
  }

  /**
   * The gradient of frames, from that of responses with width - 1 rows of zeros around it.
   * @param {Float32Array} padded
   * @param {Float32Array} out
   */
  back(padded, out) {
    const { width, nChannels, nFilters, backward } = this;
    product(out.length / nChannels, nChannels, width * nFilters, padded, nFilters, 1, backward, nChannels, 1, out);
  }
}

export class RandomCNN {
  /**
   * @param {number} nChannels
   * @param {{nFilters: number, widths: readonly number[], seed: number | bigint}} options
   */
  constructor(nChannels, { nFilters, widths, seed }) {
    this.nChannels = nChannels;
    this.nFilters = nFilters;
    const noise = new Noise(seed);
    this.banks = widths.map((width) => new FilterBank(width, nChannels, nFilters, noise));
    this.span = Math.max(...widths);
  }

  /**
   * Scale each filter to unit deviation over frames of several sounds.
   * @param {Float32Array[]} xs
   */
  calibrate(xs) {
    const { nFilters } = this;
    for (const bank of this.banks) {
      const variance = new Float64Array(nFilters);
      for (const x of xs) {
        const R = bank.respond(x), n = R.length / nFilters, mean = new Float64Array(nFilters);
        for (let i = 0; i < R.length; i++) mean[i % nFilters] += R[i] / n;
        for (let i = 0; i < R.length; i++) variance[i % nFilters] += (R[i] - mean[i % nFilters]) ** 2 / (n - 1) / xs.length;
      }
      bank.scale(variance.map((v) => Math.max(Math.sqrt(v), 1e-6)));
    }
  }

  /**
   * Features of frames: responses, negative ones set to 0.
   * @param {Float32Array} x
   * @returns {Features}
   */
  features(x) {
    return new Map(this.banks.map((bank) => [bank.width, rectified(bank.respond(x))]));
  }

  /**
   * A criterion of frames, from statistics of their features: it adds up their losses and gradients.
   * @param {number} t frames
   * @param {(features: Features, gradients: Features) => number} statistic the loss; it adds to the gradients
   * @returns {import("./lbfgs.js").Criterion}
   */
  criterion(t, statistic) {
    const { banks, nFilters, nChannels } = this;
    const responses = banks.map(({ width }) => new Float32Array((t - width + 1) * nFilters));
    const padded = banks.map(({ width }) => new Float32Array((t + width - 1) * nFilters));
    const inner = banks.map(({ width }, i) =>
      padded[i].subarray((width - 1) * nFilters, (width - 1) * nFilters + responses[i].length));
    const features = new Map(banks.map(({ width }, i) => [width, responses[i]]));
    const gradients = new Map(banks.map(({ width }, i) => [width, inner[i]]));
    const part = new Float32Array(t * nChannels);
    return (x, gradient) => {
      banks.forEach((bank, i) => {
        rectified(bank.respond(x, responses[i]));
        inner[i].fill(0);
      });
      const loss = statistic(features, gradients);
      gradient.fill(0);
      banks.forEach((bank, i) => {
        const R = responses[i], G = inner[i];
        for (let k = 0; k < G.length; k++) if (R[k] <= 0) G[k] = 0;
        bank.back(padded[i], part);
        for (let k = 0; k < part.length; k++) gradient[k] += part[k];
      });
      return loss;
    };
  }
}

/** @param {Float32Array} R changed in place */
function rectified(R) {
  for (let i = 0; i < R.length; i++) if (R[i] < 0) R[i] = 0;
  return R;
}
