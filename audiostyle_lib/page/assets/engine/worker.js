// The engine in a worker: it does the tasks that a page asks for, one after the other, and tells how far it is.
import { forgetPlans } from "./complex_fft.js";
import { AudioError } from "./errors.js";
import { TASKS } from "./tasks.js";

/**
 * Wait for tasks, `{id, task, args}`; answers are `{id, progress, what}` and then `{id, result}` or `{id, error}`.
 * What a task has found on its way is told with its progress, `{id, progress, what, found}`.
 * @param {any} scope a worker's global scope
 */
export function serve(scope) {
  scope.onmessage = async (/** @type {{data: {id: number, task: string, args: any}}} */ { data }) => {
    const { id, task, args } = data;
    let told = -1;
    const progress = (/** @type {number} */ share, what = "", /** @type {any} */ found = undefined) => {
      if (!found && share < 1 && share >= told && share < told + 0.01) return; // a hundred messages are enough
      told = share;
      scope.postMessage({ id, progress: share, what, found }, buffers(found));
    };
    try {
      const work = Object.hasOwn(TASKS, task) && /** @type {Record<string, Function>} */ (TASKS)[task];
      if (!work) throw new AudioError(`task is ${task}; expected one of ${Object.keys(TASKS).join(", ")}`);
      const result = await work(args, progress);
      scope.postMessage({ id, result }, buffers(result));
    } catch (error) {
      const { name, message } = /** @type {Error} */ (error);
      scope.postMessage({ id, error: { name, message } });
    } finally {
      forgetPlans();
    }
  };
}

/**
 * The memory of all arrays in a value, each once: it is handed over, not copied.
 * @param {any} value
 * @param {Set<ArrayBuffer>} [found]
 * @returns {ArrayBuffer[]}
 */
export function buffers(value, found = new Set()) {
  if (ArrayBuffer.isView(value)) found.add(/** @type {ArrayBuffer} */ (value.buffer));
  else if (value && typeof value === "object") Object.values(value).forEach((part) => buffers(part, found));
  return [...found];
}
