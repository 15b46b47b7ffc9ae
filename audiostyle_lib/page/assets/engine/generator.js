// A texture that has been learned, as audiostyle_lib/generator.py: endless spectrogram frames from noise.
import { K } from "./constants.js";
import { Knob } from "./knob.js";
import { NoiseToChannels } from "./maker.js";
import { unpackTensors } from "./packed.js";
import { product } from "./products.js";
import { noiseSource } from "./random.js";

/**
 * @typedef {object} Kept what a page carries of a generator, see page/packed.py
 * @property {number} sr
 * @property {number} nFft
 * @property {number} hopLength
 * @property {number[][]} layout from distinct channels to all
 * @property {number[]} gains
 * @property {number[] | null} knob
 * @property {import("./packed.js").Packed[]} tensors
 * @property {string} data
 */

export class TextureGenerator {
  /** @param {Kept} kept */
  constructor(kept) {
    const tensors = unpackTensors(kept.tensors, kept.data);
    this.kept = kept;
    this.tensors = tensors;
    this.knob = new Knob(kept.knob ?? [0]);
    this.stretch = kept.knob ? K.generator.STRETCH_TURNED : K.generator.STRETCH;
    this.network = new NoiseToChannels(tensors);
    this.k = kept.gains.length;
    this.nBins = tensors.means.shape[1]; // of all parts
    this.nComponents = tensors.basis.shape[0];
    this.nParts = this.nBins / tensors.basis.shape[1];
    this.basis = spreadBlocks(tensors.basis, this.nParts);
  }

  /**
   * Endless stretches of log magnitudes (n, nBins), and what their shares were.
   * @param {number} seed
   * @param {Iterable<import("./knob.js").Shares>} path
   */
  *stretches(seed, path) {
    const { network, k } = this, source = noiseSource(seed, "noise"), margin = K.maker.MARGIN;
    /** @type {Float32Array[] | null} */
    let noise = null;
    let before = new Float32Array(margin * k);
    for (const { n, rows } of path) {
      const shares = new Float32Array((n + 2 * margin) * k), end = (margin + n) * k;
      if (!noise) for (let t = 0; t < margin; t++) before.set(rows.subarray(0, k), t * k);
      shares.set(before);
      shares.set(rows, margin * k);
      for (let t = 0; t < margin; t++) shares.set(rows.subarray((n - 1) * k), end + t * k);
      before = shares.slice(n * k, end);
      /** @type {Float32Array[] | null} */
      const old = noise;
      const fresh = network.noise(old ? n : n + 2 * margin, source);
      noise = old ? fresh.map((z, i) => follow(old[i], z, (2 * margin * z.length) / n)) : fresh;
      const x = network.forward(noise, shares).subarray(margin * this.nComponents);
      const here = shares.subarray(margin * k, end);
      yield this.spectrogram(this.fluctuations(x, here, n, source), here, n);
    }
  }

  /**
   * All bins (n, nBins) of the network's channels (n, nComponents), with noise where they say nothing.
   * @param {Float32Array} x
   * @param {Float32Array} shares (n, k)
   * @param {number} n
   * @param {import("./random.js").Noise} source
   */
  fluctuations(x, shares, n, source) {
    const { nComponents, nBins, k, tensors, basis } = this;
    const channels = mixRows(shares, tensors.deviations.values, n, k, nComponents);
    for (let i = 0; i < channels.length; i++) channels[i] *= x[i];
    const S = new Float32Array(n * nBins);
    product(n, nBins, nComponents, channels, nComponents, 1, basis, nBins, 1, S);

    // As remainder.py: noise at right angles to the components, as like itself from frame to frame as it was.
    const mean = new Float32Array(k), drawn = source.normal(nBins * (n + 1)), noise = new Float32Array(n * nBins);
    for (let t = 0; t < n; t++) for (let j = 0; j < k; j++) mean[j] += shares[t * k + j] / n;
    const likes = mixRows(mean, tensors.residual_overlaps.values, 1, k, nBins);
    for (let b = 0; b < nBins; b++) {
      const like = 2 * likes[b], factor = like / (1 + Math.sqrt(Math.max(0, 1 - like * like)));
      const size = Math.sqrt(1 + factor * factor);
      for (let t = 0, at = b * (n + 1); t < n; t++, at++)
        noise[t * nBins + b] = (drawn[at + 1] + factor * drawn[at]) / size;
    }
    const within = new Float32Array(n * nComponents), known = new Float32Array(n * nBins);
    product(n, nComponents, nBins, noise, nBins, 1, basis, 1, nBins, within);
    product(n, nBins, nComponents, within, nComponents, 1, basis, nBins, 1, known);
    const strengths = mixRows(shares, tensors.residual_deviations.values, n, k, nBins);
    for (let i = 0; i < S.length; i++) S[i] += strengths[i] * (noise[i] - known[i]);
    return S;
  }

