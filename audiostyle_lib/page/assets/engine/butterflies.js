// The passes of a Fourier transform in double precision, one for each factor of its length, after Stockham: sums and
// differences of what lies n / r apart, turned, end up in order.

/**
 * @typedef {{re: Float64Array, im: Float64Array}} Complex
 * @typedef {(plan: {n: number, cos: Float64Array, sin: Float64Array}, r: number, stride: number,
 *   from: Complex, to: Complex) => void} Pass
 */

/** @type {Pass} */
function twoPass({ n, cos, sin }, r, s, { re: x, im: y }, { re: u, im: v }) {
  const m = n / s / 2, half = s * m;
  for (let p = 0; p < m; p++) {
    const c = cos[p * s], d = sin[p * s];
    for (let i = s * p, e = i + s, o = 2 * i; i < e; i++, o++) {
      const ar = x[i], ai = y[i], br = x[i + half], bi = y[i + half], dr = ar - br, di = ai - bi;
      u[o] = ar + br; v[o] = ai + bi;
      u[o + s] = dr * c - di * d; v[o + s] = dr * d + di * c;
    }
  }
}

/** @type {Pass} */
function fourPass({ n, cos, sin }, r, s, { re: x, im: y }, { re: u, im: v }) {
  const m = n / s / 4, q = s * m;
  for (let p = 0; p < m; p++) {
    const w = p * s, c1 = cos[w], s1 = sin[w], c2 = cos[2 * w], s2 = sin[2 * w], c3 = cos[3 * w], s3 = sin[3 * w];
    for (let i = w, e = i + s, o = 4 * w; i < e; i++, o++) {
      const j = i + q, k = j + q, l = k + q;
      const ar = x[i] + x[k], ai = y[i] + y[k], br = x[i] - x[k], bi = y[i] - y[k];
      const cr = x[j] + x[l], ci = y[j] + y[l], dr = y[j] - y[l], di = x[l] - x[j]; // d turned by -i
      const er = br + dr, ei = bi + di, fr = ar - cr, fi = ai - ci, gr = br - dr, gi = bi - di;
      u[o] = ar + cr; v[o] = ai + ci;
      u[o + s] = er * c1 - ei * s1; v[o + s] = er * s1 + ei * c1;
      u[o + 2 * s] = fr * c2 - fi * s2; v[o + 2 * s] = fr * s2 + fi * c2;
      u[o + 3 * s] = gr * c3 - gi * s3; v[o + 3 * s] = gr * s3 + gi * c3;
    }
  }
}

/** @type {Pass} */
function threePass({ n, cos, sin }, r, s, { re: x, im: y }, { re: u, im: v }) {
  const m = n / s / 3, q = s * m, root = Math.sqrt(3) / 2;
  for (let p = 0; p < m; p++) {
    const w = p * s, c1 = cos[w], s1 = sin[w], c2 = cos[2 * w], s2 = sin[2 * w];
    for (let i = w, e = i + s, o = 3 * w; i < e; i++, o++) {
      const j = i + q, k = j + q;
      const br = x[j] + x[k], bi = y[j] + y[k], dr = root * (y[j] - y[k]), di = root * (x[k] - x[j]);
      const ar = x[i] - br / 2, ai = y[i] - bi / 2, er = ar + dr, ei = ai + di, fr = ar - dr, fi = ai - di;
      u[o] = x[i] + br; v[o] = y[i] + bi;
      u[o + s] = er * c1 - ei * s1; v[o + s] = er * s1 + ei * c1;
      u[o + 2 * s] = fr * c2 - fi * s2; v[o + 2 * s] = fr * s2 + fi * c2;
    }
  }
}

