// A sound file as the browser decodes it, at a rate that is asked for. Of a large one only the beginning is read:
// decoded, an hour of telephone recording would take gigabytes.
const PARTS = [0.25e6, 1e6, 4e6, 16e6, 64e6]; // bytes to try, until they hold enough seconds
const CAREFUL = 16e6; // so much of a compressed file is tried if no smaller part could be decoded

const bytes = async (/** @type {Blob} */ blob) => new DataView(await blob.arrayBuffer());
const word = (/** @type {DataView} */ view, /** @type {number} */ at) =>
  String.fromCharCode(...new Uint8Array(view.buffer, at, 4));

/**
 * In the index of an MP4 file, move all that it says about places in the file.
 * @param {DataView} index
 * @param {number} from where to look
 * @param {number} to
 * @param {number} by bytes
 */
function move(index, from, to, by) {
  for (let at = from; at + 8 <= to; at += Math.max(8, index.getUint32(at))) {
    const kind = word(index, at + 4), first = at + 16;
    const count = kind === "stco" || kind === "co64" ? index.getUint32(at + 12) : 0;
    if (["moov", "trak", "mdia", "minf", "stbl"].includes(kind)) move(index, at + 8, at + index.getUint32(at), by);
    for (let i = 0; i < count; i++)
      if (kind === "stco") index.setUint32(first + 4 * i, index.getUint32(first + 4 * i) + by);
      else index.setBigUint64(first + 8 * i, index.getBigUint64(first + 8 * i) + BigInt(by));
  }
}

/**
 * The first bytes of a file. M4A, MP4 and 3GP have their index mostly at the end, without which nothing can be
 * decoded: it is fetched and put in front.
 * @param {Blob} file
 * @param {number} size
 */
async function beginning(file, size) {
  const first = await bytes(file.slice(0, 12));
  if (size >= file.size || word(first, 4) !== "ftyp") return file.slice(0, size);
  for (let at = 0, length; at + 16 <= file.size; at += length) {
    const box = await bytes(file.slice(at, at + 16));
    length = box.getUint32(0) === 1 ? Number(box.getBigUint64(8)) : box.getUint32(0);
    if (length < 8 || (word(box, 4) === "moov" && at < size)) break;
    if (word(box, 4) !== "moov") continue;
    const index = await bytes(file.slice(at, at + length)), front = first.getUint32(0);
    move(index, 0, index.byteLength, index.byteLength);
    return new Blob([file.slice(0, front), index, file.slice(front, size)]);
  }
  return file.slice(0, size);
}

/**
 * The decoded sound with at least these seconds, if it has them, and whether it is the whole; null if the browser
 * cannot decode it.
 * @param {Blob} file
 * @param {number} seconds
 * @param {{sr: number, sizes?: number[]}} how rate in Hz; how many bytes to try, where it is known how many are needed
 * @returns {Promise<{sound: AudioBuffer, whole: boolean} | null>}
 */
export async function decode(file, seconds, { sr, sizes = PARTS }) {
  const kind = await file.slice(0, 4).text();
  const context = new OfflineAudioContext(1, 1, sr);
  let best = null;
  for (const size of sizes) {
    if (!best && size > CAREFUL && sizes === PARTS && !/RIFF|FORM|fLaC/.test(kind)) break;
    const whole = size >= file.size;
    const sound = await beginning(file, size).then((part) => part.arrayBuffer())
      .then((part) => context.decodeAudioData(part)).catch(() => null);
    if (sound) best = { sound, whole };
    if (whole || (sound && sound.duration > seconds + 0.5)) break; // the end of a part may be damaged by the cut
  }
  return best;
}
