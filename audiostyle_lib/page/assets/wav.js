// Sound as a WAV file of 16 or 24 bits, as files/writing.py writes it; of a loop with the chunk of files/loops.py.

/**
 * @param {Float32Array[]} channels each of n samples in [-1, 1]; what is beyond is cut off
 * @param {number} sr rate in Hz
 * @param {string} name of the file
 * @param {{bits?: number, loop?: boolean}} [how] 16 or 24 bits; whether the whole goes round
 * @returns {File}
 */
export function wav(channels, sr, name, { bits = 16, loop = false } = {}) {
  const n = channels[0].length, width = (bits / 8) * channels.length, size = width * n, behind = 44 + size + (size % 2);
  const view = new DataView(new ArrayBuffer(behind + (loop ? 68 : 0)));
  const text = (/** @type {number} */ at, /** @type {string} */ words) =>
    [...words].forEach((c, i) => view.setUint8(at + i, c.charCodeAt(0)));
  text(0, "RIFF"); view.setUint32(4, view.byteLength - 8, true); text(8, "WAVEfmt ");
  view.setUint32(16, 16, true); view.setUint16(20, 1, true); view.setUint16(22, channels.length, true);
  view.setUint32(24, sr, true); view.setUint32(28, width * sr, true);
  view.setUint16(32, width, true); view.setUint16(34, bits, true);
  text(36, "data"); view.setUint32(40, size, true);
  const most = 2 ** (bits - 1) - 1;
  let at = 44;
  for (let i = 0; i < n; i++)
    for (const y of channels) {
      const v = Math.round(most * Math.max(-1, Math.min(1, y[i])));
      if (bits === 24) view.setUint8(at++, v & 255);
      view.setInt16(at, bits === 24 ? v >> 8 : v, true);
      at += 2;
    }
  if (loop) {
    text(behind, "smpl"); view.setUint32(behind + 4, 60, true);
    view.setUint32(behind + 16, Math.round(1e9 / sr), true); view.setUint32(behind + 20, 60, true); // middle C
    view.setUint32(behind + 36, 1, true); // one loop, forward and without end, over all samples
    view.setUint32(behind + 56, n - 1, true);
  }
  return new File([view], name, { type: "audio/wav" });
}
