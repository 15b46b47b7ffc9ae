// A result's level and its peaks: `finished` and `limited` of levels.py.
import { K } from "./constants.js";
import { fadeEnds, rms } from "./levels.js";
import { largest, roundEven } from "./sums.js";

/**
 * A sound as a result: at root mean square `level`, peaks of at most 1, and ends at zero, but not of a loop. Peaks up
 * to 6 dB too high are turned down for some milliseconds; where they are higher, all is turned down by the rest.
 * @param {Float32Array[]} channels
 * @param {number} sr
 * @param {number} level
 * @param {{loop?: boolean}} [options]
 * @returns {Float32Array[]}
 */
export function finished(channels, sr, level, { loop = false } = {}) {
  const faded = loop ? channels : channels.map((y) => fadeEnds(y, sr));
  const gain = level / Math.max(rms(faded), 1e-9), peak = Math.max(...faded.map(largest)) * gain;
  const scale = gain / Math.max(1, peak / K.levels.LIMITED);
  const found = faded.map((y) => Float32Array.from(y, (v) => v * scale)), n = found[0].length;
  if (Math.max(...found.map(largest)) <= 1) return found;
  const pieces = loop ? [found, found, found] : [found], out = [...limited(pieces, sr)];
  const whole = found.map((_, c) => joinedPieces(out.map((piece) => piece[c])));
  return loop ? whole.map((y) => y.slice(n, 2 * n)) : whole;
}

/**
 * Pieces of one channel, one after the other.
 * @param {Float32Array[]} pieces
 */
export function joinedPieces(pieces) {
  const found = new Float32Array(pieces.reduce((n, piece) => n + piece.length, 0));
  pieces.reduce((at, piece) => (found.set(piece, at), at + piece.length), 0);
  return found;
}

/**
 * Successive pieces of one sound, turned down for some milliseconds where they exceed `peak`: the gain falls before a
 * peak and rises after it. Samples come 10 ms later than they are given; none is lost. All channels get one gain.
 * @param {Iterable<Float32Array[]>} pieces
 * @param {number} sr
 * @param {{peak?: number}} [options]
 * @returns {Generator<Float32Array[], void>}
 */
export function* limited(pieces, sr, { peak = 1 } = {}) {
  const look = Math.max(1, roundEven(K.levels.LOOK_SECONDS * sr)), size = 2 * look + 1;
  const window = Float64Array.from({ length: size }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 1)) / (size + 1)));
  const total = window.reduce((a, b) => a + b);
  const ready = (/** @type {Float32Array[]} */ channels) => limitedInside(channels, look, window.map((v) => v / total), peak);
  /** @type {Float32Array[]} */
  let waiting = [];
  let nIn = 0, nOut = 0;
  for (const piece of pieces) {
    if (!nIn) waiting = piece.map(() => new Float32Array(2 * look)); // the past at the start
    nIn += piece[0].length;
    waiting = waiting.map((y, c) => joinedPieces([y, piece[c]]));
    if (waiting[0].length > 4 * look) {
      const out = ready(waiting);
      nOut += out[0].length;
      yield out;
      waiting = waiting.map((y) => y.slice(-4 * look));
    }
  }
  waiting = waiting.map((y) => joinedPieces([y, new Float32Array(4 * look)]));
  yield ready(waiting).map((y) => y.slice(0, nIn - nOut));
}

/**
 * All but 2 * look samples at either end, which are context.
 * @param {Float32Array[]} channels
 * @param {number} look
 * @param {Float64Array} window
 * @param {number} peak
 */
function limitedInside(channels, look, window, peak) {
  const n = channels[0].length, inner = channels.map((y) => y.slice(2 * look, n - 2 * look));
  const needed = new Float64Array(n).fill(1);
  let least = 1;
  for (const y of channels)
    for (let i = 0; i < n; i++) {
      needed[i] = Math.min(needed[i], peak / Math.max(Math.abs(y[i]), 1e-9));
      least = Math.min(least, needed[i]);
    }
  if (least === 1) return inner;
  // Where nothing near needs it, the gain is 1: only around peaks is there something to average.
  const lowest = new Float64Array(n).fill(1), gain = new Float64Array(n).fill(1), touched = new Uint8Array(n);
  for (let i = 0; i < n; i++)
    if (needed[i] < 1)
      for (let k = Math.max(0, i - look); k <= Math.min(n - 1, i + look); k++) lowest[k] = Math.min(lowest[k], needed[i]);
  for (let i = 0; i < n; i++)
    if (lowest[i] < 1) touched.fill(1, Math.max(0, i - look), Math.min(n, i + look + 1));
  for (let i = look; i < n - look; i++)
    if (touched[i]) {
      let sum = 0;
      for (let k = -look; k <= look; k++) sum += window[k + look] * lowest[i + k];
      gain[i] = sum;
    }
  for (const y of inner)
    for (let i = 0; i < y.length; i++) {
      const at = i + 2 * look;
      if (touched[at]) y[i] = Math.max(-peak, Math.min(y[i] * gain[at], peak));
    }
  return inner;
}
