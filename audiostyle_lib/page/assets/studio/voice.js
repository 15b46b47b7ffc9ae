// What sounds in the studio: played sample by sample, so that a loop goes round without a gap, at the sound's own rate.
// It has as much of an <audio> element as a player of the page asks for.

const FADE = 0.005; // s, in which a sound comes and goes: without a click
const REST = 2000; // ms of silence after which the loudspeaker is let go

/** @type {{context: AudioContext, sr: number} | null} */
let loudspeaker = null;
let resting = 0;

/** One context for the page; another where another rate is asked for. @param {number} sr */
function contextAt(sr) {
  if (!loudspeaker || loudspeaker.sr !== sr) {
    loudspeaker?.context.close();
    let context;
    try { context = new AudioContext({ sampleRate: sr }); } catch { context = new AudioContext(); }
    loudspeaker = { context, sr };
  }
  clearTimeout(resting);
  return loudspeaker.context;
}

/** Let the loudspeaker go a while after the last sound. */
function rest() {
  clearTimeout(resting);
  resting = window.setTimeout(() => loudspeaker?.context.suspend(), REST);
}

/** The sound as browsers play it. @param {Float32Array[]} channels @param {number} sr */
export function bufferOf(channels, sr) {
  const buffer = new AudioBuffer({ length: channels[0].length, numberOfChannels: channels.length, sampleRate: sr });
  channels.forEach((y, c) => buffer.copyToChannel(/** @type {Float32Array<ArrayBuffer>} */ (y), c));
  return buffer;
}

/** Its channels. @param {AudioBuffer} buffer @returns {Float32Array[]} */
export function channelsOf(buffer) {
  return Array.from({ length: buffer.numberOfChannels }, (_, c) => buffer.getChannelData(c));
}

/** Root mean square of all channels. @param {Float32Array[]} channels */
export function levelOf(channels) {
  let sum = 0;
  for (const y of channels) for (const v of y) sum += v * v;
  return Math.sqrt(sum / (channels.length * channels[0].length));
}

export class Voice extends EventTarget {
  /**
   * @param {AudioBuffer} buffer
   * @param {{loop?: boolean, gain?: () => number}} [how] whether it goes round; how loud it is played
   */
  constructor(buffer, { loop = false, gain = () => 1 } = {}) {
    super();
    this.buffer = buffer;
    this.loop = loop;
    this.gain = gain;
    this.duration = buffer.duration;
    this.paused = true;
    this.place = 0; // where it stands while it does not play, or where it began
    /** @type {{source: AudioBufferSourceNode, volume: GainNode, since: number, context: AudioContext} | null} */
    this.sounding = null;
  }

  get currentTime() {
    if (!this.sounding) return this.place;
    const at = this.place + this.sounding.context.currentTime - this.sounding.since;
    return this.loop ? at % this.duration : Math.min(at, this.duration);
  }

  set currentTime(at) {
    const on = !this.paused;
    this.silence();
    this.place = Math.max(0, Math.min(at, this.duration));
    if (on) this.sound();
  }

  /** @returns {Promise<void>} */
  async play() {
    if (!this.paused) return;
    this.paused = false;
    const session = /** @type {any} */ (navigator).audioSession; // else a telephone's mute switch silences it
    if (session) session.type = "playback";
    this.sound();
    await this.sounding?.context.resume();
  }

  pause() {
    if (this.paused) return;
    this.place = this.currentTime;
    this.paused = true;
    this.silence();
    rest();
    this.dispatchEvent(new Event("pause"));
  }

  sound() {
    const context = contextAt(this.buffer.sampleRate), since = context.currentTime;
    const source = new AudioBufferSourceNode(context, { buffer: this.buffer, loop: this.loop });
    const volume = new GainNode(context, { gain: 0 });
    volume.gain.setValueAtTime(0, since);
    volume.gain.linearRampToValueAtTime(this.gain(), since + FADE);
    source.connect(volume).connect(context.destination);
    source.start(since, this.place);
    const sounding = { source, volume, since, context };
    source.onended = () => {
      if (this.sounding !== sounding) return;
      this.sounding = null;
      this.place = 0;
      this.paused = true;
      rest();
      this.dispatchEvent(new Event("ended"));
    };
    this.sounding = sounding;
  }

  silence() {
    if (!this.sounding) return;
    const { source, volume, context } = this.sounding, now = context.currentTime;
    this.sounding = null;
    volume.gain.cancelScheduledValues(now);
    volume.gain.setValueAtTime(volume.gain.value, now);
    volume.gain.linearRampToValueAtTime(0, now + FADE);
    source.stop(now + 2 * FADE);
  }
}
