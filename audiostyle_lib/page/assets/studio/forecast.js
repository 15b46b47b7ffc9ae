// The forecast beside a piece: how convincing listeners would find a texture of it, on their scale from 1 to 7.
import { element } from "../player.js";
import { expectation } from "./words.js";

const LEAST = 1, MOST = 7;
const place = (/** @type {number} */ rating) => `${(100 * (rating - LEAST)) / (MOST - LEAST)}%`;

/**
 * Show it; null takes it away, while the next one is being found out.
 * @param {HTMLElement} box
 * @param {{rating: number, low: number, high: number, warning: string} | null} found
 */
export function showForecast(box, found) {
  box.classList.toggle("st-waiting", !found);
  if (!found) return;
  box.replaceChildren();
  const { rating, low, high, warning } = found;
  const numbers = `${rating.toFixed(1)} of 7`;
  const range = `four of five lie between ${low.toFixed(1)} and ${high.toFixed(1)}`;
  const line = element("p", { class: "st-rating" }, box);
  element("span", {}, line, "Expected realism ");
  element("b", {}, line, numbers);
  element("small", {}, line, ` (${range})`);
  const scale = element("div", { class: "st-scale", "aria-hidden": "true" }, box);
  const band = element("span", { class: "st-band" }, scale);
  band.style.left = place(low);
  band.style.right = `calc(100% - ${place(high)})`;
  element("span", { class: "st-dot" }, scale).style.left = place(rating);
  const ends = element("p", { class: "st-ends", "aria-hidden": "true" }, box);
  element("span", {}, ends, "1 not at all");
  element("span", {}, ends, "7 like the real thing");
  const doubt = warning ? ` Do not trust the number here: ${warning}.` : "";
  element("p", {}, box, `${expectation(rating)}${doubt}`);
}
