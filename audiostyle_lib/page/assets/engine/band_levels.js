// What levels need of wide bands: how loud each is over time, and a sound with each band by gains of its own; as
// `levels`, `around` and `amplified` of WideBands in statistics/bands.py.
import { K } from "./constants.js";
import { irfft } from "./fft.js";

/** @typedef {import("./wide_bands.js").WideBands} WideBands */
/** @typedef {import("./stft.js").Complex} Complex */

/**
 * Mean power in frames of about 3 ms, (bands, nFrames), of each channel.
 * @param {WideBands} wide
 * @param {Complex[]} Y
 */
export function bandLevels(wide, Y) {
  const { nFrames } = wide;
  return Y.map((spectrum) => { // one after the other: long sounds need not all lie there at once
    const room = wide.room(1), found = new Float32Array(room.length * nFrames);
    wide.powers([spectrum], room);
    room.forEach(({ power }, band) => wide.levels(power[0], found.subarray(band * nFrames, (band + 1) * nFrames)));
    return found;
  });
}

/**
 * Which of the frequencies `f` in Hz lie in each band; neighbours overlap.
 * @param {WideBands} wide
 * @param {ArrayLike<number>} f
 */
export function around(wide, f) {
  return Array.from(wide.centres, (centre) =>
    Array.from(f, (hz) => hz > centre / K.bands.RATIO && hz < K.bands.RATIO * centre));
}

/**
 * Sounds of these spectra, each band by its gains: logarithms for frames (bands, nFrames), in straight lines between
 * their middles, as far as samples may change.
 * @param {WideBands} wide
 * @param {Float32Array[]} y
 * @param {Complex[]} Y
 * @param {Float32Array[]} gains of each channel
 * @param {Float32Array | undefined} held
 * @param {boolean} loop
 */
export function amplified(wide, y, Y, gains, held, loop) {
  const { n, nFrames: t } = wide;
  return y.map((channel, c) => {
    const out = channel.slice(), re = new Float32Array(Y[c].re.length), im = new Float32Array(re.length);
    wide.slices.forEach(({ first, gain }, b) => {
      re.fill(0);
      im.fill(0);
      gain.forEach((g, k) => {
        const square = ((g * n) / 2) ** 2;
        re[first + k] = Y[c].re[first + k] * square;
        im[first + k] = Y[c].im[first + k] * square;
      });
      const band = irfft(re, im, n), row = gains[c].subarray(b * t, (b + 1) * t);
      for (let i = 0; i < n; i++) {
        let place = (i + 0.5) * (t / n) - 0.5;
        if (!loop) place = Math.max(0, place);
        const below = Math.floor(place), low = row[loop ? (below + t) % t : below];
        const high = row[loop ? (below + 1 + t) % t : Math.min(below + 1, t - 1)];
        const log = low + (place - below) * (high - low);
        out[i] += band[i] * (Math.exp(held ? log * held[i] : log) - 1);
      }
    });
    return out;
  });
}
