// The page's side of the engine: it starts the worker, hands it tasks, and can stop it.
// Of the engine a page needs this and the worker's text; `page/engine.py` writes both. Every module of the folder says
// in its first line what it is for; each mirrors the Python module of its name. The lowest are products (matrices),
// fft, random and lbfgs; tasks.js names what a page can ask for.

/** @typedef {{resolve: (result: any) => void, reject: (error: Error) => void, progress?: Progress}} Waiting */
/** @typedef {(share: number, what: string, found?: any) => void} Progress `found` is what the task has by then */

/** An engine in a worker of its own, which starts with the first task. */
export class Engine {
  /** @param {string} workerSource the worker's text */
  constructor(workerSource) {
    this.workerSource = workerSource;
    this.last = 0;
    /** @type {Worker | null} */
    this.worker = null;
    /** @type {Map<number, Waiting>} */
    this.waiting = new Map();
  }

  /**
   * What a task gives back. Bad input rejects with an error named "AudioError", `stop` with one named "Stopped".
   * @param {string} task
   * @param {any} args copied
   * @param {Progress} [progress] told how far the task is, in [0, 1], and what is done
   * @returns {Promise<any>}
   */
  run(task, args, progress) {
    const id = ++this.last;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject, progress });
      try {
        this.worker ??= this.started();
        this.worker.postMessage({ id, task, args });
      } catch (error) {
        this.waiting.delete(id);
        reject(error);
      }
    });
  }

  /** End what is running and waiting. */
  stop() {
    this.fail("Stopped", "the engine was stopped");
  }

  /** @returns {Worker} */
  started() {
    const address = URL.createObjectURL(new Blob([this.workerSource], { type: "text/javascript" }));
    const worker = new Worker(address);
    URL.revokeObjectURL(address);
    worker.onmessage = ({ data }) => {
      const waiting = this.waiting.get(data.id);
      if (!waiting) return;
      if ("progress" in data) {
        waiting.progress?.(data.progress, data.what, data.found);
        return;
      }
      this.waiting.delete(data.id);
      if (data.error) waiting.reject(namedError(data.error.name, data.error.message));
      else waiting.resolve(data.result);
    };
    worker.onerror = (event) => this.fail("Error", event.message || "the engine's worker failed");
    return worker;
  }

  /**
   * @param {string} name
   * @param {string} message
   */
  fail(name, message) {
    this.worker?.terminate();
    this.worker = null;
    const all = [...this.waiting.values()];
    this.waiting.clear();
    for (const { reject } of all) reject(namedError(name, message));
  }
}

/**
 * @param {string} name
 * @param {string} message
 */
function namedError(name, message) {
  const error = new Error(message);
  error.name = name;
  return error;
}
