// Scores in words that need no explanation. The yardsticks come with the page, from Python.

/**
 * @typedef {object} Yardsticks of `texture_report`'s "auditory": what is as alike as a recording can be, and as unlike
 * @property {number} halves one half of a recording beside the other
 * @property {number} noise noise with the recording's spectrum
 */
/** @typedef {{share: number, words: string}} Verdict share in [0, 1] */

const within = (/** @type {number} */ x) => Math.max(0, Math.min(1, x));
const first = (/** @type {number} */ share, /** @type {[number, string][]} */ steps) =>
  (steps.find(([least]) => share >= least) ?? steps[steps.length - 1])[1];

/**
 * Is it alike? All of it is as alike as two halves of one recording, none is noise of the same colour.
 * @param {Record<string, number>} scores
 * @param {Yardsticks} yardsticks
 * @returns {Verdict}
 */
export function likeness(scores, { halves, noise }) {
  const share = within((noise - scores.auditory) / (noise - halves));
  return { share, words: first(share, [
    [0.95, "as alike as two halves of one recording"], [0.7, "clearly of the same kind"],
    [0.4, "akin, but something is missing"], [0, "the colour, and little else"]]) };
}

/**
 * Is it new? None is a copy, all of it is no more of a copy than noise.
 * @param {Record<string, number>} scores
 * @returns {Verdict}
 */
export function newness(scores) {
  const excess = Math.max(0, scores.copy - scores.copy_floor) / Math.max(1e-9, 1 - scores.copy_floor);
  const share = within(1 - excess);
  return { share, words: first(share, [
    [0.75, "nothing of it is found in the recording"], [0.5, "here and there close to the recording"],
    [0, "pieces of it are nearly copies"]]) };
}

/**
 * What to expect of a rating from 1 to 7.
 * @param {number} rating
 */
export function expectation(rating) {
  return first(rating, [
    [5.5, "It should convince: the same kind of thing goes on and on."],
    [4, "It may well convince. Listen to whether single events come out right."],
    [2.5, "Expect events at the wrong time, or melted into each other."],
    [-Infinity, "It has an order that averages do not keep, as speech and music have: expect a jumble."]]);
}
