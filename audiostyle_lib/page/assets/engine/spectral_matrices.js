// Matrices in every frequency bin: cross-spectral ones of a sound's channels, their eigenvectors, and filters made of
// these; as the functions of spatial.py. Element (i, j) of bin k is at (k * c + i) * c + j.
import { K } from "./constants.js";
import { eighComplex } from "./eigen.js";
import { RealFFT } from "./fft.js";
import { fastLengthReal } from "./lengths.js";
import { roundEven } from "./sums.js";

/** @typedef {{re: Float64Array, im: Float64Array, c: number}} Matrices */

/**
 * Cross-spectral matrices of channels, smoothed.
 * @param {Float32Array[]} Y
 * @param {import("./stft.js").STFT} stft
 * @returns {Matrices}
 */
export function crossSpectra(Y, stft) {
  const c = Y.length, { nBins } = stft, size = c * c, D = Y.map((y) => stft.complex(y)), n = D[0].re.length / nBins;
  const re = new Float64Array(nBins * size), im = new Float64Array(nBins * size);
  for (let i = 0; i < c; i++)
    for (let j = 0; j < c; j++)
      for (let at = 0, k = 0; at < D[i].re.length; at++, k = k + 1 === nBins ? 0 : k + 1) {
        re[k * size + i * c + j] += (D[i].re[at] * D[j].re[at] + D[i].im[at] * D[j].im[at]) / n;
        im[k * size + i * c + j] += (D[i].im[at] * D[j].re[at] - D[i].re[at] * D[j].im[at]) / n;
      }
  return { re: smoothedBins(re, nBins, size), im: smoothedBins(im, nBins, size), c };
}

/**
 * @param {Float64Array} x
 * @param {number} nBins
 * @param {number} size
 */
function smoothedBins(x, nBins, size) {
  const total = new Float64Array(x.length + size), found = new Float64Array(x.length);
  for (let i = 0; i < x.length; i++) total[i + size] = total[i] + x[i];
  for (let k = 0; k < nBins; k++) {
    const wide = Math.max(K.spatial.SMOOTH_BINS, roundEven(k * (2 ** (K.spatial.SMOOTH_OCTAVES / 2) - 1)));
    const low = Math.max(0, k - wide), high = Math.min(nBins, k + wide + 1);
    for (let i = 0; i < size; i++) found[k * size + i] = (total[high * size + i] - total[low * size + i]) / (high - low);
  }
  return found;
}

/**
 * Eigenvectors of cross-spectral matrices, as columns. From bin to bin they go on as smoothly as they can. In all, the
 * strongest comes first, or they come in the order of those that they are most `like`.
 * @param {Matrices} S
 * @param {Matrices} [like]
 * @returns {Matrices}
 */
export function principalMatrices({ re, im, c }, like) {
  const size = c * c, nBins = re.length / size, sums = new Float64Array(c), found = newMatrices(nBins, c);
  /** @type {{re: Float64Array, im: Float64Array}[]} */
  let before = [];
  for (let k = 0; k < nBins; k++) {
    const { values, vectors } = eighComplex(re.subarray(k * size, (k + 1) * size), im.subarray(k * size, (k + 1) * size), c);
    const free = vectors.map((_, i) => i);
    // In the first bin each begins with a real number, as LAPACK has them.
    const now = (before.length ? before : vectors).map((last, place) => {
      const inner = free.map((i) => (before.length ? innerProduct(last, vectors[i])
        : { a: Number(i === place) * vectors[i].re[0], b: Number(i === place) * vectors[i].im[0] }));
      const sizes = inner.map(({ a, b }) => Math.hypot(a, b)), best = sizes.indexOf(Math.max(...sizes));
      const [which] = free.splice(best, 1), { a, b } = inner[best], length = sizes[best];
      sums[place] += values[which];
      const [c_, s_] = length > 1e-9 ? [a / length, -b / length] : [1, 0];
      const { re: x, im: y } = vectors[which];
      return { re: x.map((v, i) => v * c_ - y[i] * s_), im: y.map((v, i) => v * c_ + x[i] * s_) };
    });
    now.forEach((vector, place) => {
      for (let i = 0; i < c; i++) {
        found.re[k * size + i * c + place] = vector.re[i];
        found.im[k * size + i * c + place] = vector.im[i];
      }
    });
    before = now;
  }
  const best = like ? mostLike(re, found, like) : Array.from(sums.keys()).sort((i, j) => sums[j] - sums[i]);
  const sorted = newMatrices(nBins, c);
  for (let at = 0; at < found.re.length; at += c)
    for (let j = 0; j < c; j++) {
      sorted.re[at + j] = found.re[at + best[j]];
      sorted.im[at + j] = found.im[at + best[j]];
    }
  return sorted;
}

/**
 * @param {number} nBins
 * @param {number} c
 * @returns {Matrices}
 */
function newMatrices(nBins, c) {
  return { re: new Float64Array(nBins * c * c), im: new Float64Array(nBins * c * c), c };
}

/**
 * @param {{re: Float64Array, im: Float64Array}} u conjugated
 * @param {{re: Float64Array, im: Float64Array}} v
 */
