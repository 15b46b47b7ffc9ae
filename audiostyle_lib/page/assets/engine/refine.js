// The last touch: a sound's samples, changed until its envelopes have a recording's statistics, piece by piece, as
// `refine` and `refined` of audiostyle_lib/refine.py.
import { K } from "./constants.js";
import { fadeEnds, rms } from "./levels.js";
import { levelTargets, sharpened } from "./sharpen.js";
import { SoundMeasure, soundTargets } from "./sound.js";
import { roundEven } from "./sums.js";
import { contextLength, touched } from "./touch.js";

/**
 * @typedef {object} Wanted
 * @property {number} nSteps steps of the optimiser on every piece
 * @property {number} [nSharpen] rounds of `sharpened`
 * @property {import("./sound.js").SoundWeights} [sound] weights of the statistics, all 1 by default
 * @property {Float32Array[]} [targets] what the steps want of each reference, as `soundTargets` gives it
 * @property {any} [levels] what the rounds want, as `levelTargets` gives it
 * @property {boolean} [loop] after the last piece comes the first
 * @property {(share: number) => void} [progress]
 */
/** @typedef {{y: Float32Array[], shares: Float64Array}} Piece channels near `LEVEL`, and shares of the references */

/**
 * A sound like `y`, about as loud, whose envelopes have the statistics of references; `y` itself where a sound is too
 * short to have any.
 * @param {Float32Array[]} y
 * @param {Float32Array[][]} references channels of each, as many as `y` has
 * @param {number} sr Hz
 * @param {Wanted & {shares?: ArrayLike<number>[]}} wanted rows of shares are spread over the sound; equal by default
 * @returns {Float32Array[]}
 */
export function refined(y, references, sr, { shares, targets, levels, progress, ...wanted }) {
  const { nSteps, nSharpen = 0, sound } = wanted, n = y[0].length, k = references.length;
  if (!(nSteps || nSharpen)) return y;
  if (Math.min(n, ...references.map(([x]) => x.length)) < K.auditory.MIN_SECONDS * sr) return y;
  const rows = shares ?? [new Float64Array(k).fill(1 / k)];
  const pieceSeconds = rows.length === 1 ? K.refine.PIECE_SECONDS : K.refine.MORPH_SECONDS;
  const nParts = Math.max(1, roundEven(n / sr / pieceSeconds)), gain = K.levels.LEVEL / rms(y);
  /** @type {Piece[]} */
  const pieces = [];
  for (let part = 0, first = 0; part < nParts; part++) {
    const last = first + Math.floor(n / nParts) + (part < n % nParts ? 1 : 0), from = first;
    pieces.push({
      y: y.map((channel) => channel.slice(from, last).map((v) => v * gain)),
      shares: rowAt(rows, (part + 0.5) / nParts * (rows.length - 1)),
    });
    first = last;
  }
  const found = y.map(() => new Float32Array(n));
  let at = 0, done = 0;
  const changed = refine(pieces, sr, {
    ...wanted,
    targets: targets ?? (nSteps ? soundTargets(references, sr, sound) : undefined),
    levels: levels ?? (nSharpen ? levelTargets(references, sr) : undefined),
    progress: progress && ((share) => progress((done + share) / nParts)),
  });
  for (const piece of changed) {
    piece.forEach((channel, c) => found[c].set(channel.map((v) => v / gain), at));
    at += piece[0].length;
    done++;
  }
  return found;
}

/** Between rows, in straight lines.
 * @param {ArrayLike<number>[]} rows @param {number} place
 */
function rowAt(rows, place) {
  const below = Math.floor(place), above = Math.min(below + 1, rows.length - 1);
  return Float64Array.from(rows[below], (share, i) => share + (place - below) * (rows[above][i] - share));
}

/**
 * Change a sound, piece by piece, until its levels and envelopes are as is wanted. A piece is measured together with
 * the second before it, and changes fade in and out at its ends, so that pieces join as they did. The first begins and
 * the last ends at zero, but not of a loop; if that is one piece, it is measured and changed as a ring.
 * @param {Iterable<Piece>} pieces successive pieces of one sound
 * @param {number} sr Hz
 * @param {Wanted & {endless?: boolean}} wanted `endless`: there will be another piece, do not wait for it
 * @returns {Generator<Float32Array[], void>} channels as long as the pieces
 */
export function* refine(pieces, sr, wanted) {
  const { nSteps, nSharpen = 0, sound, targets, levels, endless = false, loop = false, progress } = wanted;
  const context = roundEven(K.refine.CONTEXT_SECONDS * sr), fade = roundEven(K.refine.FADE_SECONDS * sr);
  const known = loop ? Array.from(pieces) : [], ring = known.length === 1;
  const waiting = (loop ? known : pieces)[Symbol.iterator]();
  const next = () => /** @type {Piece | null} */ (waiting.next().value ?? null);
  let past = loop && !ring ? known[known.length - 1].y.map((channel) => channel.slice(-context)) : null;
  let measure = /** @type {SoundMeasure | null} */ (null);
  for (let piece = next(), after = piece; piece; piece = endless ? next() : after) {
    after = endless ? piece : next();
    const { shares } = piece, length = piece.y[0].length, goesOn = after !== null || loop;
    const nBefore = past ? contextLength(length, Math.min(context, past[0].length)) : 0;
    const before = past ? past.map((channel) => channel.slice(channel.length - nBefore)) : null;
    const free = freedom(length, Math.min(fade, length), past !== null, goesOn && !ring);
    let y = piece.y;
    const both = () => y.map((channel, c) => (before ? concatenated(before[c], channel) : channel));
    const held = concatenated(new Float32Array(nBefore), free);
    if (nSharpen && levels)
      y = sharpened(both(), levels, shares, sr, { nRounds: nSharpen, held, loop: ring })
        .map((channel) => channel.slice(nBefore));
    // A result begins and ends at zero: what is measured must, too.
    const edge = fadeEnds(new Float32Array(length).fill(1), sr, { start: past === null && !loop, end: !goesOn });
    y = y.map((channel) => channel.map((v, i) => v * edge[i]));
    if (nSteps && targets) {
      const n = nBefore + length;
      if (measure?.bands.n !== n) measure = new SoundMeasure(n, sr, { nChannels: y.length, sound });
      const target = targets[0].map((_, i) => shares.reduce((sum, share, k) => sum + share * targets[k][i], 0));
      const new_ = touched(both(), held, target, measure, sr, nSteps, progress);
      // Only now: some ms are not worth two transforms a step.
      y = y.map((channel, c) => channel.map((v, i) => v + edge[i] * (new_[c][nBefore + i] - v)));
    }
    past = both().map((channel) => channel.slice(-context));
    yield y;
  }
}

/** How far each sample of a piece may change: less where it joins another.
 * @param {number} n @param {number} fade @param {boolean} before @param {boolean} after
 */
function freedom(n, fade, before, after) {
  const free = new Float32Array(n).fill(1);
  for (let i = 0; i < fade; i++) {
    const ramp = fade > 1 ? i / (fade - 1) : 0;
    if (before) free[i] *= ramp;
    if (after) free[n - 1 - i] *= ramp;
  }
  return free;
}

/** @param {Float32Array} a @param {Float32Array} b */
function concatenated(a, b) {
  const out = new Float32Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}
