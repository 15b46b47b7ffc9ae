// From frames to sound: phases, principal channels turned to an image, the last touch, the level; as `new_sound` of
// sounding.py.
import { K } from "./constants.js";
import { finished } from "./limiter.js";
import { derivedSeed } from "./random.js";
import { refined } from "./refine.js";
import { Ring } from "./ring.js";
import { filtered } from "./spectral_matrices.js";

/**
 * Frames made sound.
 * @param {import("./model.js").TextureModel} model
 * @param {Float32Array} S (t, nBins), log magnitudes, of `model.nFrames(length)` frames or more
 * @param {number} length
 * @param {object} options
 * @param {number} options.level of the result, less where its peak would exceed 1
 * @param {ArrayLike<number>} options.shares of the references, adding to 1
 * @param {boolean} [options.loop]
 * @param {number} [options.seed]
 * @param {(share: number, what: string) => void} [options.progress]
 * @returns {Float32Array[]}
 */
export function newSound(model, S, length, { level, shares, loop = false, seed = 0, progress }) {
  const { stft, image, quality } = model, bins = stft.nBins, t = S.length / model.nBins, nParts = image.parts.length;
  const nSteps = model.nRefine(length), nSharpen = model.touched(length) ? quality.nSharpen : 0;
  const nIter = quality.nIter ?? (nSteps + nSharpen ? K.quality.ROUNDS_TOUCHED : K.quality.ROUNDS);
  const parts = image.parts.map((_, part) => {
    const own = new Float32Array(t * bins), first = part * bins;
    for (let i = 0; i < t; i++) own.set(S.subarray(i * model.nBins + first, i * model.nBins + first + bins), i * bins);
    const options = {
      nIter,
      seed: derivedSeed(seed, "phases", 0, part),
      progress: (/** @type {number} */ share) => progress?.((part + share) / nParts, "phase"),
    };
    return loop ? new Ring(stft, length, t).inverse(own, options) : stft.inverse(own, { length, ...options });
  });
  const turned = image.nDistinct === 1 ? parts : filtered(parts, image.taps(shares), { loop });
  const y = refined(turned, model.references, model.sr, {
    nSteps,
    nSharpen,
    shares: [shares],
    sound: { ...quality.sound },
    targets: nSteps ? model.soundTargets() : undefined,
    levels: nSharpen ? model.levelTargets() : undefined,
    loop,
    progress: (share) => progress?.(share, "envelopes"),
  });
  return finished(image.layout.all(y), model.sr, level, { loop });
}
