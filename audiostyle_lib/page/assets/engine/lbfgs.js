// One loop for every synthesis: `optim.optimise`, with torch's L-BFGS and its strong Wolfe line search, line by line.
import { K } from "./constants.js";
import { AudioError } from "./errors.js";
import { largest } from "./sums.js";

/**
 * @typedef {(x: Float32Array, gradient: Float32Array) => number} Criterion what it gives back is the loss; it writes
 *   the gradient
 * @typedef {{t: number, f: number, g: Float32Array, gtd: number}} Point of a line search
 */

/**
 * Minimise a criterion, at most `nSteps` steps.
 * @param {Float32Array} start not changed
 * @param {Criterion} criterion
 * @param {object} [options]
 * @param {number} [options.nSteps]
 * @param {number} [options.nEvaluations] about: no step begins after as many
 * @param {(share: number) => void} [options.progress]
 * @param {(x: Float32Array, history: number[]) => void} [options.watch] told the start, and every point whose loss,
 *   the last of the history, is below all before
 * @returns {{x: Float32Array, history: number[]}}
 */
export function optimise(start, criterion, { nSteps = 100, nEvaluations = 2 * nSteps, progress, watch } = {}) {
  /** @type {number[]} */
  const history = [];
  const x = start.slice(), size = x.length, origin = new Float32Array(size), pool = /** @type {Float32Array[]} */ ([]);
  const spare = () => pool.pop() ?? new Float32Array(size);
  let least = Infinity;
  /** @returns {[number, Float32Array]} */
  const evaluate = () => {
    const gradient = spare(), loss = criterion(x, gradient);
    history.push(loss);
    if (!Number.isFinite(loss))
      throw new AudioError(`the loss became ${loss} at evaluation ${history.length}; `
        + "expected a finite number: try a smaller start");
    progress?.(Math.min(1, history.length / nSteps));
    if (watch && loss < least) {
      least = loss;
      watch(x.slice(), history.slice());
    }
    return [loss, gradient];
  };
  let [loss, g] = evaluate(), evaluations = 1, scale = 1, t = 1, before = g;
  if (largest(g) <= K.optim.TOLERANCE) return { x, history };
  const d = new Float32Array(size);
  /** @type {{y: Float32Array, s: Float32Array, rho: number}[]} */
  const memory = [];
  for (let n = 1; n <= nSteps; n++) {
    if (n > 1) {
      const y = spare(), s = spare();
      for (let i = 0; i < size; i++) { y[i] = g[i] - before[i]; s[i] = d[i] * t; }
      const ys = dot(y, s);
      if (ys > 1e-10) {
        if (memory.length === K.optim.HISTORY) {
          const oldest = /** @type {{y: Float32Array, s: Float32Array}} */ (memory.shift());
          pool.push(oldest.y, oldest.s);
        }
        memory.push({ y, s, rho: 1 / ys });
        scale = ys / dot(y, y);
      } else pool.push(y, s);
      pool.push(before);
    }
    for (let i = 0; i < size; i++) d[i] = -g[i];
    const alphas = memory.map(() => 0);
    for (let i = memory.length - 1; i >= 0; i--) {
      alphas[i] = dot(memory[i].s, d) * memory[i].rho;
      add(d, -alphas[i], memory[i].y);
    }
    for (let i = 0; i < size; i++) d[i] *= scale;
    memory.forEach(({ y, s, rho }, i) => add(d, alphas[i] - dot(y, d) * rho, s));
    before = g;
    t = n === 1 ? Math.min(1, 1 / g.reduce((sum, v) => sum + Math.abs(v), 0)) : 1;
    const gtd = dot(g, d);
    if (gtd > 0) break;
    origin.set(x);
    const place = (/** @type {number} */ step) => { for (let i = 0; i < size; i++) x[i] = origin[i] + step * d[i]; };
    const at = (/** @type {number} */ step) => {
      place(step);
      const [f, gradient] = evaluate();
      return { t: step, f, g: gradient, gtd: dot(gradient, d) };
    };
    const free = (/** @type {Point} */ point) => { if (point.g !== before) pool.push(point.g); };
    const found = strongWolfe(at, { t: 0, f: loss, g, gtd }, t, largest(d), nEvaluations - evaluations, free);
    evaluations = history.length;
    ({ t, f: loss, g } = found);
    if (g === before) g = g.slice(); // no step was found
    place(t);
    if (evaluations >= nEvaluations || largest(g) <= K.optim.TOLERANCE || t * largest(d) <= 0) break;
  }
  return { x, history };
}

