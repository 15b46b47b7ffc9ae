// Where in a recording a texture is, as audiostyle_lib/finding.py: the steadiest stretch.
import { checkAudio } from "./audio.js";
import { K } from "./constants.js";
import { AudioError } from "./errors.js";
import { octaveLevels } from "./references.js";
import { median, quantile, roundEven } from "./sums.js";

/**
 * The engine's task: the stretch that changes least and is not silent.
 * @param {{channels: Float32Array[], sr: number, seconds: number}} args all of what is shorter
 * @returns {{start: number, change: number}} where it begins, in seconds, and how much its quarters differ, in dB
 */
export function steadiest({ channels, sr, seconds }) {
  checkAudio(channels, sr, { minSeconds: 1 });
  const { STEPS, SILENT_DB } = K.finding, total = channels[0].length / sr, asked = Math.min(seconds, total);
  const levels = octaveLevels(channels, sr), perSecond = levels.length / total;
  const width = Math.max(4, roundEven(asked * perSecond)), step = Math.max(1, Math.floor(width / STEPS));
  const loud = levels.map((look) => Math.max(...look)), loudest = loud.reduce((a, b) => Math.max(a, b), -Infinity);
  let best = { start: 0, change: Infinity };
  for (let first = 0; first < Math.max(1, levels.length - width + 1); first += step) {
    if (median(loud.slice(first, first + width)) < loudest - SILENT_DB) continue;
    const change = changeOf(levels.slice(first, first + width));
    if (change < best.change) best = { start: Math.min(first / perSecond, total - asked), change };
  }
  if (best.change === Infinity) throw new AudioError("y has no stretch that is not silent; expected sound");
  return best;
}

/** How much the quarters of levels (looks, bands) differ. @param {number[][]} levels */
function changeOf(levels) {
  const { QUARTILES } = K.finding, n = levels.length, parts = 4;
  let start = 0;
  const quarters = Array.from({ length: parts }, (_, q) => { // the first ones longer, as numpy splits
    const part = levels.slice(start, (start += Math.floor(n / parts) + (q < n % parts ? 1 : 0)));
    return part[0].flatMap((_, band) => {
      const sorted = Float64Array.from(part, (look) => look[band]).sort();
      return QUARTILES.map((share) => quantile(sorted, share / 100));
    });
  });
  const middle = quarters[0].map((_, i) => quarters.reduce((sum, row) => sum + row[i], 0) / parts);
  const off = quarters.map((row) => row.reduce((sum, v, i) => sum + Math.abs(v - middle[i]), 0) / row.length);
  return off.reduce((a, b) => a + b, 0) / parts;
}
