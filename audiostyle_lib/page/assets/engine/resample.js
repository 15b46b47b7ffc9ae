// A sound at another rate, by its Fourier transform. What lies above the lower rate's half is faded out as soxr's
// quality "HQ" does it, librosa's own: half at 0.957 of it, within some hundred Hz.
import { fastLengthReal } from "./lengths.js";
import { RealFourier } from "./fourier.js";

const CUTOFF = 0.9568, SLOPE = 0.0166; // of half the lower rate, measured at soxr 1.1: off by less than 0.004
const MARGIN = 0.05; // seconds of silence, so that the end does not ring into the beginning

/**
 * As librosa's `resample`.
 * @param {Float32Array} y
 * @param {number} from Hz
 * @param {number} to Hz
 * @returns {Float32Array} of ceil(n * to / from) samples
 */
export function resample(y, from, to) {
  if (from === to) return y.slice();
  let common = from;
  for (let rest = to; rest > 0; ) [common, rest] = [rest, common % rest];
  const step = from / common, blocks = fastLengthReal(Math.ceil((y.length + MARGIN * from) / step));
  const long = new RealFourier(step * blocks), other = new RealFourier((to / common) * blocks);
  const Y = long.forward(y), S = { re: new Float64Array(other.nBins), im: new Float64Array(other.nBins) };
  const half = Math.min(from, to) / 2, ratio = to / from;
  for (let k = 0; k < Math.min(long.nBins, other.nBins); k++) {
    const gain = ratio * (1 - normalShare(((k * from) / long.n / half - CUTOFF) / SLOPE));
    S.re[k] = gain * Y.re[k];
    S.im[k] = gain * Y.im[k];
  }
  return Float32Array.from(other.backward(S).subarray(0, Math.ceil(y.length * ratio)));
}

/**
 * The share of a bell exp(-x * x) below x (Abramowitz and Stegun, 7.1.26).
 * @param {number} x
 */
function normalShare(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const tail = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const above = 0.5 * tail * Math.exp(-x * x);
  return x > 0 ? 1 - above : above;
}