function innerProduct(u, v) {
  let a = 0, b = 0;
  for (let i = 0; i < u.re.length; i++) {
    a += u.re[i] * v.re[i] + u.im[i] * v.im[i];
    b += u.re[i] * v.im[i] - u.im[i] * v.re[i];
  }
  return { a, b };
}

/**
 * Which column of U goes with each of `like`, so that in all bins together they share most.
 * @param {Float64Array} power real parts of the cross-spectral matrices
 * @param {Matrices} U
 * @param {Matrices} like
 */
function mostLike(power, U, like) {
  const { c } = U, size = c * c, shared = new Float64Array(size);
  for (let first = 0; first < power.length; first += size) {
    let loud = 0;
    for (let i = 0; i < c; i++) loud += power[first + i * c + i];
    for (let i = 0; i < c; i++)
      for (let j = 0; j < c; j++) {
        let a = 0, b = 0;
        for (let row = first; row < first + size; row += c) {
          a += like.re[row + i] * U.re[row + j] + like.im[row + i] * U.im[row + j];
          b += like.re[row + i] * U.im[row + j] - like.im[row + i] * U.re[row + j];
        }
        shared[i * c + j] += loud * (a * a + b * b);
      }
  }
  // The best of all assignments, by sets of columns that the first rows take.
  /** @type {Map<number, {sum: number, columns: number[]}>} */
  let best = new Map([[0, { sum: 0, columns: [] }]]);
  for (let i = 0; i < c; i++) {
    const next = new Map();
    for (const [taken, { sum, columns }] of best)
      for (let j = 0; j < c; j++) {
        const set = taken | (1 << j), whole = sum + shared[i * c + j];
        if (set !== taken && !(next.get(set)?.sum >= whole)) next.set(set, { sum: whole, columns: [...columns, j] });
      }
    best = next;
  }
  return /** @type {{columns: number[]}} */ (best.get(2 ** c - 1)).columns;
}

/**
 * Filters, one array of taps for each (i, j), of frequency responses U, or of their conjugate transposes; they fade to
 * nothing at their ends.
 * @param {Matrices} U
 * @param {{adjoint?: boolean}} [options]
 * @returns {Float32Array[][]}
 */
export function filterTaps({ re, im, c }, { adjoint = false } = {}) {
  const size = c * c, nBins = re.length / size, n = 2 * (nBins - 1), fft = new RealFFT(n);
  const row = () => Array.from({ length: c }, (_, j) => j);
  return row().map((i) => row().map((j) => {
    const at = adjoint ? j * c + i : i * c + j, a = new Float32Array(nBins), b = new Float32Array(nBins);
    for (let k = 0; k < nBins; k++) {
      a[k] = re[k * size + at];
      b[k] = adjoint ? -im[k * size + at] : im[k * size + at];
    }
    const h = new Float32Array(n);
    fft.inverse(a, b, h);
    return Float32Array.from({ length: n }, (_, t) =>
      h[(t + n / 2) % n] * Math.sqrt(0.5 - 0.5 * Math.cos((2 * Math.PI * t) / n)));
  }));
}

/**
 * Each output is the sum of the inputs `Y` through filters `h[i][j]`, without delay: what comes before and after is
 * silence, or of a loop the other end.
 * @param {Float32Array[]} Y
 * @param {Float32Array[][]} h
 * @param {{loop?: boolean}} [options]
 * @returns {Float32Array[]}
 */
export function filtered(Y, h, { loop = false } = {}) {
  const n = Y[0].length, nTaps = h[0][0].length, half = nTaps >> 1, chunk = Math.min(n, K.spatial.CHUNK);
  const fft = new RealFFT(fastLengthReal(chunk + 2 * half + nTaps)), { nBins } = fft;
  const make = () => ({ re: new Float32Array(nBins), im: new Float32Array(nBins) });
  const spectrum = (/** @type {Float32Array} */ x) => {
    const S = make(), padded = new Float32Array(fft.n);
    padded.set(x);
    fft.forward(padded, S.re, S.im);
    return S;
  };
  const H = h.map((row) => row.map(spectrum)), out = h.map(() => new Float32Array(n));
  for (let start = 0; start < n; start += chunk) {
    const count = Math.min(chunk, n - start);
    const X = Y.map((y) => spectrum(Float32Array.from({ length: count + 2 * half }, (_, i) => {
      const at = start - half + i;
      return loop ? y[((at % n) + n) % n] : y[at] ?? 0;
    })));
    H.forEach((row, i) => {
      const S = make(), y = new Float32Array(fft.n);
      row.forEach(({ re, im }, j) => {
        for (let k = 0; k < nBins; k++) {
          S.re[k] += re[k] * X[j].re[k] - im[k] * X[j].im[k];
          S.im[k] += re[k] * X[j].im[k] + im[k] * X[j].re[k];
        }
      });
      fft.inverse(S.re, S.im, y);
      out[i].set(y.subarray(2 * half, 2 * half + count), start);
    });
  }
  return out;
}
