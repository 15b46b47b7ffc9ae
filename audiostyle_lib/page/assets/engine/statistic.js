// What every statistic of a sound has, as SoundStatistic of audiostyle_lib/statistics/sound.py: numbers, their
// gradient, and weights w of squared differences from a target t, w = counts / (2 sum(counts t^2) + size unit^2).

export class SoundStatistic {
  /** @param {number} size how many numbers @param {number} unit a size that counts as large */
  constructor(size, unit = 0.1) {
    this.size = size;
    this.unit = unit;
  }

  /** The numbers of a sound, written to `out`.
   * @param {import("./heard.js").Heard} heard @param {Float32Array} out
   */
  value(heard, out) {
    throw new Error(`${this.constructor.name} has no value for ${heard.n} bands and ${out.length} numbers`);
  }

  /** Adds to the gradients in `heard` what the gradient `g` of the numbers says.
   * @param {import("./heard.js").Heard} heard @param {Float32Array} g
   */
  back(heard, g) {
    throw new Error(`${this.constructor.name} has no gradient for ${heard.n} bands and ${g.length} numbers`);
  }

  /** How much each number counts, where bands count `loud`, 0 to 1.
   * @param {Float32Array} loud of each row's bands
   * @returns {Float32Array}
   */
  counts(loud) {
    throw new Error(`${this.constructor.name} does not say what counts of ${loud.length} bands`);
  }

  /** Of each squared difference from `target`: relative to the numbers' usual size.
   * @param {Float32Array} target @param {Float32Array} loud
   */
  weights(target, loud) {
    const counts = this.counts(loud);
    let sum = 0;
    for (let i = 0; i < counts.length; i++) sum += counts[i] * target[i] ** 2;
    const scale = 1 / (2 * sum + target.length * this.unit ** 2);
    return counts.map((count) => count * scale);
  }
}