  /**
   * Log magnitudes (n, nBins): each bin's levels brought to the recordings' quantiles.
   * @param {Float32Array} F fluctuations, overwritten
   * @param {Float32Array} shares (n, k)
   * @param {number} n
   */
  spectrogram(F, shares, n) {
    const { nBins, k, tensors } = this, q = tensors.levels.shape[1], levels = tensors.levels.values; // (k, 2, nBins, q)
    const means = mixRows(shares, tensors.means.values, n, k, nBins), each = 2 * nBins * q;
    for (let t = 0; t < n; t++) {
      const active = Array.from({ length: k }, (_, j) => j).filter((j) => shares[t * k + j]);
      const level = (/** @type {number} */ at) => {
        let total = 0;
        for (const j of active) total += shares[t * k + j] * levels[j * each + at];
        return total;
      };
      for (let b = 0; b < nBins; b++) {
        const own = b * q, wanted = (nBins + b) * q, v = F[t * nBins + b];
        let low = 0, high = q; // to the first of its own quantiles that is not below
        while (low < high) {
          const middle = (low + high) >> 1;
          if (level(own + middle) < v) low = middle + 1; else high = middle;
        }
        const i = Math.min(Math.max(low, 1), q - 1), from = level(own + i - 1), start = level(wanted + i - 1);
        const share = Math.min(1, Math.max(0, (v - from) / Math.max(level(own + i) - from, 1e-9)));
        F[t * nBins + b] = means[t * nBins + b] + start + share * (level(wanted + i) - start);
      }
    }
    return F;
  }
}

/**
 * Components (c, nBins) of all parts from those of each, of its own bins: others know nothing of them.
 * @param {import("./packed.js").Tensor} blocks
 * @param {number} nParts
 */
function spreadBlocks({ shape: [c, bins], values }, nParts) {
  const out = new Float32Array(c * bins * nParts), each = c / nParts;
  for (let i = 0; i < c; i++)
    out.set(values.subarray(i * bins, (i + 1) * bins), (i * nParts + Math.floor(i / each)) * bins);
  return out;
}

/**
 * The last `n` numbers of one array, and then another.
 * @param {Float32Array} old
 * @param {Float32Array} z
 * @param {number} n
 */
function follow(old, z, n) {
  const out = new Float32Array(n + z.length);
  out.set(old.subarray(old.length - n));
  out.set(z, n);
  return out;
}

/**
 * Shares (n, k) of k rows (k, size): (n, size).
 * @param {Float32Array} shares
 * @param {Float32Array} rows
 * @param {number} n
 * @param {number} k
 * @param {number} size
 */
function mixRows(shares, rows, n, k, size) {
  const out = new Float32Array(n * size);
  for (let t = 0; t < n; t++)
    for (let j = 0; j < k; j++) {
      const share = shares[t * k + j];
      if (share) for (let i = 0; i < size; i++) out[t * size + i] += share * rows[j * size + i];
    }
  return out;
}
