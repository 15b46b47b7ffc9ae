// The tasks behind the live figure of the method (page/method.py): a search that tells every step that it takes, and
// the sound of what it had found by then.
import { checkAudio, checkRate } from "./audio.js";
import { K } from "./constants.js";
import { gramMatrix } from "./frame_statistics.js";
import { newFrames } from "./frames.js";
import { finished } from "./limiter.js";
import { melBands } from "./mel.js";
import { TextureModel } from "./model.js";
import { shaded } from "./picture.js";
import { derivedSeed } from "./random.js";
import { typicalStretch } from "./references.js";
import { STFT } from "./stft.js";

/** @typedef {import("./model.js").Quality} Quality */
/** @typedef {(share: number, what?: string, found?: any) => void} TellingProgress */
/**
 * @typedef {object} MethodArgs
 * @property {Float32Array} y one channel, in [-1, 1]
 * @property {number} sr
 * @property {number} seconds that are used: the most typical stretch
 * @property {number} seed
 * @property {Quality} quality
 * @property {number} width of the filters whose Gram matrix is told
 */

/**
 * Search for new frames. Progress tells first of the recording, `{y, level, gram, picture}`, then of each step,
 * `{loss, gram, picture, S}`, as `optim.optimise` tells `watch`.
 * @param {MethodArgs} args
 * @param {TellingProgress} progress
 * @returns {{history: number[]}}
 */
export function method({ y, sr, seconds, seed, quality, width }, progress) {
  checkAudio([y], checkRate(sr), { name: "the sound" });
  const [from, to] = typicalStretch([y], sr, seconds), piece = y.slice(from, to);
  const model = new TextureModel([[piece]], sr, quality, { seed }), { stft, network } = model;
  const gramOf = (/** @type {Map<number, Float32Array>} */ features) =>
    gramMatrix(/** @type {Float32Array} */ (features.get(width)), network.nFilters);
  progress(0, "recording", {
    y: piece.slice(), level: model.levels[0], gram: gramOf(model.features[0]),
    picture: framePicture(stft.forward(piece), sr),
  });
  const { history } = newFrames(model, model.nFrames(piece.length, false), {
    shares: [1],
    seed,
    watch({ S, history, seen }) {
      const loss = history[history.length - 1], gram = gramOf(network.features(seen));
      const share = Math.min(1, history.length / quality.nSteps);
      progress(share, "step", { loss, gram, picture: framePicture(S, sr), S });
    },
  });
  return { history };
}

/**
 * A sound of log magnitudes (t, nBins): phases are found for them.
 * @param {{S: Float32Array, sr: number, length: number, level: number, seed: number}} args samples of the result, and
 *   its root mean square
 * @param {TellingProgress} progress
 * @returns {{channels: Float32Array[]}}
 */
export function framesToSound({ S, sr, length, level, seed }, progress) {
  const y = STFT.forRate(sr).inverse(S, {
    length, nIter: K.quality.ROUNDS, seed: derivedSeed(seed, "phases", 0, 0), progress: (share) => progress(share, "phase"),
  });
  return { channels: finished([y], sr, level) };
}

/**
 * A picture of log magnitudes (t, nBins), in the colours of `picture`.
 * @param {Float32Array} S
 * @param {number} sr
 */
function framePicture(S, sr) {
  const { nFft, nBins } = STFT.forRate(sr), nFrames = S.length / nBins, height = K.html.ROWS;
  const mel = new Float64Array(height * nFrames);
  const power = Float64Array.from(S, (v) => (Math.expm1(Math.max(0, v)) / K.stft.GAIN) ** 2);
  melBands(sr, nFft, height).forEach(({ first, weights }, m) => {
    for (let t = 0; t < nFrames; t++)
      for (let k = 0, at = t * nBins + first; k < weights.length; k++) mel[m * nFrames + t] += weights[k] * power[at + k];
  });
  return shaded(mel, nFrames, height);
}
