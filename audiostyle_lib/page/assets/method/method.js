// The figure of the method: what was computed for the book, and the same search live; one of them is shown.
import { bytesOf, element, home, keys } from "../player.js";
import { buildLive } from "./live.js";

/**
 * @param {HTMLElement} root
 * @param {string} packed the engine's worker
 * @param {import("./live.js").LiveConfig} config
 */
function startMethod(root, packed, config) {
  root.dataset.ready = "yes";
  const book = /** @type {HTMLElement} */ (root.querySelector(".as-explorer"));
  const panel = /** @type {HTMLElement} */ (root.querySelector(".as-live"));
  const sounds = book.querySelectorAll("audio"), bytes = bytesOf(sounds[sounds.length - 1].src);
  const live = buildLive(panel, packed, config, new File([bytes], `${panel.dataset.name}.mp3`, { type: "audio/mpeg" }));
  const bar = element("div", { class: "as-bar", role: "group", "aria-label": "Which search is shown" });
  book.before(bar);
  const buttons = ["Computed for the book", "Live, in this page"].map((words) =>
    element("button", { type: "button", ...keys }, bar, words));
  const choose = (/** @type {boolean} */ on) => {
    home().playing?.pause();
    buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(Boolean(i) === on)));
    book.classList.toggle("as-off", on);
    panel.classList.toggle("as-off", !on);
    if (!on) live.halt(); else if (!live.begun()) live.begin();
  };
  buttons.forEach((button, i) => button.addEventListener("click", () => choose(Boolean(i))));
  choose(false);
}

/**
 * Give all figures of the method on the page their controls.
 * @param {string} packed
 * @param {import("./live.js").LiveConfig} config
 */
export function startMethods(packed, config) {
  document.querySelectorAll(".as-method:not([data-ready])").forEach((root) =>
    startMethod(/** @type {HTMLElement} */ (root), packed, config));
}
