// One search's figure: what there is at a step, as a picture, matrices, loss and sound, beside the recording.
import { addSwitch, upgrade } from "../player.js";
import { partsOf } from "../studio/page_parts.js";
import { wav } from "../wav.js";
import { distance, drawImage, drawLoss, filterOrder, heatMaps, numberText, ordered } from "./drawing.js";

/** @typedef {{pixels: Uint8ClampedArray<ArrayBuffer>, width: number, height: number}} Pixels */
/** @typedef {{y: Float32Array, level: number, gram: Float32Array, picture: Pixels}} Recording */
/** @typedef {{loss: number, gram: Float32Array, picture: Pixels, S: Float32Array, heard?: string}} Step */

const imageOf = (/** @type {Pixels} */ { pixels, width, height }) => new ImageData(pixels, width, height);

/**
 * An address of a sound, for a player; of quiet ones louder, as all players of the book.
 * @param {Float32Array} y
 * @param {number} sr
 */
export function addressOf(y, sr) {
  return URL.createObjectURL(wav([y], sr, "sound.wav"));
}

/**
 * Build the figure of a recording into a box.
 * @param {HTMLElement} box
 * @param {HTMLTemplateElement} template
 * @param {Recording} recording
 * @param {{sr: number, most: number, hear: (step: number) => void}} how rate; steps that are expected; what to do where
 *   a step is to be heard
 */
export function buildFigure(box, template, recording, { sr, most, hear }) {
  box.replaceChildren(template.content.cloneNode(true));
  const { part } = partsOf(box), seconds = (recording.y.length / sr).toFixed(3);
  const order = filterOrder(recording.gram, Math.sqrt(recording.gram.length));
  const wanted = ordered(recording.gram, order);
  const [now, original] = ["now", "recording"].map((name) => {
    Object.assign(part(name).dataset, { seconds, rate: sr });
    return new Audio();
  });
  original.src = addressOf(recording.y, sr);
  const clips = [upgrade(part("now"), now, "what there is now"), upgrade(part("recording"), original, "the recording")];
  drawImage(part("original"), imageOf(recording.picture));
  addSwitch(box, () => (part("now").classList.contains("as-unheard") ? clips.slice(1) : clips));
  let at = 0;
  part("hear").addEventListener("click", () => hear(at));

  return {
    /**
     * @param {Step[]} steps
     * @param {number} step
     */
    show(steps, step) {
      at = step;
      const { picture, gram, loss, heard } = steps[step], mine = ordered(gram, order);
      clips[0].pause();
      drawImage(part("picture"), imageOf(picture));
      heatMaps([part("wanted"), part("gram"), part("difference")], wanted, mine);
      drawLoss(part("curve"), steps.map((found) => found.loss), step, most);
      part("step").textContent = `(step ${step})`;
      part("loss").textContent = numberText(loss);
      part("off").textContent = `${Math.round(100 * distance(wanted, mine))}%`;
      part("now").classList.toggle("as-unheard", !heard);
      if (heard && now.src !== heard) {
        now.src = heard;
        clips[0].moveTo(clips[0].at());
      }
    },
    play: () => clips[0].play(0),
    pause: () => clips.forEach((clip) => clip.pause()),
  };
}