/**
 * The step along a direction that satisfies Wolfe's conditions.
 * @param {(t: number) => Point} at
 * @param {Point} start
 * @param {number} t
 * @param {number} size largest number of the direction
 * @param {number} most evaluations
 * @param {(point: Point) => void} free what is no longer needed
 * @returns {Point}
 */
function strongWolfe(at, start, t, size, most, free) {
  const tooHigh = (/** @type {Point} */ p) => p.f > start.f + 1e-4 * p.t * start.gtd;
  const flat = (/** @type {Point} */ p) => Math.abs(p.gtd) <= -0.9 * start.gtd;
  let now = at(t), last = start, n = 0;
  /** @type {Point[] | null} */
  let bracket = null;
  while (n < most) {
    if (tooHigh(now) || (n > 1 && now.f >= last.f)) { bracket = [last, now]; break; }
    if (flat(now)) { if (last !== start) free(last); return now; }
    if (now.gtd >= 0) { bracket = [last, now]; break; }
    const next = cubicStep(last, now, now.t + 0.01 * (now.t - last.t), now.t * 10);
    if (last !== start) free(last);
    last = now;
    now = at(next);
    n++;
  }
  bracket ??= [start, now];
  let stuck = false, low = bracket[0].f <= bracket[1].f ? 0 : 1;
  while (n < most) {
    const [a, b] = bracket, least = Math.min(a.t, b.t), greatest = Math.max(a.t, b.t), width = greatest - least;
    if (width * size < 1e-9) break;
    let step = cubicStep(a, b, least, greatest);
    if (Math.min(greatest - step, step - least) < 0.1 * width) {
      if (stuck || step >= greatest || step <= least) {
        step = Math.abs(step - greatest) < Math.abs(step - least) ? greatest - 0.1 * width : least + 0.1 * width;
        stuck = false;
      } else stuck = true;
    } else stuck = false;
    const found = at(step);
    n++;
    const high = 1 - low;
    if (tooHigh(found) || found.f >= bracket[low].f) {
      free(bracket[high]);
      bracket[high] = found;
      low = bracket[0].f <= bracket[1].f ? 0 : 1;
    } else {
      const done = flat(found);
      if (!done && found.gtd * (bracket[high].t - bracket[low].t) >= 0) {
        free(bracket[high]);
        bracket[high] = bracket[low];
      } else free(bracket[low]);
      bracket[low] = found;
      if (done) break;
    }
  }
  free(bracket[1 - low]);
  return bracket[low];
}

/**
 * Where the cubic through two points, with their slopes, is least.
 * @param {Point} a
 * @param {Point} b
 * @param {number} low
 * @param {number} high
 */
function cubicStep(a, b, low, high) {
  const d1 = a.gtd + b.gtd - (3 * (a.f - b.f)) / (a.t - b.t), square = d1 * d1 - a.gtd * b.gtd;
  if (!(square >= 0)) return (low + high) / 2;
  const d2 = Math.sqrt(square);
  const least = a.t <= b.t
    ? b.t - (b.t - a.t) * ((b.gtd + d2 - d1) / (b.gtd - a.gtd + 2 * d2))
    : a.t - (a.t - b.t) * ((a.gtd + d2 - d1) / (a.gtd - b.gtd + 2 * d2));
  return Math.min(Math.max(least, low), high);
}

/**
 * @param {Float32Array} a
 * @param {Float32Array} b
 */
function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/**
 * y += s x
 * @param {Float32Array} y
 * @param {number} s
 * @param {Float32Array} x
 */
function add(y, s, x) {
  for (let i = 0; i < y.length; i++) y[i] += s * x[i];
}
