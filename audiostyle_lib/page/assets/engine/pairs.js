// Two real sounds by one complex transform: one is its real, the other its imaginary part. Spectra lie in rows of bins,
// of which there may be fewer than half the transform's.

/** @typedef {{re: Float32Array, im: Float32Array}} Rows spectra of all sounds, one after the other */

/** The first bins of the spectra of two sounds, out of the blocks (whole_fft.js) of their transform.
 * @param {Float32Array} M @param {number} at where the blocks lie
 * @param {number} n elements @param {number} nBins
 * @param {Rows} rows @param {number} one row @param {number} two row, negative if there is none
 */
export function splitPair(M, at, n, nBins, { re, im }, one, two) {
  for (let k = 0, i = one * nBins, j = two * nBins; k < nBins; k++, i++, j++) {
    const l = k ? n - k : 0, a = at + 8 * (k >> 2) + (k & 3), b = at + 8 * (l >> 2) + (l & 3);
    const ar = M[a], ai = M[a + 4], br = M[b], bi = M[b + 4];
    re[i] = 0.5 * (ar + br);
    im[i] = 0.5 * (ai - bi);
    if (two >= 0) {
      re[j] = 0.5 * (ai + bi);
      im[j] = 0.5 * (br - ar);
    }
  }
}

/** The way back: spectra of two real sounds as that of one complex sound; other bins are zero. Imaginary parts at 0 and
 * at half the rate do not count.
 * @param {Float32Array} M @param {number} x where real parts go @param {number} y where imaginary ones go
 * @param {number} n elements @param {number} nBins
 * @param {Rows} rows @param {number} one row @param {number} two row, negative if there is none
 * @param {number} inner factor of bins that count twice @param {number} outer of the other two
 */
export function joinPair(M, x, y, n, nBins, { re, im }, one, two, inner, outer) {
  M.fill(0, x + nBins, x + n - nBins + 1);
  M.fill(0, y + nBins, y + n - nBins + 1);
  for (let k = 0, i = one * nBins, j = two * nBins; k < nBins; k++, i++, j++) {
    const edge = k === 0 || 2 * k === n, scale = edge ? outer : inner;
    const ar = scale * re[i], ai = edge ? 0 : scale * im[i];
    const br = two >= 0 ? scale * re[j] : 0, bi = two >= 0 && !edge ? scale * im[j] : 0;
    M[x + k] = ar - bi;
    M[y + k] = ai + br;
    if (edge) continue;
    M[x + n - k] = ar + bi;
    M[y + n - k] = br - ai;
  }
}
