// The studio: a sound in, a piece of it, new sound of its kind out. Nothing leaves the page.
import { Engine } from "../engine/client.js";
import { unpacked } from "../engine/unpack.js";
import { keys } from "../player.js";
import { buildListening } from "./listening.js";
import { buildMaking } from "./making.js";
import { openSound } from "./opening.js";
import { partsOf } from "./page_parts.js";
import { buildSources } from "./sources.js";
import { buildTakes } from "./takes.js";
import { channelsOf } from "./voice.js";

/** @typedef {import("./takes.js").Take} Take */

/**
 * @param {HTMLElement} root
 * @param {string} workerSource the engine's, for a worker
 * @param {{yardsticks: import("./words.js").Yardsticks}} config
 */
function startStudio(root, workerSource, { yardsticks }) {
  root.dataset.ready = "yes";
  for (const control of root.querySelectorAll("button, input, select, summary"))
    for (const [name, value] of Object.entries(keys)) control.setAttribute(name, value);
  const parts = partsOf(root), { part, say, excuse } = parts;
  const [looker, maker, judge] = Array.from({ length: 3 }, () => new Engine(workerSource));
  /** @type {import("./opening.js").Sound | null} */
  let sound = null;
  let opened = 0;
  const listening = buildListening(parts, looker);
  const takes = buildTakes(part("takes"), { yardsticks, say: (words) => say("takes", words) });
  // With a sound there the place for one is folded away; a file can be dropped all the same.
  const bringing = (/** @type {boolean} */ on) => {
    const focused = part(on ? "have" : "bring").contains(document.activeElement);
    part("have").hidden = on;
    part("bring").hidden = !on;
    if (focused) part(on ? "choose" : "other").focus();
  };
  part("other").addEventListener("click", () => bringing(true));
  buildSources(root, parts, async (file) => {
    const mine = ++opened;
    say("sound", `Reading ${file.name} …`);
    try {
      const found = await openSound(file);
      if (mine !== opened) return; // another came meanwhile
      sound = found;
      root.classList.add("st-has-sound");
      bringing(false);
      say("sound", `${found.name}: ${found.says}`);
      await listening.show(found);
    } catch (error) { if (mine === opened) excuse("sound", error); }
  });
  // Scores come after the take, which can be heard meanwhile.
  let judged = 0;
  const score = async (/** @type {Take} */ take, /** @type {Take} */ piece) => {
    judged++;
    try {
      const [reference, synthetic] = [piece, take].map(({ buffer }) => channelsOf(buffer));
      const found = await judge.run("scores", { reference, synthetic, sr: take.buffer.sampleRate });
      takes.score(take, found);
    } catch (error) {
      takes.score(take, null);
      excuse("takes", error);
    }
    if (--judged === 0) judge.stop();
  };
  buildMaking(parts, maker, {
    reference: () => sound && { sound, channels: listening.chosen(), range: listening.range() },
    done(take, piece) {
      root.classList.add("st-has-takes");
      takes.compareWith(piece);
      takes.add(take);
      if (!take.mixed) score(take, piece); // a mixture is not meant to be like the one
      if (document.hidden) announceInTitle(take.title);
    },
  });
  window.addEventListener("pagehide", () => [looker, maker, judge].forEach((engine) => engine.stop()));
}

/** Say in the title that a take is ready, until the page is looked at again. @param {string} take */
function announceInTitle(take) {
  const before = document.title;
  document.title = `✓ ${take} is ready`;
  document.addEventListener("visibilitychange", () => { document.title = before; }, { once: true });
}

/**
 * Begin every studio of the page.
 * @param {string} packed the engine's worker
 * @param {{yardsticks: import("./words.js").Yardsticks}} config
 */
export async function startStudios(packed, config) {
  const roots = [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".as-studio:not([data-ready])"))];
  try {
    const source = await unpacked(packed);
    for (const root of roots) startStudio(root, source, config);
  } catch (error) {
    const words = `The studio cannot begin here (${/** @type {Error} */ (error).message}): take a newer browser.`;
    for (const root of roots) partsOf(root).part("off").textContent = words;
  }
}
