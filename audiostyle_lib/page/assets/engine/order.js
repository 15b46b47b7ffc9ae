// Where the values of a row are, from the smallest, of equals the first: `order` of
// audiostyle_lib/statistics/tensors.py. A radix sort of the values' bits, which read as whole numbers in order, 11 at
// a time.

const DIGIT = 11, N_DIGITS = 1 << DIGIT;

/** @type {{size: number, keys: Uint32Array[], places: Uint32Array[], bits: Float32Array, counts: Uint32Array}} */
const sortRoom = {
  size: 0,
  keys: [],
  places: [],
  bits: new Float32Array(0),
  counts: new Uint32Array(3 * N_DIGITS),
};

/** Places of `n` values, smallest first, written to `out`.
 * @param {Float32Array} values @param {Uint32Array} out as long
 */
export function order(values, out) {
  const n = values.length, room = sortRoom, counts = room.counts;
  if (room.size < n) {
    room.size = n;
    room.bits = new Float32Array(n);
    room.keys = [new Uint32Array(room.bits.buffer), new Uint32Array(n)];
    room.places = [new Uint32Array(n), new Uint32Array(n)];
  }
  const bits = room.bits;
  let [keys, keysTo] = room.keys, [places, placesTo] = room.places;
  counts.fill(0);
  for (let i = 0; i < n; i++) {
    bits[i] = values[i] + 0; // there is no -0
    const b = keys[i], key = b & 0x80000000 ? ~b : b | 0x80000000; // as whole numbers, negative ones run backwards
    keys[i] = key;
    places[i] = i;
    counts[key & (N_DIGITS - 1)]++;
    counts[N_DIGITS + ((key >>> DIGIT) & (N_DIGITS - 1))]++;
    counts[2 * N_DIGITS + (key >>> (2 * DIGIT))]++;
  }
  for (let digit = 0; digit < 3; digit++) {
    const first = digit * N_DIGITS, shift = digit * DIGIT;
    for (let k = 0, sum = 0; k < N_DIGITS; k++) {
      const count = counts[first + k];
      counts[first + k] = sum;
      sum += count;
    }
    const last = digit === 2, to = last ? out : placesTo;
    for (let i = 0; i < n; i++) {
      const key = keys[i], at = counts[first + ((key >>> shift) & (N_DIGITS - 1))]++;
      to[at] = places[i];
      if (!last) keysTo[at] = key;
    }
    [keys, keysTo] = [keysTo, keys];
    [places, placesTo] = [placesTo, places];
  }
}
