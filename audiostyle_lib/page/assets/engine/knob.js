// A knob that moves between references, as audiostyle_lib/knob.py.

/** @typedef {{n: number, rows: Float64Array}} Shares n rows of k shares */

export class Knob {
  /** @param {number[]} positions of the references, rising; one, of any value, where there is no knob */
  constructor(positions) {
    this.positions = positions;
    this.even = positions[0] > 0 ? positions.map(Math.log) : positions;
  }

  /**
   * A value on the knob where equal steps count as equal; ends are the outer references.
   * @param {number} value
   */
  place(value) {
    const low = this.positions[0], high = this.positions[this.positions.length - 1];
    const within = Math.min(Math.max(value, low), high);
    return low > 0 ? Math.log(within) : within;
  }

  /**
   * Shares of the references at places, (n, k): of the two nearest ones.
   * @param {number[]} places
   * @returns {Shares}
   */
  between(places) {
    const { even } = this, k = even.length, rows = new Float64Array(places.length * k);
    places.forEach((place, t) => {
      let i = 1;
      while (i < k - 1 && even[i] < place) i++;
      if (k === 1) rows[t] = 1;
      else {
        const share = Math.min(1, Math.max(0, (place - even[i - 1]) / (even[i] - even[i - 1])));
        rows[t * k + i - 1] = 1 - share;
        rows[t * k + i] = share;
      }
    });
    return { n: places.length, rows };
  }

  /**
   * Shares of endless stretches while the knob is turned: it is looked at when a stretch begins, and moved to in it.
   * @param {() => number} turn where it stands
   * @param {number} nFrames of a stretch
   * @returns {Generator<Shares, never>}
   */
  *path(turn, nFrames) {
    let last = null;
    for (;;) {
      const place = this.place(turn()), before = last ?? place;
      last = place;
      yield this.between(Array.from({ length: nFrames }, (_, t) => before + ((place - before) * (t + 1)) / nFrames));
    }
  }
}

/**
 * Pieces of one sound once for each reference, as loud as its share: channels (k * parts) of each.
 * @param {Iterable<Float32Array[]>} pieces of principal channels
 * @param {Shares[]} shares of the frames that pieces are made of, added to while they are made
 * @param {number[]} gains of the references
 * @param {number} hopLength
 * @returns {Generator<Float32Array[]>}
 */
export function* weighted(pieces, shares, gains, hopLength) {
  const k = gains.length;
  let rows = new Float64Array(0), first = 0, at = 0; // frames that are known, from number `first`
  for (const piece of pieces) {
    for (const more of shares.splice(0)) {
      const all = new Float64Array(rows.length + more.rows.length);
      all.set(rows);
      all.set(more.rows, rows.length);
      rows = all;
    }
    const n = rows.length / k, length = piece[0].length;
    const out = gains.flatMap(() => piece.map((y) => new Float32Array(y.length)));
    for (let i = 0; i < length; i++) {
      const place = Math.min((at + i) / hopLength - first, n - 1), t = Math.min(Math.floor(place), n - 1);
      const share = place - t, next = Math.min(t + 1, n - 1);
      for (let j = 0; j < k; j++) {
        const a = rows[t * k + j], weight = Math.fround(gains[j] * (a + share * (rows[next * k + j] - a)));
        for (let p = 0; p < piece.length; p++) out[j * piece.length + p][i] = weight * piece[p][i];
      }
    }
    yield out;
    at += length;
    const done = Math.max(0, Math.floor(at / hopLength) - first);
    rows = rows.slice(done * k);
    first += done;
  }
}
