// The passes of a Fourier transform (kernels.wat) in plain JavaScript, with the same arguments, for pages where
// nothing may be compiled.

/** @param {Float32Array} M the memory */
export function passes(M) {
  /** @typedef {number} N */
  const turned = (/** @type {N} */ y, /** @type {N} */ re, /** @type {N} */ im, /** @type {N} */ w) => {
    M[y] = re * M[w] - im * M[w + 1];
    M[y + 4] = re * M[w + 1] + im * M[w];
  };
  // Each butterfly of each column, and of four sounds: `each(x, y, tw)`.
  const all = (/** @type {N} */ x, /** @type {N} */ y, /** @type {N} */ s, /** @type {N} */ m, /** @type {N} */ tw,
    /** @type {N} */ r, /** @type {(x: N, y: N, tw: N) => void} */ each) => {
    for (let p = 0; p < m; p++)
      for (let q = 0; q < s; q += 8)
        for (let lane = q; lane < q + 4; lane++) each(x + p * s + lane, y + p * r * s + lane, tw + 2 * p * (r - 1));
  };
  const pass2 = (/** @type {N[]} */ ...bytes) => {
    const [x0, y0, s, , tw0] = bytes.map((b) => b / 4), m = bytes[3], far = s * m;
    all(x0, y0, s, m, tw0, 2, (x, y, tw) => {
      const ar = M[x], ai = M[x + 4], br = M[x + far], bi = M[x + far + 4];
      M[y] = ar + br;
      M[y + 4] = ai + bi;
      turned(y + s, ar - br, ai - bi, tw);
    });
  };
  const pass4 = (/** @type {N[]} */ ...bytes) => {
    const [x0, y0, s, , tw0] = bytes.map((b) => b / 4), m = bytes[3], far = s * m;
    all(x0, y0, s, m, tw0, 4, (x, y, tw) => {
      const b = x + far, c = b + far, d = c + far;
      const pr = M[x] + M[c], pi = M[x + 4] + M[c + 4], ar = M[x] - M[c], ai = M[x + 4] - M[c + 4];
      const qr = M[b] + M[d], qi = M[b + 4] + M[d + 4], cr = M[b + 4] - M[d + 4], ci = M[d] - M[b];
      M[y] = pr + qr;
      M[y + 4] = pi + qi;
      turned(y + s, ar + cr, ai + ci, tw);
      turned(y + 2 * s, pr - qr, pi - qi, tw + 2);
      turned(y + 3 * s, ar - cr, ai - ci, tw + 4);
    });
  };
  const passOdd = (/** @type {N[]} */ ...bytes) => {
    const [x0, y0, s, , tw0, , turns] = bytes.map((b) => b / 4), m = bytes[3], h = bytes[5], far = s * m, r = 2 * h + 1;
    all(x0, y0, s, m, tw0, r, (x, y, tw) => {
      let sumRe = M[x], sumIm = M[x + 4];
      for (let j = 1; j < r; j++) { sumRe += M[x + j * far]; sumIm += M[x + j * far + 4]; }
      M[y] = sumRe;
      M[y + 4] = sumIm;
      for (let k = 1, turn = turns; k <= h; k++) {
        let pr = M[x], pi = M[x + 4], qr = 0, qi = 0;
        for (let j = 1; j <= h; j++, turn += 2) {
          const low = x + j * far, high = x + (r - j) * far;
          pr += M[turn] * (M[low] + M[high]);
          pi += M[turn] * (M[low + 4] + M[high + 4]);
          qr += M[turn + 1] * (M[low] - M[high]);
          qi += M[turn + 1] * (M[low + 4] - M[high + 4]);
        }
        turned(y + k * s, pr + qi, pi - qr, tw + 2 * (k - 1));
        turned(y + (r - k) * s, pr - qi, pi + qr, tw + 2 * (r - k - 1));
      }
    });
  };
  return { pass2, pass4, passOdd };
}
