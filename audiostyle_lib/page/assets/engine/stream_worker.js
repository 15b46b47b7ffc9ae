// A generator in a worker: it hands pieces of sound to the loudspeaker's thread whenever that asks for more.
import { AudioError } from "./errors.js";
import { TextureGenerator } from "./generator.js";
import { textureStream } from "./stream.js";

/**
 * Wait for `{kept, seed, knob, port}`, then for `{knob}`; pieces go through the port, one for each message from there.
 * @param {any} scope a worker's global scope
 */
export function serveStream(scope) {
  let knob = 0;
  scope.onmessage = (/** @type {{data: any}} */ { data }) => {
    knob = data.knob ?? knob;
    if (!data.kept) return;
    try {
      const made = new TextureGenerator(data.kept), stream = textureStream(made, data.seed, () => knob);
      if (!data.port) throw new AudioError("port is missing; expected one to hand sound to");
      data.port.onmessage = () => {
        try {
          const piece = stream.next().value;
          data.port.postMessage(piece, piece.map((/** @type {Float32Array} */ y) => y.buffer));
        } catch (error) {
          scope.postMessage({ error: /** @type {Error} */ (error).message });
        }
      };
    } catch (error) {
      scope.postMessage({ error: /** @type {Error} */ (error).message });
    }
  };
}
