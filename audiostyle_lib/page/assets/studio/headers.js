// What a sound file says of itself before it is decoded: browsers bring what they decode to the rate of the context
// that decodes, so the file's own must be known first. For WAV, FLAC, Ogg, MP3, AAC, MP4, WebM, AIFF and CAF.

/** @typedef {{kind: string, sr?: number, channels?: number, seconds?: number}} Header `seconds` of what is stored */

const MP3_RATES = [44100, 48000, 32000];
const MP3_KBITS = { // layer 3 of version 1, and of versions 2 and 2.5
  1: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  2: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
};
const AAC_RATES = [96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350];
const LOOKED_AT = 1 << 16; // bytes of a beginning or an end

const viewOf = async (/** @type {Blob} */ blob) => new DataView(await blob.arrayBuffer());
const letters = (/** @type {DataView} */ view, /** @type {number} */ at, n = 4) =>
  at + n <= view.byteLength ? String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + at, n)) : "";

/**
 * What the file says; only its kind where that is all, "" where even that is unknown.
 * @param {Blob} file
 * @returns {Promise<Header>}
 */
export async function readHeader(file) {
  try {
    const view = await viewOf(file.slice(0, LOOKED_AT)), first = letters(view, 0);
    if (/^(RIFF|RF64)$/.test(first) && letters(view, 8) === "WAVE") return wavHeader(view, file.size);
    if (first === "fLaC") return flacHeader(view, 8);
    if (first === "OggS") return await oggHeader(view, file);
    if (first === "FORM") return aiffHeader(view);
    if (first === "caff") return { kind: "CAF", sr: view.getFloat64(20), channels: view.getUint32(44) };
    if (letters(view, 4) === "ftyp") return await mp4Header(file);
    if (view.byteLength > 4 && view.getUint32(0) === 0x1a45dfa3) return webmHeader(view);
    return await mpegHeader(view, file);
  } catch (error) {
    if (error instanceof RangeError) return { kind: "" }; // it ends in the middle of what it says
    throw error;
  }
}

/** @param {DataView} view @param {number} size @returns {Header} */
function wavHeader(view, size) {
  const found = /** @type {Header} */ ({ kind: "WAV" });
  let perSecond = 0;
  for (let at = 12; at + 8 <= view.byteLength; ) {
    const length = view.getUint32(at + 4, true), kind = letters(view, at);
    if (kind === "fmt ") {
      found.channels = view.getUint16(at + 10, true);
      found.sr = view.getUint32(at + 12, true);
      perSecond = view.getUint32(at + 16, true);
    } else if (kind === "data") { // of a stream or beyond 4 GB the length is a guess: what is there counts
      found.seconds = perSecond ? Math.min(length || Infinity, size - at - 8) / perSecond : undefined;
      break;
    }
    at += 8 + length + (length % 2);
  }
  return found;
}

/** @param {DataView} view @param {number} at of STREAMINFO @returns {Header} */
function flacHeader(view, at) {
  const packed = view.getUint32(at + 10), sr = packed >>> 12;
  const n = (view.getUint8(at + 13) & 15) * 2 ** 32 + view.getUint32(at + 14);
  return { kind: "FLAC", sr, channels: ((packed >>> 9) & 7) + 1, seconds: n ? n / sr : undefined };
}

/** @param {DataView} view @param {Blob} file @returns {Promise<Header>} */
async function oggHeader(view, file) {
  const at = 27 + view.getUint8(26); // behind the page's table of segments
  const found = letters(view, at, 8) === "OpusHead"
    ? { kind: "Opus", sr: 48000, channels: view.getUint8(at + 9) } // whatever was recorded, it is decoded to 48,000
    : letters(view, at + 1, 6) === "vorbis"
      ? { kind: "Vorbis", sr: view.getUint32(at + 12, true), channels: view.getUint8(at + 11) }
      : letters(view, at + 1, 4) === "FLAC" ? flacHeader(view, at + 17) : { kind: "Ogg" };
  const end = await viewOf(file.slice(Math.max(0, file.size - LOOKED_AT)));
  for (let k = end.byteLength - 14; k >= 0 && found.sr; k--)
    if (letters(end, k) === "OggS") { // the last page says how many samples there were
      const n = Number(end.getBigInt64(k + 6, true));
      if (n > 0) return { ...found, seconds: n / found.sr };
    }
  return found;
}

/** @param {DataView} view @returns {Header} */
function aiffHeader(view) {
  for (let at = 12; at + 26 <= view.byteLength; ) {
    if (letters(view, at) === "COMM") {
      const sr = view.getUint32(at + 18) * 2 ** (view.getUint16(at + 16) - 16383 - 31); // 80 bits, as once was
      return { kind: "AIFF", sr, channels: view.getUint16(at + 8), seconds: view.getUint32(at + 10) / sr };
    }
    const length = view.getUint32(at + 4);
    at += 8 + length + (length % 2);
  }
  return { kind: "AIFF" };
}

