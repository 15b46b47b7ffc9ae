// Pictures of sounds, as page/html.py draws them: mel bands in dB below the loudest, in the colours of magma.
import { K } from "./constants.js";
import { melSpectrogram } from "./mel.js";
import { roundEven } from "./sums.js";

const LONGEST = 0.5; // s of a window: of a longer sound each column shows a moment

/**
 * The engine's task: a picture of the mean power of all channels.
 * @param {{channels: Float32Array[], sr: number, width: number, height: number}} args columns at most, and rows
 * @returns {{pixels: Uint8ClampedArray, width: number, height: number}} red, green, blue and opacity of each pixel
 */
export function picture({ channels, sr, width, height }) {
  const n = channels[0].length;
  const hopLength = Math.max(1, roundEven(Math.max(K.html.HOP_SECONDS, n / sr / width) * sr));
  const nFft = Math.min(4 * hopLength, 2 * Math.round((LONGEST * sr) / 2));
  const options = { nFft, hopLength, nMels: height };
  const { mel, nFrames } = melSpectrogram(channels[0], sr, options);
  for (const y of channels.slice(1)) melSpectrogram(y, sr, options).mel.forEach((power, i) => { mel[i] += power; });
  return shaded(mel, nFrames, height);
}

/**
 * Power in bands (height, nFrames) as colours, the highest band on top.
 * @param {Float64Array} mel
 * @param {number} nFrames
 * @param {number} height
 * @returns {{pixels: Uint8ClampedArray, width: number, height: number}}
 */
export function shaded(mel, nFrames, height) {
  const { DEPTH_DB, PALETTE } = K.html;
  const most = mel.reduce((a, b) => Math.max(a, b), 0), pixels = new Uint8ClampedArray(4 * nFrames * height);
  for (let m = 0; m < height; m++)
    for (let t = 0; t < nFrames; t++) {
      const level = 10 * Math.log10(Math.max(mel[m * nFrames + t] / most, 1e-30)) + DEPTH_DB;
      // Silence, which has no loudest point, is dark.
      const shade = level > 0 ? Math.floor((level / DEPTH_DB) * (PALETTE.length - 1)) : 0;
      pixels.set([...PALETTE[shade], 255], 4 * ((height - 1 - m) * nFrames + t));
    }
  return { pixels, width: nFrames, height };
}
