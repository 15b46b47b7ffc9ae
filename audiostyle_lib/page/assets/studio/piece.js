// The choice of a piece: a picture of the whole recording, a handle at either end of the piece; by mouse, finger, keys.
import { element, home, keys } from "../player.js";

export const LONGEST = 60; // seconds of a piece, and of a texture

const inSeconds = (/** @type {number} */ s) => (s < 60 ? `${s.toFixed(1)} s`
  : `${Math.floor(s / 60)} min ${(s % 60).toFixed(1)} s`);

/**
 * Build the choice into a box.
 * @param {HTMLElement} box
 * @param {{least: number, changed: () => void, settled: () => void}} how the shortest piece in seconds; what is called
 *   with every move, and when the piece stays as it is for a moment
 */
export function buildPiece(box, { least, changed, settled }) {
  const stage = element("div", { class: "st-stage" }, box);
  const picture = element("canvas", { role: "img", "aria-label": "Spectrogram of the recording" }, stage);
  const before = element("div", { class: "st-shade" }, stage), after = element("div", { class: "st-shade" }, stage);
  const frame = element("div", { class: "st-frame" }, stage);
  const head = element("div", { class: "as-head", "aria-hidden": "true", hidden: "" }, stage);
  const handle = (/** @type {string} */ name, /** @type {string} */ kind) => element("input", {
    type: "range", min: 0, value: 0, class: `st-handle ${kind}`, "aria-label": name, ...keys }, stage);
  const left = handle("Start of the piece", "st-left"), right = handle("End of the piece", "st-right");
  const ends = element("p", { class: "st-ends", "aria-hidden": "true" }, box);
  const zero = element("span", {}, ends), whole = element("span", {}, ends);
  const bar = element("div", { class: "as-bar" }, box);
  const play = element("button", { type: "button", ...keys }, bar, "▶ Play the piece");
  const words = element("span", { class: "as-time" }, bar);

  let seconds = 1, start = 0, end = 1, timer = 0;
  const show = () => {
    const place = (/** @type {number} */ s) => `${(100 * s) / seconds}%`;
    before.style.width = place(start);
    after.style.left = place(end);
    frame.style.left = place(start);
    frame.style.width = place(end - start);
    left.value = start; right.value = end;
    left.setAttribute("aria-valuetext", inSeconds(start));
    right.setAttribute("aria-valuetext", inSeconds(end));
    words.textContent = `${inSeconds(start)} to ${inSeconds(end)}: ${inSeconds(end - start)}`;
  };
  const set = (/** @type {number} */ from, /** @type {number} */ to, quiet = false) => {
    start = from; end = to;
    show();
    if (quiet) return;
    changed();
    clearTimeout(timer);
    timer = window.setTimeout(settled, 350);
  };
  left.addEventListener("input", () => {
    const from = Math.max(0, Math.min(Number(left.value), seconds - least));
    set(from, Math.max(from + least, Math.min(end, from + LONGEST)));
  });
  right.addEventListener("input", () => {
    const to = Math.min(seconds, Math.max(Number(right.value), least));
    set(Math.min(to - least, Math.max(start, to - LONGEST)), to);
  });
  // A press in the picture brings the piece there; a drag takes it along.
  let grip = NaN;
  const drag = (/** @type {PointerEvent} */ event) => {
    const { left: x, width } = stage.getBoundingClientRect(), length = end - start;
    const at = ((event.clientX - x) / width) * seconds;
    if (Number.isNaN(grip)) grip = at >= start && at <= end ? at - start : length / 2;
    const from = Math.max(0, Math.min(at - grip, seconds - length));
    if (Math.abs(from - start) > 1e-6) set(from, from + length);
  };
  stage.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
    if (event.button !== 0 || /** @type {Element} */ (event.target).matches("input")) return;
    stage.setPointerCapture(event.pointerId);
    grip = NaN;
    drag(event);
  });
  stage.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => {
    if (stage.hasPointerCapture(event.pointerId)) drag(event);
  });

  return {
    play,
    /** @param {ImageData} image */
    draw(image) {
      picture.width = image.width; picture.height = image.height;
      picture.getContext("2d").putImageData(image, 0, 0);
    },
    range: () => [start, end],
    /** A new recording. */
    show(/** @type {number} */ length, /** @type {number} */ from, /** @type {number} */ to) {
      seconds = length;
      const step = seconds / Math.round(seconds / (seconds > LONGEST ? 0.5 : 0.05)); // which ends where the sound does
      for (const input of [left, right]) { input.max = seconds; input.step = step; }
      zero.textContent = "0 s";
      whole.textContent = inSeconds(seconds);
      set(from, to, true);
    },
    /** Where a voice that plays the piece is, drawn until it ends. */
    follow(/** @type {import("./voice.js").Voice} */ voice, /** @type {object} */ mine) {
      const offset = start;
      const draw = () => {
        const on = home().playing === mine;
        head.hidden = !on;
        play.textContent = on ? "❚❚ Pause" : "▶ Play the piece";
        if (!on) return;
        head.style.left = `${(100 * (offset + voice.currentTime)) / seconds}%`;
        requestAnimationFrame(draw);
      };
      draw();
    },
  };
}
