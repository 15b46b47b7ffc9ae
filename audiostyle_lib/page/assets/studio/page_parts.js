// What all steps of the studio use: its parts by name, its lines of status, its excuses.

/**
 * @typedef {object} Parts
 * @property {(name: string) => any} part the element of that name
 * @property {(where: string, words: string, bad?: boolean) => void} say into the status line of a step; spoken, too
 * @property {(where: string, error: any) => void} excuse say what went wrong; nothing, if the reader stopped it
 */

/** @param {HTMLElement} root @returns {Parts} */
export function partsOf(root) {
  const part = (/** @type {string} */ name) => root.querySelector(`[data-part="${name}"]`);
  const say = (/** @type {string} */ where, /** @type {string} */ words, bad = false) => {
    const line = /** @type {HTMLElement} */ (part(`${where}-status`));
    line.classList.toggle("st-bad", bad);
    if (line.textContent !== words) line.textContent = words;
  };
  const excuse = (/** @type {string} */ where, /** @type {any} */ error) => {
    if (error?.name === "Stopped") return;
    const words = error?.message || error?.name || String(error);
    const ours = { AudioError: sentence(words), Refusal: words }[String(error?.name)];
    const others = `That did not work (${words}). Take a shorter piece, or close other pages, and try again.`;
    say(where, ours ?? others, true);
  };
  return { part, say, excuse };
}

/** @param {string} words */
function sentence(words) {
  return `${words[0].toUpperCase()}${words.slice(1)}${/[.!?]$/.test(words) ? "" : "."}`;
}
