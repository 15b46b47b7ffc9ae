// The search that runs in the page: start, one step, pause, again, with a sound of the book or of the reader.
import { Engine } from "../engine/client.js";
import { unpacked } from "../engine/unpack.js";
import { home } from "../player.js";
import { openSound } from "../studio/opening.js";
import { partsOf } from "../studio/page_parts.js";
import { letChoose } from "../studio/sources.js";
import { addressOf, buildFigure } from "./figure.js";

/** @typedef {{quality: import("../engine/model.js").Quality, width: number, seconds: number}} LiveConfig */
/** @typedef {{name: string, y: Float32Array, sr: number}} OneChannel */

const BOOK = "The recording of the book";
const PACE = 450; // ms from step to step: the engine is faster than the eye

/**
 * @param {HTMLElement} root with the parts of live.html
 * @param {string} packed the engine's worker
 * @param {LiveConfig} config
 * @param {File} bookSound
 */
export function buildLive(root, packed, { quality, width, seconds }, bookSound) {
  const parts = partsOf(root), { part, say, excuse } = parts;
  /** @type {Engine | null} */
  let engine = null;
  /** @type {OneChannel | null} */
  let sound = null;
  /** @type {import("./figure.js").Step[]} */
  let steps = [];
  /** @type {ReturnType<typeof buildFigure> | null} */
  let figure = null;
  let level = 0, length = 0, at = -1, done = false, moving = false, run = 0, timer = 0;

  const controls = () => {
    part("go").textContent = moving ? "❚❚ Pause" : "▶ Start";
    part("slider").max = Math.max(0, steps.length - 1);
    part("slider").disabled = steps.length < 2;
    part("next").disabled = moving || (done && at >= steps.length - 1);
  };
  const show = (/** @type {number} */ step, spoken = true) => {
    at = step;
    figure?.show(steps, step);
    part("slider").value = step;
    part("slider").setAttribute("aria-valuetext", `step ${step}`);
    part("value").textContent = step;
    if (spoken) say("live", `Step ${step}: loss ${part("loss").textContent}, matrices differ by ${part("off").textContent}.`);
    controls();
  };
  const halt = () => { clearTimeout(timer); moving = false; controls(); };
  const move = () => {
    if (at + 1 < steps.length) show(at + 1, false);
    if (done && at >= steps.length - 1) {
      halt();
      say("live", `The search ends with step ${at}: loss ${part("loss").textContent}.`);
    } else timer = window.setTimeout(move, PACE);
  };

  const begin = async () => {
    const mine = ++run, seed = Math.max(0, Math.floor(Number(part("seed").value) || 0));
    halt();
    figure?.pause();
    for (const { heard } of steps) if (heard) URL.revokeObjectURL(heard);
    steps = []; at = -1; done = false;
    engine?.stop();
    say("live", "Measuring the recording …");
    const began = performance.now();
    try {
      engine ??= new Engine(await unpacked(packed));
      sound ??= { ...(await openedMono(bookSound)), name: BOOK };
      if (mine !== run) return;
      const { y, sr } = sound, args = { y, sr, seconds, seed, quality, width };
      await engine.run("method", args, (_, what, found) => {
        if (mine !== run || !found) return;
        if (what === "recording") {
          length = found.y.length; level = found.level;
          figure = buildFigure(part("figures"), part("template"), found, { sr, most: quality.nSteps, hear });
          return;
        }
        steps.push(found);
        if (at < 0) show(0, false); else controls();
      });
      if (mine !== run) return;
      done = true;
      const took = ((performance.now() - began) / 1000).toFixed(1);
      if (!moving) say("live", `${sound.name}: ${steps.length} steps, found in ${took} s. Start shows one after the other.`);
      controls();
    } catch (error) { if (mine === run) { done = true; halt(); excuse("live", error); } }
  };

  /** Find phases for a step's frames, and play. @param {number} step */
  async function hear(step) {
    const mine = run, chosen = steps[step], seed = Number(part("seed").value) || 0;
    if (!engine || !sound || chosen.heard) return;
    halt();
    say("live", `Finding phases for step ${step} …`);
    try {
      const { sr } = sound, { channels } = await engine.run("framesToSound", { S: chosen.S, sr, length, level, seed });
      if (mine !== run) return;
      chosen.heard = addressOf(channels[0], sr);
      if (at !== step) return;
      show(step, false);
      say("live", `Step ${step} sounds.`);
      figure?.play();
    } catch (error) { if (mine === run) excuse("live", error); }
  }

  const take = async (/** @type {File} */ file) => {
    say("live", `Reading ${file.name} …`);
    try {
      sound = await openedMono(file);
      part("sound").value = "own";
      part("sound").options[1].textContent = file.name;
      await begin();
    } catch (error) {
      chosen();
      excuse("live", error);
    }
  };
  const chosen = () => { part("sound").value = !sound || sound.name === BOOK ? "book" : "own"; };

  part("go").addEventListener("click", () => {
    if (moving) { halt(); if (at >= 0) show(at); return; }
    if (done && !steps.length) return void begin(); // it went wrong
    if (done && at >= steps.length - 1) show(0, false);
    moving = true;
    controls();
    say("live", "The search runs, step by step.");
    timer = window.setTimeout(move, PACE);
  });
  part("next").addEventListener("click", () => { if (at + 1 < steps.length) show(at + 1); });
  part("again").addEventListener("click", () => { home().playing?.pause(); begin(); });
  part("seed").addEventListener("change", begin);
  part("slider").addEventListener("input", () => { halt(); show(Number(part("slider").value)); });
  part("sound").addEventListener("change", () => {
    if (part("sound").value === "own") return part("choose").click();
    sound = null;
    begin();
  });
  part("file").addEventListener("cancel", chosen);
  letChoose(part("choose"), part("file"), take);
  root.addEventListener("dragover", (event) => event.preventDefault());
  root.addEventListener("drop", (event) => {
    event.preventDefault();
    const file = event.dataTransfer?.files[0];
    if (file) take(file);
  });
  window.addEventListener("pagehide", () => engine?.stop());
  return { begin, halt, begun: () => run > 0 };
}

/** A file as one channel: the mean of those it has. @param {File} file @returns {Promise<OneChannel>} */
async function openedMono(file) {
  const { name, channels, sr } = await openSound(file);
  const y = channels[0].map((_, i) => channels.reduce((sum, of) => sum + of[i], 0) / channels.length);
  return { name, y, sr };
}
