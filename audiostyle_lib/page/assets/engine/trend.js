// The slow course of level, as audiostyle_lib/trend.py: whether a recording as a whole dies away, or swells once.
import { K } from "./constants.js";
import { RealFourier } from "./fourier.js";
import { rms } from "./levels.js";
import { mirrored } from "./sums.js";

/**
 * How loud a sound is over its whole length, as gains around 1.
 * @param {Float32Array[]} channels
 * @param {number} [n] samples of the result
 * @returns {Float32Array}
 */
export function slowCourse(channels, n = channels[0].length) {
  const { MOMENTS: moments, STEEPEST: steepest } = K.trend, cycles = /** @type {number[]} */ (K.trend.CYCLES);
  const length = channels[0].length, course = new Float32Array(n).fill(1);
  if (length < moments) return course;
  const power = Float64Array.from({ length: moments }, (_, k) => {
    const first = Math.floor((k * length) / moments), end = Math.floor(((k + 1) * length) / moments);
    let total = 0;
    for (const y of channels) for (let i = first; i < end; i++) total += y[i] * y[i];
    return total / (end - first);
  });
  const even = blurred(power, moments / 8), least = 1e-6 * Math.max(...even) + 1e-30;
  const wave = (/** @type {number} */ cycle, /** @type {number} */ i, /** @type {number} */ count) =>
    Math.cos((Math.PI * cycle * (i + 0.5)) / count);
  const found = cycles.map((cycle) => {
    const level = even.map((p, i) => Math.log(Math.max(p, least)) * wave(cycle, i, moments));
    return level.reduce((a, b) => a + b) / moments;
  });
  for (let i = 0; i < n; i++) {
    const gain = found.reduce((total, size, c) => total + size * wave(cycles[c], i, n), 0);
    course[i] = Math.exp(Math.min(Math.max(gain, -steepest), steepest));
  }
  return course;
}

/**
 * Numbers after a Gaussian of deviation `sigma`, cut off at four deviations, as scipy's gaussian_filter1d.
 * @param {Float64Array} x
 * @param {number} sigma
 */
function blurred(x, sigma) {
  const radius = Math.floor(4 * sigma + 0.5);
  const weights = Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-0.5 * ((i - radius) / sigma) ** 2));
  const total = weights.reduce((a, b) => a + b);
  return x.map((_, k) => weights.reduce((a, w, i) => a + w * x[mirrored(k + i - radius, x.length)], 0) / total);
}

/**
 * A sound without its slow course, as loud as before in every octave.
 * @param {Float32Array[]} channels
 * @returns {Float32Array[]}
 */
export function withoutCourse(channels) {
  const n = channels[0].length, course = slowCourse(channels), plan = new RealFourier(n), octaves = K.trend.OCTAVES;
  const before = channels.map((y) => plan.forward(y));
  const after = channels.map((y) => plan.forward(y.map((v, i) => v / course[i])));
  const powers = [before, after].map((spectra) => {
    const power = new Float64Array(plan.nBins);
    for (const { re, im } of spectra) for (let k = 0; k < power.length; k++) power[k] += re[k] * re[k] + im[k] * im[k];
    return power;
  });
  const place = Float64Array.from(powers[0], (_, k) => Math.log2(Math.max((2 * k) / n, 1e-9))); // 0: highest octave
  const putRight = new Float64Array(plan.nBins);
  for (let octave = 0; octave < octaves; octave++) {
    const gains = place.map((at) => {
      const distance = at + octave;
      return Math.max(1 - Math.abs(octave === octaves - 1 ? Math.max(distance, 0) : distance), 0);
    });
    const [was, now] = powers.map((power) => power.reduce((total, p, k) => total + gains[k] * gains[k] * p, 0));
    const right = Math.sqrt(was / Math.max(now, 1e-60));
    for (let k = 0; k < putRight.length; k++) putRight[k] += gains[k] * right;
  }
  const even = after.map(({ re, im }) => {
    for (let k = 0; k < putRight.length; k++) {
      re[k] *= putRight[k];
      im[k] *= putRight[k];
    }
    return plan.backward({ re, im });
  });
  const gain = rms(channels) / Math.max(rms(even), 1e-30);
  return even.map((y) => Float32Array.from(y, (v) => v * gain));
}
