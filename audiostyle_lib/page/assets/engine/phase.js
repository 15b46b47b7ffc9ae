// Phases for a spectrogram that has none, after Griffin and Lim, as transforms/phase.py.
import { K } from "./constants.js";
import { Noise } from "./random.js";

/** @typedef {import("./stft.js").Complex} Complex */
/**
 * @typedef {object} PhaseOptions
 * @property {number} nIter rounds
 * @property {number | bigint} [seed] of the starting phases
 * @property {Complex} [known] the first frames, which stay
 * @property {Complex} [guess] phases to start with in the first frames
 * @property {(share: number) => void} [progress]
 */

/**
 * A sound whose transform has nearly these magnitudes.
 * @param {Float32Array} magnitude (nFrames, nBins)
 * @param {number} nBins
 * @param {(D: Complex) => Float32Array} toSound
 * @param {(y: Float32Array, D: Complex) => void} toComplex
 * @param {PhaseOptions} options
 */
export function findPhases(magnitude, nBins, toSound, toComplex, { nIter, seed = 0, known, guess, progress }) {
  const size = magnitude.length, nFrames = size / nBins, noise = new Noise(seed);
  const [re, im, beforeRe, beforeIm] = [0, 1, 2, 3].map(() => new Float32Array(size));
  const nGuess = guess ? Math.min(size, guess.re.length) : 0;
  for (let k = 0; k < nBins; k++)
    for (let t = 0, at = k; t < nFrames; t++, at += nBins) { // in torch's order
      const random = 2 * Math.PI * ((noise.next() & 0xffffff) / 0x1000000);
      const angle = guess && at < nGuess ? Math.atan2(guess.im[at], guess.re[at]) : random;
      re[at] = Math.cos(angle);
      im[at] = Math.sin(angle);
    }
  const D = { re, im }, factor = K.phase.MOMENTUM / (1 + K.phase.MOMENTUM);
  const spectrum = () => { // of phases
    for (let i = 0; i < size; i++) { re[i] *= magnitude[i]; im[i] *= magnitude[i]; }
    if (known) {
      re.set(known.re.subarray(0, size));
      im.set(known.im.subarray(0, size));
    }
    return D;
  };
  for (let round = 0; round < nIter; round++) {
    toComplex(toSound(spectrum()), D);
    for (let i = 0; i < size; i++) {
      const a = re[i] - factor * beforeRe[i], b = im[i] - factor * beforeIm[i];
      const scale = 1 / Math.sqrt(a * a + b * b + 1e-30);
      beforeRe[i] = re[i];
      beforeIm[i] = im[i];
      re[i] = a * scale;
      im[i] = b * scale;
    }
    progress?.((round + 1) / nIter);
  }
  return toSound(spectrum());
}
