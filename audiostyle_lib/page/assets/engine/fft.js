// Fourier transforms of real sounds, one or many of one length, and of complex ones; any length, in float32.
import { LANES, complexFFT, isShort, kept } from "./complex_fft.js";

/** Transforms of real sounds of length n, as `torch.fft.rfft` and `irfft`. */
export class RealFFT {
  /** @param {number} n */
  constructor(n) {
    this.n = n;
    this.nBins = (n >> 1) + 1;
    this.short = isShort(n);
  }

  /**
   * Spectra (count, nBins) of sounds (count, n).
   * @param {Float32Array} y
   * @param {Float32Array} re overwritten
   * @param {Float32Array} im overwritten
   * @param {number} [count]
   */
  forward(y, re, im, count = 1) {
    const { n, nBins } = this;
    if (!this.short) {
      for (let i = 0; i < count; i++) this.forwardLong(y, i * n, re, im, i * nBins);
      return;
    }
    // Two sounds by one transform: one as real, the next as imaginary parts.
    const fft = complexFFT(n, LANES), z = new Float32Array(2 * LANES * n);
    for (let first = 0; first < count; first += 2 * LANES) {
      const rows = Math.min(2 * LANES, count - first);
      if (rows % 2) z.fill(0); // or what is left there would be the last one's neighbour
      for (let r = 0; r < rows; r++)
        for (let i = 0, at = (first + r) * n, to = place(r); i < n; i++, to += 2 * LANES) z[to] = y[at + i];
      fft.run(z);
      for (let r = 0; r < rows; r += 2)
        for (let k = 0, to = (first + r) * nBins; k < nBins; k++, to++) {
          const a = place(r) + 2 * LANES * k, b = place(r) + 2 * LANES * (k ? n - k : 0);
          re[to] = 0.5 * (z[a] + z[b]);
          im[to] = 0.5 * (z[a + LANES] - z[b + LANES]);
          if (r + 1 < rows) {
            re[to + nBins] = 0.5 * (z[a + LANES] + z[b + LANES]);
            im[to + nBins] = 0.5 * (z[b] - z[a]);
          }
        }
    }
  }

  /**
   * Sounds (count, n) of spectra (count, nBins); imaginary parts at 0 and at half the rate do not count.
   * @param {Float32Array} re
   * @param {Float32Array} im
   * @param {Float32Array} y overwritten
   * @param {number} [count]
   */
  inverse(re, im, y, count = 1) {
    const { n, nBins } = this;
    if (!this.short) {
      for (let i = 0; i < count; i++) this.inverseLong(re, im, i * nBins, y, i * n);
      return;
    }
    const fft = complexFFT(n, LANES), z = new Float32Array(2 * LANES * n);
    for (let first = 0; first < count; first += 2 * LANES) {
      const rows = Math.min(2 * LANES, count - first);
      for (let r = 0; r < rows; r += 2)
        for (let k = 0, at = (first + r) * nBins; k < nBins; k++, at++) {
          // The conjugate of A + iB, so that the forward transform goes back.
          const edge = k === 0 || 2 * k === n, two = r + 1 < rows;
          const ar = re[at] / n, ai = edge ? 0 : im[at] / n;
          const br = two ? re[at + nBins] / n : 0, bi = two && !edge ? im[at + nBins] / n : 0;
          const a = place(r) + 2 * LANES * k, b = place(r) + 2 * LANES * (n - k);
          z[a] = ar - bi; z[a + LANES] = -(ai + br);
          if (!edge) { z[b] = ar + bi; z[b + LANES] = ai - br; }
        }
      fft.run(z);
      for (let r = 0; r < rows; r++) {
        const sign = r & 1 ? -1 : 1;
        for (let i = 0, to = (first + r) * n, at = place(r); i < n; i++, at += 2 * LANES) y[to + i] = sign * z[at];
      }
    }
  }

  /**
   * One sound: of an even length its even samples are real, its odd ones imaginary parts.
   * @param {Float32Array} y
   * @param {number} at
   * @param {Float32Array} re
   * @param {Float32Array} im
   * @param {number} to
   */
  forwardLong(y, at, re, im, to) {
    const { n, nBins } = this;
    if (n % 2) {
      const z = new Float32Array(2 * n);
      for (let i = 0; i < n; i++) z[2 * i] = y[at + i];
      complexFFT(n, 1).run(z);
      for (let k = 0; k < nBins; k++) { re[to + k] = z[2 * k]; im[to + k] = z[2 * k + 1]; }
      return;
    }
    const m = n / 2, z = y.slice(at, at + n);
    complexFFT(m, 1).run(z);
    for (let k = 0; k <= m; k++) {
      const a = 2 * (k % m), b = 2 * ((m - k) % m), c = Math.cos((Math.PI * k) / m), s = Math.sin((Math.PI * k) / m);
      const er = 0.5 * (z[a] + z[b]), ei = 0.5 * (z[a + 1] - z[b + 1]);
      const or = 0.5 * (z[a + 1] + z[b + 1]), oi = 0.5 * (z[b] - z[a]);
      re[to + k] = er + or * c + oi * s;
      im[to + k] = ei + oi * c - or * s;
    }
  }

