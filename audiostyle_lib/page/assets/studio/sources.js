// Where a sound comes from: a file that is chosen or dropped, a recording of the book, the microphone.
import { home } from "../player.js";
import { recordMicrophone } from "../record.js";
import { wav } from "../wav.js";
import { LONGEST } from "./piece.js";

/**
 * A button that lets choose a file, the same twice if need be.
 * @param {HTMLElement} button
 * @param {HTMLInputElement} field
 * @param {(file: File) => void} take
 */
export function letChoose(button, field, take) {
  button.addEventListener("click", () => { field.value = ""; field.click(); });
  field.addEventListener("change", () => { if (field.files?.[0]) take(field.files[0]); });
}

/**
 * The book's recording of that name, out of the page.
 * @param {HTMLElement} shelf
 * @param {string} name
 */
export function fromShelf(shelf, name) {
  const item = /** @type {HTMLElement} */ (shelf.querySelector(`[data-name="${name}"]`));
  const bytes = Uint8Array.from(atob(item.dataset.sound ?? ""), (c) => c.charCodeAt(0));
  return new File([bytes], `${name}.mp3`, { type: "audio/mpeg" });
}

/**
 * @param {HTMLElement} root
 * @param {import("./page_parts.js").Parts} parts
 * @param {(file: File) => void} take
 */
export function buildSources(root, { part, say }, take) {
  letChoose(part("choose"), part("file"), take);
  part("shelf").addEventListener("click", (/** @type {Event} */ event) => {
    const item = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-name]"));
    if (item) take(fromShelf(part("shelf"), item.dataset.name ?? ""));
  });
  // On the whole page: a file that is dropped beside the place for it would be opened instead, and all takes be lost.
  for (const kind of /** @type {const} */ (["dragover", "dragleave", "drop"]))
    window.addEventListener(kind, (event) => {
      if (!root.isConnected || ![...(event.dataTransfer?.types ?? [])].includes("Files")) return;
      event.preventDefault();
      part("drop").classList.toggle("st-over", kind === "dragover");
      const file = kind === "drop" && event.dataTransfer?.files[0];
      if (file) take(file);
    });
  letRecord(part("record"), say, take);
}

/**
 * @param {HTMLElement} button
 * @param {import("./page_parts.js").Parts["say"]} say
 * @param {(file: File) => void} take
 */
function letRecord(button, say, take) {
  /** @type {(() => void) | null} */
  let stop = null;
  let asking = false;
  button.addEventListener("click", async () => {
    if (stop) return stop();
    if (asking) return;
    asking = true;
    home().playing?.pause();
    try {
      const recording = await recordMicrophone(LONGEST, (s) => {
        button.textContent = `■ Stop recording (${Math.floor(s)} s)`;
      });
      stop = recording.stop;
      button.textContent = "■ Stop recording";
      say("sound", `Recording, ${LONGEST} s at most …`);
      const { channels, sr } = await recording.done;
      if (channels[0].length) take(wav(channels, sr, "recording.wav", { bits: 24 }));
      else say("sound", "Nothing came from the microphone. Choose a file instead.", true);
    } catch (error) {
      say("sound", microphoneTrouble(/** @type {Error} */ (error)), true);
    } finally {
      stop = null;
      asking = false;
      button.textContent = "● Record";
    }
  });
}

/** @param {Error} error of the browser @returns {string} */
function microphoneTrouble({ name, message }) {
  switch (name) {
    case "NotFoundError":
    case "OverconstrainedError": return "There is no microphone here. Choose a file instead.";
    case "NotAllowedError":
      return "This page may not use the microphone. Allow it in the browser’s settings, or choose a file.";
    case "InsecureContextError":
      return "Browsers let a page record only over https, or from this computer. Choose a file instead.";
    default: return `The microphone cannot be used (${message || name}). Choose a file instead.`;
  }
}
