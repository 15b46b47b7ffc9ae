// The loudspeaker of an endless sound: it asks a worker for pieces a moment before they are needed, and plays them one
// after the other on the audio's own thread, which no busy page and no hidden tab slows down.

// What runs there. It asks the worker for a piece whenever less than `ahead` samples wait, one at a time.
export const QUEUE = `registerProcessor("as-queue", class extends AudioWorkletProcessor {
  constructor({ processorOptions }) {
    super();
    Object.assign(this, { ahead: processorOptions.ahead, pieces: [], at: 0, waiting: 0, asked: false, told: false });
    this.port.onmessage = ({ data }) => {
      if (data.ahead) this.ahead = data.ahead;
      if (data.source) {
        this.source = data.source;
        this.source.onmessage = ({ data: piece }) => {
          this.pieces.push(piece);
          this.waiting += piece[0].length;
          this.asked = false;
        };
      }
    };
  }
  process(_, [out]) {
    if (this.source && !this.asked && this.waiting < this.ahead) { this.asked = true; this.source.postMessage(0); }
    for (let i = 0; i < out[0].length && this.waiting; ) {
      const piece = this.pieces[0], n = Math.min(out[0].length - i, piece[0].length - this.at);
      out.forEach((y, c) => y.set(piece[c % piece.length].subarray(this.at, this.at + n), i));
      i += n; this.at += n; this.waiting -= n;
      if (this.at === piece[0].length) { this.pieces.shift(); this.at = 0; }
      if (!this.told) { this.told = true; this.port.postMessage("sounds"); }
    }
    return true;
  }
});`;

const FADE = 0.015; // s, the time in which a volume is followed

export class Loudspeaker {
  /**
   * @param {AudioContext} context
   * @param {AudioWorkletNode} node
   * @param {GainNode} volume
   */
  constructor(context, node, volume) {
    this.context = context;
    this.node = node;
    this.volume = volume;
  }

  /**
   * A loudspeaker that plays what comes from a port.
   * @param {number} sr
   * @param {number} nChannels
   * @param {MessagePort} source gives a piece for each message
   * @param {object} options
   * @param {number} options.ahead seconds that wait, at least
   * @param {number} options.gain
   * @param {() => void} options.sounds called with the first sound
   * @param {(context: AudioContext) => void} options.opened called when there is something to be closed
   */
  static async open(sr, nChannels, source, { ahead, gain, sounds, opened }) {
    const context = new AudioContext({ sampleRate: sr });
    opened(context);
    if (!context.audioWorklet) throw new Error("this browser plays no endless sound on this page");
    // A page opened as a file loads no other kind of address here.
    await context.audioWorklet.addModule(`data:text/javascript;base64,${btoa(QUEUE)}`);
    const node = new AudioWorkletNode(context, "as-queue", {
      numberOfInputs: 0, outputChannelCount: [nChannels], processorOptions: { ahead: ahead * sr },
    });
    const volume = new GainNode(context, { gain });
    node.connect(volume).connect(context.destination);
    node.port.onmessage = sounds;
    node.port.postMessage({ source }, [source]);
    await context.resume();
    return new Loudspeaker(context, node, volume);
  }

  /** @param {number} gain */
  setVolume(gain) {
    this.volume.gain.setTargetAtTime(gain, this.context.currentTime, FADE);
  }

  /** @param {number} seconds that wait, at least */
  setAhead(seconds) {
    this.node.port.postMessage({ ahead: seconds * this.context.sampleRate });
  }

  /** Fade out, then let go of everything. */
  close() {
    this.setVolume(0);
    setTimeout(() => this.context.close(), 6000 * FADE);
  }
}