/** @type {Pass} */
function fivePass({ n, cos, sin }, r, s, { re: x, im: y }, { re: u, im: v }) {
  const m = n / s / 5, q = s * m, turn = (2 * Math.PI) / 5;
  const k1 = Math.cos(turn), k2 = Math.cos(2 * turn), j1 = Math.sin(turn), j2 = Math.sin(2 * turn);
  for (let p = 0; p < m; p++) {
    const w = p * s, c1 = cos[w], s1 = sin[w], c2 = cos[2 * w], s2 = sin[2 * w];
    const c3 = cos[3 * w], s3 = sin[3 * w], c4 = cos[4 * w], s4 = sin[4 * w];
    for (let i = w, e = i + s, o = 5 * w; i < e; i++, o++) {
      const b = i + q, c = b + q, d = c + q, f = d + q, ar = x[i], ai = y[i];
      const pr = x[b] + x[f], pi = y[b] + y[f], qr = x[c] + x[d], qi = y[c] + y[d];
      const tr = y[b] - y[f], ti = x[f] - x[b], hr = y[c] - y[d], hi = x[d] - x[c]; // turned by -i
      const er = ar + k1 * pr + k2 * qr, ei = ai + k1 * pi + k2 * qi, gr = ar + k2 * pr + k1 * qr;
      const gi = ai + k2 * pi + k1 * qi, lr = j1 * tr + j2 * hr, li = j1 * ti + j2 * hi;
      const mr = j2 * tr - j1 * hr, mi = j2 * ti - j1 * hi;
      const r1 = er + lr, i1 = ei + li, r4 = er - lr, i4 = ei - li;
      const r2 = gr + mr, i2 = gi + mi, r3 = gr - mr, i3 = gi - mi;
      u[o] = ar + pr + qr; v[o] = ai + pi + qi;
      u[o + s] = r1 * c1 - i1 * s1; v[o + s] = r1 * s1 + i1 * c1;
      u[o + 2 * s] = r2 * c2 - i2 * s2; v[o + 2 * s] = r2 * s2 + i2 * c2;
      u[o + 3 * s] = r3 * c3 - i3 * s3; v[o + 3 * s] = r3 * s3 + i3 * c3;
      u[o + 4 * s] = r4 * c4 - i4 * s4; v[o + 4 * s] = r4 * s4 + i4 * c4;
    }
  }
}

/** @type {Pass} */
function sevenPass({ n, cos, sin }, r, s, { re: x, im: y }, { re: u, im: v }) {
  const m = n / s / 7, q = s * m, turn = (2 * Math.PI) / 7;
  const k1 = Math.cos(turn), k2 = Math.cos(2 * turn), k3 = Math.cos(3 * turn);
  const j1 = Math.sin(turn), j2 = Math.sin(2 * turn), j3 = Math.sin(3 * turn);
  for (let p = 0; p < m; p++) {
    const w = p * s, c1 = cos[w], s1 = sin[w], c2 = cos[2 * w], s2 = sin[2 * w], c3 = cos[3 * w], s3 = sin[3 * w];
    const c4 = cos[4 * w], s4 = sin[4 * w], c5 = cos[5 * w], s5 = sin[5 * w], c6 = cos[6 * w], s6 = sin[6 * w];
    for (let i = w, e = i + s, o = 7 * w; i < e; i++, o++) {
      const b = i + q, c = b + q, d = c + q, f = d + q, g = f + q, h = g + q, ar = x[i], ai = y[i];
      const pr = x[b] + x[h], pi = y[b] + y[h], qr = x[c] + x[g], qi = y[c] + y[g], tr = x[d] + x[f], ti = y[d] + y[f];
      const br = y[b] - y[h], bi = x[h] - x[b], cr = y[c] - y[g], ci = x[g] - x[c]; // turned by -i
      const dr = y[d] - y[f], di = x[f] - x[d];
      const er = ar + k1 * pr + k2 * qr + k3 * tr, ei = ai + k1 * pi + k2 * qi + k3 * ti;
      const fr = ar + k2 * pr + k3 * qr + k1 * tr, fi = ai + k2 * pi + k3 * qi + k1 * ti;
      const gr = ar + k3 * pr + k1 * qr + k2 * tr, gi = ai + k3 * pi + k1 * qi + k2 * ti;
      const hr = j1 * br + j2 * cr + j3 * dr, hi = j1 * bi + j2 * ci + j3 * di;
      const lr = j2 * br - j3 * cr - j1 * dr, li = j2 * bi - j3 * ci - j1 * di;
      const mr = j3 * br - j1 * cr + j2 * dr, mi = j3 * bi - j1 * ci + j2 * di;
      const r1 = er + hr, i1 = ei + hi, r6 = er - hr, i6 = ei - hi, r2 = fr + lr, i2 = fi + li;
      const r5 = fr - lr, i5 = fi - li, r3 = gr + mr, i3 = gi + mi, r4 = gr - mr, i4 = gi - mi;
      u[o] = ar + pr + qr + tr; v[o] = ai + pi + qi + ti;
      u[o + s] = r1 * c1 - i1 * s1; v[o + s] = r1 * s1 + i1 * c1;
      u[o + 2 * s] = r2 * c2 - i2 * s2; v[o + 2 * s] = r2 * s2 + i2 * c2;
      u[o + 3 * s] = r3 * c3 - i3 * s3; v[o + 3 * s] = r3 * s3 + i3 * c3;
      u[o + 4 * s] = r4 * c4 - i4 * s4; v[o + 4 * s] = r4 * s4 + i4 * c4;
      u[o + 5 * s] = r5 * c5 - i5 * s5; v[o + 5 * s] = r5 * s5 + i5 * c5;
      u[o + 6 * s] = r6 * c6 - i6 * s6; v[o + 6 * s] = r6 * s6 + i6 * c6;
    }
  }
}

