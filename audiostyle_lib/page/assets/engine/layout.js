// Which channels say something of their own, as `Layout` of spatial.py: silent ones are 0 everywhere; equal or opposite
// ones share a column of the matrix (channels, distinct) of 0, 1 and -1.

export class Layout {
  /** @param {Float32Array[][]} sounds all with as many channels */
  constructor(sounds) {
    const nChannels = sounds[0].length;
    /** @type {number[]} */
    this.firsts = [];
    /** @type {{place: number, sign: number}[]} of each channel */
    this.rows = [];
    for (let i = 0; i < nChannels; i++) {
      const row = { place: 0, sign: 0 };
      if (sounds.some((Y) => Y[i].some((v) => v !== 0))) {
        row.place = this.firsts.findIndex((j) => {
          row.sign = [1, -1].find((s) => sounds.every((Y) => Y[i].every((v, at) => v === s * Y[j][at]))) ?? 0;
          return row.sign;
        });
        if (row.place < 0) {
          Object.assign(row, { place: this.firsts.length, sign: 1 });
          this.firsts.push(i);
        }
      }
      this.rows.push(row);
    }
    if (!this.firsts.length) this.firsts.push(0);
  }

  /** @param {Float32Array[]} Y */
  distinct(Y) {
    return this.firsts.map((i) => Y[i]);
  }

  /**
   * All channels again, from the distinct ones; exact.
   * @param {Float32Array[]} Y
   */
  all(Y) {
    return this.rows.map(({ place, sign }) => Y[place].map((v) => (sign ? sign * v : 0)));
  }
}
