// The making of a take: what is asked for, progress and a stop, and the take that comes of it.
import { openSound } from "./opening.js";
import { pictureOf } from "./listening.js";
import { fromShelf, letChoose } from "./sources.js";
import { bufferOf } from "./voice.js";

/** @typedef {import("./opening.js").Sound} Sound */
/** @typedef {import("./takes.js").Take} Take */

const SECOND = 30; // seconds of a second sound that are listened to
/** @type {Record<string, string>} the engine's stages in words */
const STAGES = { measure: "listening to the piece", texture: "making noise like it", phase: "making it a sound",
  refine: "listening to every event" };

/**
 * @param {import("./page_parts.js").Parts} parts
 * @param {import("../engine/client.js").Engine} engine
 * @param {{reference: () => {sound: Sound, channels: Float32Array[], range: number[]} | null,
 *   done: (take: Take, piece: Take) => void}} how what a texture is made after; what becomes of one
 */
export function buildMaking({ part, say, excuse }, engine, { reference, done }) {
  /** @type {File | null} */
  let second = null;
  let making = false, number = 0;
  // Each studio of a page has choices of its own.
  const group = `quality-${document.querySelectorAll(".as-studio[data-ready]").length}`;
  for (const name of ["draft", "standard"]) part(name).name = group;
  const words = () => {
    part("length-words").textContent = `${part("length").value} s`;
    part("share-words").textContent = `${part("share").value} %`;
    for (const name of ["length", "share"])
      part(name).setAttribute("aria-valuetext", part(`${name}-words`).textContent);
  };
  for (const name of ["length", "share"]) part(name).addEventListener("input", words);
  words();
  letChoose(part("second-choose"), part("second-file"), (file) => {
    second = file;
    const option = new Option(file.name, "file", true, true);
    part("second").querySelector("[value=file]")?.remove();
    part("second").append(option);
  });
  /** The second sound at the first one's rate, or null if none is wanted. @param {Sound} first */
  const mixedWith = async (first) => {
    const name = part("second").value;
    if (!part("mix").open || !name) return null;
    const file = name === "file" && second ? second : fromShelf(part("shelf"), name);
    const found = await openSound(file, { sr: first.sr, samples: SECOND * first.sr * 2 });
    say("second", `${found.name}: ${found.says}`);
    return found;
  };

  const show = (/** @type {boolean} */ on) => {
    const focused = document.activeElement === part(on ? "make" : "stop");
    making = on;
    part("make").hidden = on;
    part("stop").hidden = part("progress").hidden = !on;
    if (focused) part(on ? "stop" : "make").focus(); // the keyboard stays where it is
  };
  const tell = (/** @type {number} */ share, /** @type {string} */ what) => {
    part("progress").firstElementChild.value = share;
    part("how-far").textContent = [`${Math.round(100 * share)} %`, STAGES[what]].filter(Boolean).join(", ");
  };

  part("make").addEventListener("click", async () => {
    const given = reference();
    if (!given || making) return;
    const { sound, channels, range } = given, { sr } = sound;
    show(true);
    tell(0, "");
    say("make", `Making take ${number + 1} …`);
    try {
      const other = await mixedWith(sound);
      const share = Number(part("share").value) / 100, loop = part("loop").checked;
      const quality = part("standard").checked ? "standard" : "draft", seconds = Number(part("length").value);
      const began = performance.now();
      const made = await engine.run("texture", {
        references: other ? [channels, other.channels] : [channels],
        ...(other ? { shares: [1 - share, share] } : {}),
        sr, seconds, seed: number + 1, quality, loop,
      }, tell);
      const took = ((performance.now() - began) / 1000).toFixed(1);
      const picture = await pictureOf(engine, made.channels, sr), before = await pictureOf(engine, channels, sr);
      number += 1;
      const stem = withoutEnd(sound.name), percent = Math.round(100 * share);
      const after = other ? `${withoutEnd(other.name)} ${percent} %, ${stem} the rest` : `after ${stem}`;
      done({ title: `Take ${number}`, about: [after, quality, ...(loop ? ["a loop"] : []), `${seconds} s`].join(", "),
        file: `${stem}-take-${number}`, buffer: bufferOf(made.channels, sr), picture, loop, mixed: other !== null },
      { title: "The recording", about: `${stem}, ${range[0].toFixed(1)} to ${range[1].toFixed(1)} s`, file: "",
        buffer: bufferOf(channels, sr), picture: before });
      say("make", `Take ${number} is ready: ${seconds} s, made in ${took} s.`);
    } catch (error) {
      if (/** @type {Error} */ (error).name === "Stopped") say("make", "Stopped. What you had is still here.");
      else excuse("make", error);
    } finally {
      engine.stop(); // its memory is given back
      show(false);
    }
  });
  part("stop").addEventListener("click", () => engine.stop());
}

const withoutEnd = (/** @type {string} */ name) => name.replace(/\.\w+$/, "");
