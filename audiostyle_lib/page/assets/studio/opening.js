// From a file to a sound that the studio can use, at the file's own rate, or one sentence that says why not.
// How much is decoded is bounded: of a recording that lasts an hour only the beginning.
import { decode } from "../decode.js";
import { readHeader } from "./headers.js";

/** @typedef {{name: string, channels: Float32Array[], sr: number, seconds: number, says: string}} Sound */

export const LEAST_SECONDS = 1; // of which a rating and scores can be had
const MOST_SAMPLES = 3.2e7; // that are held decoded, of all channels: 128 MB, 6 minutes of stereo at 44,100 Hz
const MOST_BYTES = 2.5e8; // of a file that are read
const RATES = [8000, 192000]; // Hz: what the library takes and every browser decodes to
const USUAL = 48000; // where a file does not say its rate

/** An error whose message is for the reader. @param {string} words */
function refusal(words) {
  return Object.assign(new Error(words), { name: "Refusal" });
}

export const hertz = (/** @type {number} */ sr) => `${sr.toLocaleString("en")} Hz`;
export const many = (/** @type {number} */ n, /** @type {string} */ thing) => `${n} ${thing}${n === 1 ? "" : "s"}`;

/** @param {number} s seconds as words: "6.0 s", "61 min" */
export function lasting(s) {
  return s < 100 ? `${s.toFixed(1)} s` : `${Math.round(s / 60)} min`;
}

/** @param {number} n bytes as words */
function size(n) {
  return n < 1e5 ? `${Math.ceil(n / 1e3)} kB` : `${(n / 1e6).toFixed(1)} MB`;
}

/**
 * Decode a file at its own rate, or at `sr` where that must be, and check it.
 * @param {File} file
 * @param {{sr?: number, samples?: number}} [wanted] rate to bring it to; the most samples of all channels
 * @returns {Promise<Sound>}
 */
export async function openSound(file, { sr, samples = MOST_SAMPLES } = {}) {
  if (!file.size) throw refusal(`${file.name} is empty: nothing was recorded into it.`);
  const header = await readHeader(file);
  const own = header.sr && header.sr > 0 ? Math.round(header.sr) : 0;
  const rate = sr ?? Math.min(Math.max(own || USUAL, RATES[0]), RATES[1]);
  const seconds = samples / (rate * Math.min(2, header.channels || 2));
  const known = header.seconds && header.seconds > 0 ? header.seconds : 0;
  const needed = known > seconds ? Math.ceil((file.size / known) * (seconds + 2) * 1.1) + (1 << 17) : file.size;
  const found = await decode(file, seconds, { sr: rate, sizes: known ? [Math.min(needed, MOST_BYTES)] : undefined });
  if (!found) throw refusal(undecodable(file, header.kind));
  return checked(file.name, found, { rate, own, samples, known, size: size(file.size) });
}

/** @param {File} file @param {string} kind */
function undecodable(file, kind) {
  if (kind) return `This browser cannot decode ${file.name} (${kind}). Save it as WAV or MP3, and choose that.`;
  return `${file.name} is no sound that this browser knows. Save it as WAV or MP3, and choose that.`;
}

/**
 * @param {string} name
 * @param {{sound: AudioBuffer, whole: boolean}} found
 * @param {{rate: number, own: number, samples: number, known: number, size: string}} about
 * @returns {Sound}
 */
function checked(name, { sound, whole }, { rate, own, samples, known, size }) {
  const count = Math.min(2, sound.numberOfChannels), n = Math.min(sound.length, Math.floor(samples / count));
  const channels = Array.from({ length: count }, (_, c) => sound.getChannelData(c).slice(0, n));
  let peak = 0, spread = 0;
  for (const y of channels)
    for (const v of y) {
      if (!Number.isFinite(v)) throw refusal(`${name} holds values that are not numbers: it is damaged.`);
      peak = Math.max(peak, Math.abs(v));
      spread = Math.max(spread, Math.abs(v - y[0]));
    }
  const length = sound.length / rate;
  if (n < LEAST_SECONDS * rate)
    throw refusal(`${name} lasts ${length.toFixed(2)} s. At least ${LEAST_SECONDS} s is needed, better five.`);
  if (spread < 2e-5) throw refusal(`${name} is silent${peak > 1e-5 ? ", always the same value" : ""}. Choose another.`);
  if (peak > 1) for (const y of channels) y.forEach((v, i) => { y[i] = v / peak; });

  const parts = [size, lasting(Math.max(known, length)), many(sound.numberOfChannels, "channel")];
  const notes = [];
  if (!own) notes.push("a rate of our choice, since it does not say its own");
  else if (own !== rate) notes.push(`brought to this rate from ${hertz(own)}`);
  if (n < sound.length || !whole) notes.push(`of its length the first ${lasting(n / rate)} are here`);
  if (count < sound.numberOfChannels) notes.push("of its channels the first two");
  if (peak > 1) notes.push(`made ${(20 * Math.log10(peak)).toPrecision(2)} dB quieter, so that no peak is cut off`);
  const says = `${[...parts, hertz(rate)].join(", ")}${notes.length ? `; ${notes.join("; ")}` : ""}.`;
  return { name, channels, sr: rate, seconds: n / rate, says };
}
