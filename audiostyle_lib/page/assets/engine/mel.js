// Mel spectrograms as librosa's `feature.melspectrogram`: Hann windows, frames centred in zeros, Slaney's mel scale.
import { RealFourier } from "./fourier.js";
import { hzOfMel, melOfHz } from "./mel_scale.js";
import { hann } from "./sums.js";

/**
 * Triangles of equal area, up to half the rate: of each band its first bin, and its weights from there.
 * @param {number} sr
 * @param {number} nFft
 * @param {number} nMels
 * @returns {{first: number, weights: Float64Array}[]}
 */
export function melBands(sr, nFft, nMels) {
  const highest = melOfHz(sr / 2), nBins = Math.floor(nFft / 2) + 1;
  const f = Array.from({ length: nMels + 2 }, (_, k) => hzOfMel((k * highest) / (nMels + 1)));
  return Array.from({ length: nMels }, (_, m) => {
    const [low, middle, high] = f.slice(m, m + 3);
    const all = Array.from({ length: nBins }, (_, k) => {
      const at = (k * sr) / nFft, up = (at - low) / (middle - low), down = (high - at) / (high - middle);
      return Math.max(0, Math.min(up, down)) * (2 / (high - low));
    });
    const first = Math.max(0, all.findIndex((w) => w > 0)); // a band may lie between two bins: then it is empty
    const last = all.findLastIndex((w) => w > 0);
    return { first, weights: Float64Array.from(all.slice(first, last + 1)) };
  });
}

/**
 * Power in mel bands, (nMels, nFrames), row by row.
 * @param {ArrayLike<number>} y
 * @param {number} sr
 * @param {{nFft: number, hopLength: number, nMels: number}} options nFft even
 * @returns {{mel: Float64Array, nFrames: number}}
 */
export function melSpectrogram(y, sr, { nFft, hopLength, nMels }) {
  const nFrames = 1 + Math.floor(y.length / hopLength), bands = melBands(sr, nFft, nMels);
  const mel = new Float64Array(nMels * nFrames), plan = new RealFourier(nFft), window = hann(nFft);
  const frame = new Float64Array(nFft), power = new Float64Array(plan.nBins), S = plan.forward([]);
  for (let t = 0; t < nFrames; t++) {
    const start = t * hopLength - nFft / 2, end = Math.min(nFft, y.length - start);
    frame.fill(0);
    for (let i = Math.max(0, -start); i < end; i++) frame[i] = window[i] * y[start + i];
    plan.forward(frame, S);
    for (let k = 0; k < power.length; k++) power[k] = S.re[k] * S.re[k] + S.im[k] * S.im[k];
    bands.forEach(({ first, weights }, m) => {
      let total = 0;
      for (let k = 0; k < weights.length; k++) total += weights[k] * power[first + k];
      mel[m * nFrames + t] = total;
    });
  }
  return { mel, nFrames };
}
