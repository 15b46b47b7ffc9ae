// What can go wrong, by the names that reach the page.

/** Bad input, said in one clear sentence; as Python's. */
export class AudioError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = "AudioError";
  }
}
