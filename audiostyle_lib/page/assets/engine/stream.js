// A generator's endless sound, as generator.py, sounding.py and stream.py have it, sample by sample.
import { K } from "./constants.js";
import { irfft, rfft } from "./fft.js";
import { weighted } from "./knob.js";
import { joinedPieces, limited } from "./limiter.js";
import { derivedSeed } from "./random.js";
import { STFT } from "./stft.js";

/**
 * Endless pieces of sound, at the recordings' level and from zero; channels of each.
 * @param {import("./generator.js").TextureGenerator} made
 * @param {number} seed
 * @param {() => number} [turn] where the knob stands, asked for every stretch
 * @param {number} [nIter]
 * @returns {Generator<Float32Array[]>}
 */
export function* textureStream(made, seed, turn = () => 0, nIter = K.generator.N_ITER) {
  const { kept, nParts, tensors } = made, stft = new STFT(kept.nFft, kept.hopLength);
  /** @type {import("./knob.js").Shares[]} */
  const heard = [];
  const path = remembered(made.knob.path(turn, made.stretch), heard);
  const parts = joined(stft, nParts, made.stretches(seed, path), nIter, seed);
  const pieces = imaged(weighted(parts, heard, kept.gains, kept.hopLength), tensors.taps);
  yield* limited(fromZero(allChannels(pieces, kept.layout), kept.sr), kept.sr);
}

/**
 * @template T
 * @param {Iterable<T>} items
 * @param {T[]} seen they are added to it
 */
function* remembered(items, seen) {
  for (const item of items) {
    seen.push(item);
    yield item;
  }
}

/**
 * Principal channels of successive stretches, whose phases continue across the joints. Some frames late.
 * @param {STFT} stft
 * @param {number} nParts
 * @param {Iterable<Float32Array>} spectrograms each (n, parts * bins), going on where the one before ended
 * @param {number} nIter
 * @param {number} seed
 * @returns {Generator<Float32Array[]>}
 */
export function* joined(stft, nParts, spectrograms, nIter, seed) {
  const { OVERLAP, HELD } = K.sounding, { hopLength, nFft, nBins } = stft, all = nBins * nParts;
  const fixed = OVERLAP - HELD - nFft / (2 * hopLength);
  let number = 0, before = new Float32Array(0);
  /** @type {Record<"ready" | "held" | "sound", Float32Array>[]} of each part: to play, not yet, and the end of both */
  let ends = [];
  for (const fresh of spectrograms) {
    const overlap = before.length / all, n = overlap + fresh.length / all, S = new Float32Array(n * all);
    S.set(before);
    S.set(fresh, before.length);
    before = S.slice((n - OVERLAP) * all);
    ends = Array.from({ length: nParts }, (_, p) => {
      const own = new Float32Array(n * nBins), length = (n - 1) * hopLength, first = !number;
      for (let t = 0; t < n; t++) own.set(S.subarray(t * all + p * nBins, t * all + (p + 1) * nBins), t * nBins);
      const guess = first ? undefined : stft.complex(ends[p].sound);
      const known = guess && { re: guess.re.slice(0, fixed * nBins), im: guess.im.slice(0, fixed * nBins) };
      const seeded = derivedSeed(seed, "phases", number, p);
      const out = stft.inverse(own, { length, nIter, seed: seeded, known, guess });
      const y = first ? out : out.slice((OVERLAP - 1 - HELD) * hopLength);
      if (!first) {
        const { held } = ends[p]; // one version fades into the other
        for (let i = 0; i < nFft; i++) y[i] = held[i] + (i / (nFft - 1)) * (y[i] - held[i]);
      }
      const cut = y.length - HELD * hopLength;
      return { ready: y.slice(0, cut), held: y.slice(cut), sound: y.slice(y.length - (OVERLAP - 1) * hopLength) };
    });
    number += 1;
    yield ends.map(({ ready }) => ready);
  }
}

/**
 * Weighted principal channels (k * parts) turned to the distinct ones, half a filter late; without filters their sum.
 * @param {Iterable<Float32Array[]>} pieces
 * @param {import("./packed.js").Tensor | undefined} taps (k, distinct, parts, nTaps)
 * @returns {Generator<Float32Array[]>}
 */
function* imaged(pieces, taps) {
  if (!taps) {
    for (const piece of pieces) yield [piece.reduce((a, b) => a.map((v, i) => v + b[i]))];
    return;
  }
  const [k, distinct, parts, nTaps] = taps.shape, half = nTaps / 2;
  /** @type {Map<number, {re: Float32Array, im: Float32Array}[]>} */
  const spectra = new Map();
  /** @type {Float32Array[] | null} */
  let waiting = null;
  for (const piece of pieces) {
    /** @type {Float32Array[] | null} */
    const old = waiting;
    const first = !old;
    /** @type {Float32Array[]} */
    const all = old ? piece.map((y, i) => joinedPieces([old[i], y])) : piece;
    const n = all[0].length, size = 2 ** Math.ceil(Math.log2(n + nTaps));
    if (!spectra.has(size)) {
      spectra.clear();
      spectra.set(size, Array.from({ length: k * distinct * parts }, (_, i) =>
        rfft(padded(taps.values.subarray(i * nTaps, (i + 1) * nTaps), size))));
    }
    const H = /** @type {{re: Float32Array, im: Float32Array}[]} */ (spectra.get(size));
    const X = all.map((y) => rfft(padded(y, size)));
    waiting = all.map((y) => y.slice(-2 * half));
    if (n <= (first ? half : 2 * half)) { waiting = all; continue; }
    yield Array.from({ length: distinct }, (_, d) => {
      const re = new Float32Array(size / 2 + 1), im = re.slice();
      X.forEach((x, i) => {
        const h = H[(Math.floor(i / parts) * distinct + d) * parts + (i % parts)];
        for (let f = 0; f < re.length; f++) {
          re[f] += x.re[f] * h.re[f] - x.im[f] * h.im[f];
          im[f] += x.re[f] * h.im[f] + x.im[f] * h.re[f];
        }
      });
      return irfft(re, im, size).slice(first ? half : nTaps, n); // centred, without the last half
    });
  }
}

/**
 * Distinct channels spread to all, by rows of 0, 1 and -1.
 * @param {Iterable<Float32Array[]>} pieces
 * @param {number[][]} layout
 */
function* allChannels(pieces, layout) {
  for (const piece of pieces)
    yield layout.map((row) => {
      const which = row.findIndex((v) => v !== 0);
      return which < 0 ? new Float32Array(piece[0].length) : piece[which].map((v) => row[which] * v);
    });
}

/**
 * The first piece fades in.
 * @param {Iterable<Float32Array[]>} pieces
 * @param {number} sr
 */
function* fromZero(pieces, sr) {
  let first = true;
  for (const piece of pieces) {
    const n = Math.min(Math.round(K.levels.FADE_SECONDS * sr), Math.floor(piece[0].length / 2));
    if (first) for (const y of piece) for (let i = 0; i < n; i++) y[i] *= 0.5 - 0.5 * Math.cos((Math.PI * i) / n);
    first = false;
    yield piece;
  }
}

/**
 * Numbers, and zeros after them.
 * @param {Float32Array} y
 * @param {number} size
 */
function padded(y, size) {
  const out = new Float32Array(size);
  out.set(y);
  return out;
}
