// The chosen piece: its picture, its sound, and the forecast for it.
import { home } from "../player.js";
import { LEAST_SECONDS } from "./opening.js";
import { buildPiece } from "./piece.js";
import { showForecast } from "./forecast.js";
import { Voice, bufferOf } from "./voice.js";

/** @typedef {import("./opening.js").Sound} Sound */

const PIECE = 6; // seconds that are chosen at first
const COLUMNS = 600, ROWS = 96; // of a picture

/**
 * @param {import("../engine/client.js").Engine} engine
 * @param {Float32Array[]} channels
 * @param {number} sr
 * @returns {Promise<ImageData>}
 */
export async function pictureOf(engine, channels, sr) {
  const { pixels, width, height } = await engine.run("picture", { channels, sr, width: COLUMNS, height: ROWS });
  return new ImageData(pixels, width, height);
}

/**
 * @param {import("./page_parts.js").Parts} parts
 * @param {import("../engine/client.js").Engine} engine which is ended when nothing is asked of it
 */
export function buildListening({ part, say, excuse }, engine) {
  /** @type {Sound | null} */
  let sound = null;
  /** @type {{pause(): void} | null} */
  let player = null;
  let asked = 0;
  const chosen = () => {
    if (!sound) return [];
    const { channels, sr } = sound, [start, end] = piece.range(), n = Math.round((end - start) * sr);
    // A piece of a second has all its samples, wherever it begins.
    const from = Math.max(0, Math.min(Math.round(start * sr), channels[0].length - n));
    return channels.map((y) => y.slice(from, from + n));
  };

  const foretell = async () => {
    const mine = ++asked;
    showForecast(part("forecast"), null);
    if (!part("forecast").firstChild) say("piece", "Listening to the piece …");
    try {
      const found = await engine.run("realism", { channels: chosen(), sr: /** @type {Sound} */ (sound).sr });
      if (mine !== asked) return;
      say("piece", "");
      showForecast(part("forecast"), found);
    } catch (error) { if (mine === asked) excuse("piece", error); }
    if (mine === asked) engine.stop(); // its memory is given back
  };
  const piece = buildPiece(part("piece"), {
    least: LEAST_SECONDS,
    changed: () => { player?.pause(); showForecast(part("forecast"), null); },
    settled: foretell,
  });
  piece.play.addEventListener("click", () => {
    if (player && home().playing === player) return player.pause();
    if (!sound) return;
    home().playing?.pause();
    const voice = new Voice(bufferOf(chosen(), sound.sr));
    const mine = { pause() { voice.pause(); if (home().playing === mine) home().playing = null; } };
    voice.addEventListener("ended", () => mine.pause());
    player = home().playing = mine;
    piece.follow(voice, mine);
    voice.play().catch((error) => { mine.pause(); excuse("piece", error); });
  });

  return {
    chosen,
    range: piece.range,
    /** Show another sound, its steadiest seconds chosen. @param {Sound} found */
    async show(found) {
      player?.pause();
      sound = found;
      const { channels, sr, seconds } = found;
      // Another sound, or another piece of it, may be chosen meanwhile.
      const mine = ++asked;
      piece.show(seconds, 0, Math.min(PIECE, seconds));
      showForecast(part("forecast"), null);
      const image = await pictureOf(engine, channels, sr);
      if (sound !== found) return;
      piece.draw(image);
      if (seconds > PIECE) {
        const { start } = await engine.run("steadiest", { channels, sr, seconds: PIECE });
        if (mine !== asked) return;
        piece.show(seconds, start, start + PIECE);
      }
      if (mine === asked) await foretell();
    },
  };
}
