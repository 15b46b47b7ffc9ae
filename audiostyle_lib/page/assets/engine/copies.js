// Newness, as the copy scores of audiostyle_lib/metrics.py: how well the best half second is found in the reference.
import { logMel } from "./auditory.js";
import { K } from "./constants.js";
import { AudioError } from "./errors.js";
import { RealFourier } from "./fourier.js";
import { mean, roundEven } from "./sums.js";

/** All places of a reference, in which pieces of other sounds are looked for. */
export class Places {
  /**
   * @param {ArrayLike<number>[]} rows of the reference: channels, or bands
   * @param {number} width of a piece
   */
  constructor(rows, width) {
    const n = rows[0].length;
    this.width = width;
    this.n = n;
    if (n < width) this.refuse(n);
    this.energy = new Float64Array(n - width + 1);
    const even = rows.map((row) => lessMean(row));
    for (const row of even) {
      let total = 0, power = 0;
      for (let i = 0; i < n; i++) {
        total += row[i];
        power += row[i] ** 2;
        const at = i - width + 1;
        if (at < 0) continue;
        this.energy[at] += power - total ** 2 / width;
        total -= row[at];
        power -= row[at] ** 2;
      }
    }
    const least = 1e-6 * this.energy.reduce((a, b) => Math.max(a, b)) + 1e-20; // near-silent places match nothing
    this.scale = this.energy.map((e) => 1 / Math.sqrt(Math.max(e, least)));
    // In blocks that share width - 1 samples: short transforms fit into the cache.
    const size = 2 ** Math.ceil(Math.log2(4 * width));
    this.plan = new RealFourier(size);
    this.step = size - width + 1;
    this.blocks = Array.from({ length: Math.ceil(this.energy.length / this.step) }, (_, b) =>
      even.map((row) => this.plan.forward(row.subarray(b * this.step, b * this.step + size))),
    );
  }

  /**
   * Largest size of the correlation coefficient of pieces with places, each less its own means.
   * @param {ArrayLike<number>[]} rows of the synthetic
   */
  bestMatch(rows) {
    const { width, plan, step, scale } = this, m = rows[0].length;
    if (m < width) this.refuse(m);
    const cross = plan.forward([]), piece = rows.map(() => plan.forward([])), match = new Float64Array(plan.n);
    let best = 0;
    for (let start = 0; start + width <= m; start += Math.max(1, Math.floor(width / 2))) {
      let own = 0;
      rows.forEach((row, r) => {
        const part = lessMean(row, start, width);
        for (const v of part) own += v * v;
        plan.forward(part, piece[r]);
      });
      const unit = 1 / Math.sqrt(Math.max(own, 1e-20));
      this.blocks.forEach((spectra, b) => {
        cross.re.fill(0);
        cross.im.fill(0);
        spectra.forEach(({ re, im }, r) => {
          const P = piece[r];
          for (let k = 0; k < re.length; k++) {
            cross.re[k] += re[k] * P.re[k] + im[k] * P.im[k];
            cross.im[k] += im[k] * P.re[k] - re[k] * P.im[k];
          }
        });
        plan.backward(cross, match);
        const first = b * step, count = Math.min(step, scale.length - first);
        for (let i = 0; i < count; i++) best = Math.max(best, Math.abs(match[i]) * scale[first + i] * unit);
      });
    }
    return Math.min(best, 1);
  }

  /**
   * @param {number} n
   * @returns {never}
   */
  refuse(n) {
    throw new AudioError(
      `${n} samples or frames; expected at least ${this.width}, that is ${K.metrics.PIECE} s`,
    );
  }
}

/**
 * Some numbers of a list, less their mean.
 * @param {ArrayLike<number>} row
 * @param {number} [start]
 * @param {number} [length]
 */
function lessMean(row, start = 0, length = row.length) {
  const part = new Float64Array(length);
  for (let i = 0; i < length; i++) part[i] = row[start + i];
  const middle = mean(part);
  for (let i = 0; i < length; i++) part[i] -= middle;
  return part;
}

/**
 * Where pieces of the samples are looked for: `placesOfSamples(reference, sr).bestMatch(synthetic)` is the copy score.
 * @param {Float32Array[]} reference
 * @param {number} sr
 */
export function placesOfSamples(reference, sr) {
  return new Places(reference, roundEven(K.metrics.PIECE * sr));
}

/**
 * Where pieces of the mel spectrogram are looked for: `.bestMatch(melRows(synthetic, sr))` is the spectrogram's score.
 * @param {Float32Array[]} reference
 * @param {number} sr
 */
export function placesOfMels(reference, sr) {
  return new Places(melRows(reference, sr), roundEven((K.metrics.PIECE * sr) / roundEven(K.auditory.HOP_SECONDS * sr)));
}

/**
 * Bands of the mel spectrograms of all channels.
 * @param {Float32Array[]} channels
 * @param {number} sr
 * @returns {Float64Array[]}
 */
export function melRows(channels, sr) {
  const { mels, nFrames } = logMel(channels, sr);
  return mels.flatMap((mel) =>
    Array.from({ length: mel.length / nFrames }, (_, m) => mel.subarray(m * nFrames, (m + 1) * nFrames)),
  );
}