/** @param {Blob} file @returns {Promise<Header>} */
async function mp4Header(file) {
  for (let at = 0; at + 16 <= file.size; ) {
    const box = await viewOf(file.slice(at, at + 16));
    const length = box.getUint32(0) === 1 ? Number(box.getBigUint64(8)) : box.getUint32(0) || file.size - at;
    if (length < 8) break;
    if (letters(box, 4) === "moov") return soundTrack(await viewOf(file.slice(at + 8, at + length)));
    at += length;
  }
  return { kind: "MP4" };
}

/** The first track of sound in an index. @param {DataView} index @returns {Header} */
function soundTrack(index) {
  /** @type {Header} */
  let found = { kind: "MP4" };
  let scale = 0, ticks = 0;
  const inside = (/** @type {number} */ from, /** @type {number} */ to) => {
    for (let at = from; at + 8 <= to && !found.sr; ) {
      const length = Math.max(8, index.getUint32(at)), kind = letters(index, at + 4);
      if (["trak", "mdia", "minf", "stbl"].includes(kind)) inside(at + 8, Math.min(to, at + length));
      const wide = kind === "mdhd" && index.getUint8(at + 8) === 1;
      if (kind === "mdhd") {
        scale = index.getUint32(at + (wide ? 28 : 20));
        ticks = wide ? Number(index.getBigUint64(at + 32)) : index.getUint32(at + 24);
      }
      if (kind === "stsd" && /^(mp4a|alac|Opus|fLaC|ac-3|samr|sawb)$/.test(letters(index, at + 20)))
        found = { kind: "MP4", channels: index.getUint16(at + 40), seconds: scale ? ticks / scale : undefined,
          sr: index.getUint32(at + 48) >>> 16 || scale };
      at += length;
    }
  };
  inside(0, index.byteLength);
  return found;
}

/** WebM and Matroska: the first thing that looks like a rate. @param {DataView} view @returns {Header} */
function webmHeader(view) {
  for (let at = 0; at + 10 <= view.byteLength; at++) {
    const size = view.getUint8(at) === 0xb5 ? view.getUint8(at + 1) : 0;
    const sr = size === 0x84 ? view.getFloat32(at + 2) : size === 0x88 ? view.getFloat64(at + 2) : 0;
    if (sr >= 8000 && sr <= 192000 && Number.isInteger(sr)) return { kind: "WebM", sr };
  }
  return { kind: "WebM" };
}

/**
 * MP3, or AAC in frames of its own, behind what ID3 there is.
 * @param {DataView} start
 * @param {Blob} file
 * @returns {Promise<Header>}
 */
async function mpegHeader(start, file) {
  let behind = 0;
  for (let head = start; letters(head, 0, 3) === "ID3"; ) {
    behind += 10 + [6, 7, 8, 9].reduce((n, k) => n * 128 + head.getUint8(k), 0);
    head = await viewOf(file.slice(behind, behind + 10));
    if (head.byteLength < 10) break;
  }
  const view = await viewOf(file.slice(behind, behind + LOOKED_AT));
  for (let at = 0; at + 48 <= view.byteLength; at++) {
    if (view.getUint8(at) !== 255 || view.getUint8(at + 1) < 0xe0) continue;
    const frame = view.getUint32(at), layer = (frame >>> 17) & 3;
    if (layer === 0 && (frame & 0xfff60000) >>> 0 === 0xfff00000) { // ADTS
      const sr = AAC_RATES[(frame >>> 10) & 15];
      if (sr) return { kind: "AAC", sr, channels: (frame >>> 6) & 7 };
    }
    const version = (frame >>> 19) & 3, rate = (frame >>> 10) & 3, kbits = (frame >>> 12) & 15;
    if (layer !== 1 || version === 1 || rate === 3 || kbits === 0 || kbits === 15) continue;
    const first = version === 3, sr = MP3_RATES[rate] / (first ? 1 : version === 2 ? 2 : 4);
    const mono = ((frame >>> 6) & 3) === 3, perFrame = first ? 1152 : 576;
    const bits = MP3_KBITS[first ? 1 : 2][kbits] * 1000;
    const length = Math.floor((perFrame / 8) * bits / sr) + ((frame >>> 9) & 1);
    const next = at + length; // a second frame must follow, or this was no frame
    if (next + 2 <= view.byteLength && (view.getUint16(next) & 0xffe0) !== 0xffe0) continue;
    const tag = at + 4 + (first ? (mono ? 17 : 32) : mono ? 9 : 17);
    const counted = /^(Xing|Info)$/.test(letters(view, tag)) && view.getUint32(tag + 4) & 1;
    const seconds = counted ? (view.getUint32(tag + 8) * perFrame) / sr : (8 * (file.size - behind)) / bits;
    return { kind: "MP3", sr, channels: mono ? 1 : 2, seconds };
  }
  return { kind: "" };
}