/**
 * Any odd factor: what lies opposite is added and subtracted first, which halves the work.
 * @type {Pass}
 */
function oddPass({ n, cos, sin }, r, s, { re: x, im: y }, { re: u, im: v }) {
  const m = n / s / r, q = s * m, h = (r - 1) / 2;
  const pr = new Float64Array(h), pi = new Float64Array(h), dr = new Float64Array(h), di = new Float64Array(h);
  const c = new Float64Array(h * h), d = new Float64Array(h * h);
  for (let j = 0; j < h; j++)
    for (let l = 0; l < h; l++) {
      const angle = (2 * Math.PI * (((j + 1) * (l + 1)) % r)) / r;
      c[j * h + l] = Math.cos(angle);
      d[j * h + l] = Math.sin(angle);
    }
  for (let p = 0; p < m; p++)
    for (let k = 0; k < s; k++) {
      const i = s * p + k, o = s * r * p + k;
      const ar = x[i], ai = y[i];
      let tr = ar, ti = ai;
      for (let l = 0, f = i + q, b = i + (r - 1) * q; l < h; l++, f += q, b -= q) {
        tr += pr[l] = x[f] + x[b]; ti += pi[l] = y[f] + y[b];
        dr[l] = y[f] - y[b]; di[l] = x[b] - x[f]; // turned by -i
      }
      u[o] = tr; v[o] = ti;
      for (let j = 0; j < h; j++) {
        let er = ar, ei = ai, fr = 0, fi = 0;
        for (let l = 0, a = j * h; l < h; l++, a++) {
          er += c[a] * pr[l]; ei += c[a] * pi[l];
          fr += d[a] * dr[l]; fi += d[a] * di[l];
        }
        const w = p * s * (j + 1), z = p * s * (r - 1 - j), a = o + s * (j + 1), b = o + s * (r - 1 - j);
        u[a] = (er + fr) * cos[w] - (ei + fi) * sin[w]; v[a] = (er + fr) * sin[w] + (ei + fi) * cos[w];
        u[b] = (er - fr) * cos[z] - (ei - fi) * sin[z]; v[b] = (er - fr) * sin[z] + (ei - fi) * cos[z];
      }
    }
}

/**
 * The pass for a factor.
 * @param {number} r
 * @returns {Pass}
 */
export function butterflies(r) {
  return [null, null, twoPass, threePass, fourPass, fivePass, null, sevenPass][r] ?? oddPass;
}