  /**
   * @param {Float32Array} re
   * @param {Float32Array} im
   * @param {number} at
   * @param {Float32Array} y
   * @param {number} to
   */
  inverseLong(re, im, at, y, to) {
    const { n, nBins } = this;
    if (n % 2) {
      const z = new Float32Array(2 * n);
      for (let k = 0; k < nBins; k++) {
        z[2 * k] = re[at + k] / n;
        z[2 * k + 1] = k ? -im[at + k] / n : 0;
        if (k) { z[2 * (n - k)] = re[at + k] / n; z[2 * (n - k) + 1] = im[at + k] / n; }
      }
      complexFFT(n, 1).run(z);
      for (let i = 0; i < n; i++) y[to + i] = z[2 * i];
      return;
    }
    const m = n / 2, z = new Float32Array(n);
    for (let k = 0; k < m; k++) {
      const c = Math.cos((Math.PI * k) / m), s = Math.sin((Math.PI * k) / m), b = at + m - k;
      const ar = re[at + k], ai = k ? im[at + k] : 0, br = re[b], bi = k ? -im[b] : 0;
      const er = ar + br, ei = ai + bi, dr = ar - br, di = ai - bi;
      z[2 * k] = (er - (di * c + dr * s)) / n; // conjugate, as above
      z[2 * k + 1] = -(ei + dr * c - di * s) / n;
    }
    complexFFT(m, 1).run(z);
    for (let i = 0; i < m; i++) { y[to + 2 * i] = z[2 * i]; y[to + 2 * i + 1] = -z[2 * i + 1]; }
  }
}

/**
 * Where sound r of eight begins in a buffer of four lanes.
 * @param {number} r
 */
function place(r) {
  return (r >> 1) + (r & 1 ? LANES : 0);
}

/** Transforms of one sound of length n, real or complex, and the ways that gradients go back through them. */
class Plan {
  /** @param {number} n */
  constructor(n) {
    this.n = n;
    this.nBins = (n >> 1) + 1;
    this.realFFT = new RealFFT(n);
  }

  /**
   * As `torch.fft.fft`, in place.
   * @param {Float32Array} re
   * @param {Float32Array} im
   */
  forward(re, im) {
    const { n } = this, z = new Float32Array(2 * n);
    for (let i = 0; i < n; i++) { z[2 * i] = re[i]; z[2 * i + 1] = im[i]; }
    complexFFT(n, 1).run(z);
    for (let i = 0; i < n; i++) { re[i] = z[2 * i]; im[i] = z[2 * i + 1]; }
  }

  /**
   * As `n * torch.fft.ifft`, in place.
   * @param {Float32Array} re
   * @param {Float32Array} im
   */
  inverse(re, im) {
    this.forward(im, re);
  }

  /**
   * As `torch.fft.rfft`.
   * @param {Float32Array} y
   * @param {Float32Array} re overwritten
   * @param {Float32Array} im overwritten
   */
  real(y, re, im) {
    this.realFFT.forward(y, re, im);
  }

  /**
   * As `torch.fft.irfft`.
   * @param {Float32Array} re
   * @param {Float32Array} im
   * @param {Float32Array} y overwritten
   */
  inverseReal(re, im, y) {
    this.realFFT.inverse(re, im, y);
  }

  /**
   * From the gradient of a spectrum that `real` gave to that of its sound.
   * @param {Float32Array} re
   * @param {Float32Array} im
   * @param {Float32Array} y overwritten
   */
  backReal(re, im, y) {
    const { n, nBins } = this, a = new Float32Array(nBins), b = new Float32Array(nBins);
    for (let k = 0; k < nBins; k++) {
      const weight = k === 0 || 2 * k === n ? n : n / 2;
      a[k] = weight * re[k];
      b[k] = weight * im[k];
    }
    this.realFFT.inverse(a, b, y);
  }

  /**
   * From the gradient of a sound that `inverseReal` gave to that of its spectrum.
   * @param {Float32Array} y
   * @param {Float32Array} re overwritten
   * @param {Float32Array} im overwritten
   */
  backInverseReal(y, re, im) {
    const { n, nBins } = this;
    this.realFFT.forward(y, re, im);
    for (let k = 0; k < nBins; k++) {
      const edge = k === 0 || 2 * k === n, weight = edge ? 1 / n : 2 / n;
      re[k] *= weight;
      im[k] *= edge ? 0 : weight;
    }
  }
}

/**
 * The plan for one length; the last few are kept.
 * @param {number} n
 * @returns {Plan}
 */
export function fft(n) {
  return kept(`plan ${n}`, () => new Plan(n));
}

/**
 * The spectrum of one sound, as `torch.fft.rfft`.
 * @param {Float32Array} y
 */
export function rfft(y) {
  const fft = new RealFFT(y.length), re = new Float32Array(fft.nBins), im = new Float32Array(fft.nBins);
  fft.forward(y, re, im);
  return { re, im };
}

/**
 * The sound of length n of a spectrum, as `torch.fft.irfft`.
 * @param {Float32Array} re
 * @param {Float32Array} im
 * @param {number} n
 */
export function irfft(re, im, n) {
  const y = new Float32Array(n);
  new RealFFT(n).inverse(re, im, y);
  return y;
}
