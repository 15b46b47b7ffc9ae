// The task `texture`: new sound with the statistics of recordings, and nothing else of them; as `synthesize_texture`
// of texture.py for one recording, and `mix_textures` of mixture.py for several.
import { checkRate } from "./audio.js";
import { checkChoice, checkLength, checkSeed, checkWeights } from "./checks.js";
import { K } from "./constants.js";
import { newFrames } from "./frames.js";
import { TextureModel } from "./model.js";
import { derivedSeed } from "./random.js";
import { newSound } from "./sounding.js";

/**
 * @typedef {object} TextureArgs
 * @property {Float32Array[][]} references channels of each, in [-1, 1]
 * @property {number} sr
 * @property {number[]} [shares] of the references, in any unit; equal by default
 * @property {number} [seconds] of the result; those of the longest reference by default, 30 at most
 * @property {number} [seed]
 * @property {string} [quality] draft, standard or best
 * @property {boolean} [loop] the end meets the beginning
 */
/** @typedef {(share: number, what?: string) => void} TaskProgress */

/**
 * @param {TextureArgs} args
 * @param {TaskProgress} [progress]
 * @returns {{channels: Float32Array[], history: number[]}}
 */
export function texture(args, progress = () => {}) {
  const { references = [], seed = 0, loop = false } = args, sr = checkRate(args.sr);
  const quality = checkChoice("quality", args.quality ?? "standard", K.quality.QUALITIES);
  checkSeed(seed);
  const several = references.length > 1, shares = checkWeights(args.shares, references.length);
  const asked = args.seconds === undefined ? null : checkLength(args.seconds, sr);
  // How far the work is when a stage ends, about.
  const [measured, framed, phased] = quality.nRefine ? [0.04, 0.3, 0.36] : [0.12, 0.6, 0.85];
  const part = (/** @type {number} */ from, /** @type {number} */ to, /** @type {string} */ what) =>
    (/** @type {number} */ share) => progress(from + share * (to - from), what);
  const model = new TextureModel(references, sr, quality, { seed, progress: part(0, measured, "measure") });
  const length = asked ?? model.longest;
  const { S, history } = newFrames(model, model.nFrames(length, loop), {
    shares,
    loop,
    seed: several && !loop ? derivedSeed(seed, "stretch", 0) : seed, // a mixture is a stream's first stretch
    progress: part(measured, framed, "texture"),
  });
  const level = Math.exp(shares.reduce((sum, share, k) => sum + share * Math.log(model.levels[k]), 0));
  const channels = newSound(model, S, length, {
    level, shares, loop, seed,
    progress: (share, what) => (what === "phase" ? part(framed, phased, what) : part(phased, 1, what))(share),
  });
  progress(1, "");
  return { channels, history };
}
