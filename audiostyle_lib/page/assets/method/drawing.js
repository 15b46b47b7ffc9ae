// What the figure of the method draws of each step, as page/steps.py does: Gram matrices as heat maps, and the loss.
import { K } from "../engine/constants.js";

/**
 * A number as the pages write it: two decimals, or two digits of a small one.
 * @param {number} x
 */
export function numberText(x) {
  return Math.abs(x) > 1e-12 && Math.abs(x) < 0.095 ? String(Number(x.toPrecision(2))) : x.toFixed(2);
}

/**
 * Size of the difference of two matrices, relative to the wanted one.
 * @param {ArrayLike<number>} wanted
 * @param {ArrayLike<number>} now
 */
export function distance(wanted, now) {
  let off = 0, size = 0;
  for (let i = 0; i < wanted.length; i++) {
    off += (now[i] - wanted[i]) ** 2;
    size += wanted[i] ** 2;
  }
  return Math.sqrt(off / size);
}

/**
 * An order of the first filters in which those that respond together stand together.
 * @param {Float32Array} gram (n, n)
 * @param {number} n
 */
export function filterOrder(gram, n) {
  const count = Math.min(n, K.steps.FILTERS);
  const size = Array.from({ length: count }, (_, i) => Math.sqrt(Math.max(gram[i * n + i], 1e-12)));
  const left = new Set(size.keys());
  const order = [size.indexOf(Math.max(...size))];
  left.delete(order[0]);
  while (left.size) {
    const last = order[order.length - 1];
    const likeness = (/** @type {number} */ i) => gram[last * n + i] / size[last] / size[i];
    const next = [...left].reduce((best, i) => (likeness(i) > likeness(best) ? i : best));
    order.push(next);
    left.delete(next);
  }
  return order;
}

/**
 * Rows and columns of a matrix (n, n) in an order.
 * @param {Float32Array} gram
 * @param {number[]} order
 */
export function ordered(gram, order) {
  const n = Math.sqrt(gram.length);
  return Float32Array.from(order.flatMap((i) => order.map((j) => gram[i * n + j])));
}

/**
 * Numbers from 0 to 1 as colours of a palette on a canvas with as many points.
 * @param {HTMLCanvasElement} canvas
 * @param {Float32Array} values a square
 * @param {readonly (readonly number[])[]} palette
 */
function paint(canvas, values, palette) {
  const n = Math.sqrt(values.length), image = new ImageData(n, n), last = palette.length - 1;
  values.forEach((v, i) => {
    image.data.set([...palette[Math.max(0, Math.min(last, Math.round(v * last)))], 255], 4 * i);
  });
  drawImage(canvas, image);
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {ImageData} image
 */
export function drawImage(canvas, image) {
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.getContext("2d")?.putImageData(image, 0, 0);
}

/**
 * The wanted matrix, the present one and their difference.
 * @param {HTMLCanvasElement[]} canvases
 * @param {Float32Array} wanted in an order of its filters
 * @param {Float32Array} now in the same order
 */
export function heatMaps(canvases, wanted, now) {
  const sorted = wanted.slice().sort(), top = sorted[Math.floor(K.steps.BRIGHT * (sorted.length - 1))] || 1;
  paint(canvases[0], wanted.map((v) => v / top), K.html.PALETTE);
  paint(canvases[1], now.map((v) => v / top), K.html.PALETTE);
  paint(canvases[2], now.map((v, i) => (v - wanted[i]) / top / 2 + 0.5), K.steps.DIFFERENCES);
  canvases[2].setAttribute("aria-label",
    `Difference of both: ${Math.round(100 * distance(wanted, now))}% of the first`);
}

/**
 * The loss at every step as a curve, with a dot at one of them.
 * @param {Element} box
 * @param {number[]} history
 * @param {number} at
 * @param {number} most steps that there is room for
 */
export function drawLoss(box, history, at, most) {
  const { DECADES, WIDTH, HEIGHT, LEFT, BOTTOM } = K.steps, [first] = history, last = Math.max(most, history.length - 1);
  const floor = HEIGHT - BOTTOM, height = floor - 8, right = WIDTH - 8;
  const place = (/** @type {number} */ step) => {
    const down = Math.log10(Math.max(first, 1e-30) / Math.max(history[step], 1e-30)) / DECADES;
    return [LEFT + ((right - LEFT) * step) / Math.max(last, 1), 8 + height * Math.min(1, Math.max(0, down))]
      .map((v) => v.toFixed(1));
  };
  const [x, y] = place(at), marks = [];
  for (let power = Math.ceil(Math.log10(first) - DECADES); power <= Math.log10(first); power++) {
    const level = 8 + (height * (Math.log10(first) - power)) / DECADES;
    marks.push(`<path d="M${LEFT} ${level.toFixed(1)}H${right}" class="as-grid"/>`,
      `<text x="${LEFT - 5}" y="${(level + 4).toFixed(1)}" text-anchor="end">${Number((10 ** power).toPrecision(3))}</text>`);
  }
  const say = `Loss at step ${at}: ${numberText(history[at])}. It began with ${numberText(first)}.`;
  box.innerHTML = `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${say}">${marks.join("")}`
    + `<polyline points="${history.map((_, step) => place(step).join(",")).join(" ")}"/>`
    + `<path d="M${x} 8V${floor}" class="as-now"/><circle cx="${x}" cy="${y}" r="4.5"/>`
    + `<text x="${LEFT}" y="${HEIGHT - 6}">0</text>`
    + `<text x="${right}" y="${HEIGHT - 6}" text-anchor="end">step ${last}</text></svg><span>Loss</span>`;
}
