// What a sound is, as audiostyle_lib/audio.py: channels (Float32Array[], all of one length) in [-1, 1] and their rate.
import { K } from "./constants.js";
import { AudioError } from "./errors.js";

/**
 * A number as Python's format(x, ".3g") writes it.
 * @param {number} x
 * @param {number} digits
 */
export function general(x, digits) {
  const [mantissa, exponent] = x.toExponential(digits - 1).split("e"), power = Number(exponent);
  const short = (/** @type {string} */ text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
  if (power >= -4 && power < digits) return short(x.toFixed(digits - 1 - power));
  return `${short(mantissa)}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}

/**
 * The sampling rate, or what is wrong with it.
 * @param {number} sr
 */
export function checkRate(sr) {
  const low = K.audio.LOWEST_RATE, high = K.audio.HIGHEST_RATE;
  if (typeof sr === "number" && sr >= low && sr <= high && Number.isInteger(sr)) return sr;
  throw new AudioError(
    `sr is ${sr}; expected a sampling rate in Hz, a whole number from ${thousands(low)} to ${thousands(high)}`,
  );
}

/** @param {number} n */
function thousands(n) {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ",");
}

/**
 * The channels of a sound, or why it is none.
 * @param {Float32Array[]} channels
 * @param {number} sr Hz
 * @param {{minSeconds?: number, name?: string}} [options] the shortest sound that will do, and what it is called
 * @returns {Float32Array[]}
 */
export function checkAudio(channels, sr, { minSeconds = 0, name = "y" } = {}) {
  checkRate(sr);
  if (!Array.isArray(channels) || !channels.every((y) => y instanceof Float32Array))
    throw new AudioError(`${name} is no list of Float32Arrays; expected one for each channel`);
  const most = K.audio.MAX_CHANNELS, lengths = channels.map((y) => y.length), n = lengths[0];
  if (channels.length < 1 || channels.length > most)
    throw new AudioError(`${name} has ${channels.length} channels; expected 1 to ${most}`);
  if (lengths.some((length) => length !== n))
    throw new AudioError(`${name} has channels of ${lengths.join(", ")} samples; expected equally many in each`);
  if (n === 0) throw new AudioError(`${name} is empty; expected at least one sample`);
  let peak = 0, range = 0, bad = 0;
  for (const y of channels) {
    let least = Infinity, largest = -Infinity;
    for (const v of y) {
      if (v < least) least = v;
      if (v > largest) largest = v;
      if (!Number.isFinite(v)) bad++;
    }
    peak = Math.max(peak, largest, -least);
    range = Math.max(range, largest - least);
  }
  if (bad) {
    const all = n * channels.length;
    throw new AudioError(`${name} has ${bad} NaN or infinite samples of ${all}; expected numbers in [-1, 1]`);
  }
  if (peak > K.audio.HIGHEST_PEAK)
    throw new AudioError(`${name} has a peak of ${general(peak, 4)}; expected samples in [-1, 1]: scale it`);
  if (n < minSeconds * sr)
    throw new AudioError(
      `${name} lasts ${(n / sr).toFixed(3)} s (${n} samples at ${sr} Hz); expected at least ${minSeconds.toFixed(3)} s`,
    );
  if (minSeconds > 0 && range < K.audio.SILENCE) {
    const same = peak > 1e-5 ? ", always the same" : "";
    throw new AudioError(
      `${name} is silent (peak ${general(peak, 1)}${same}); expected a sound that can be analysed`,
    );
  }
  return channels;
}
