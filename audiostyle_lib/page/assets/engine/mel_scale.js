// Slaney's mel scale, as librosa has it: linear up to 1,000 Hz, logarithmic above.
const LINEAR = 200 / 3, CORNER = 1000, STEP = Math.log(6.4) / 27; // Hz a mel below the corner, log Hz above

/** @param {number} f Hz */
export function melOfHz(f) {
  return f < CORNER ? f / LINEAR : CORNER / LINEAR + Math.log(f / CORNER) / STEP;
}

/** @param {number} mel */
export function hzOfMel(mel) {
  const corner = CORNER / LINEAR;
  return mel < corner ? mel * LINEAR : CORNER * Math.exp(STEP * (mel - corner));
}
