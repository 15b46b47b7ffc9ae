// The microphone, as it is: without what telephones do to voices, and without a codec.

/**
 * Begin to record. Rejects with the browser's error where it does not allow it.
 * @param {number} seconds at most
 * @param {(seconds: number) => void} tell called as the recording grows
 * @returns {Promise<{stop: () => void, done: Promise<{channels: Float32Array[], sr: number}>}>}
 */
export async function recordMicrophone(seconds, tell) {
  if (!navigator.mediaDevices) throw Object.assign(new Error("no microphone here"), { name: "InsecureContextError" });
  const stream = await navigator.mediaDevices.getUserMedia({ audio: {
    echoCancellation: false, noiseSuppression: false, autoGainControl: false } });
  const context = new AudioContext(), sr = context.sampleRate;
  const y = new Float32Array(Math.ceil(seconds * sr));
  const source = context.createMediaStreamSource(stream);
  const tap = context.createScriptProcessor(4096, 1, 1); // old, but in every browser and without a file of its own
  let n = 0, ended = false;
  /** @type {(found: {channels: Float32Array[], sr: number}) => void} */
  let finish;
  const done = new Promise((resolve) => { finish = resolve; });
  const stop = () => {
    if (ended) return;
    ended = true;
    tap.onaudioprocess = null;
    source.disconnect(); tap.disconnect();
    stream.getTracks().forEach((track) => track.stop());
    context.close();
    finish({ channels: [y.slice(0, n)], sr });
  };
  tap.onaudioprocess = (event) => {
    const heard = event.inputBuffer.getChannelData(0);
    y.set(heard.subarray(0, y.length - n), n);
    n = Math.min(y.length, n + heard.length);
    tell(n / sr);
    if (n === y.length) stop();
  };
  stream.getTracks().forEach((track) => track.addEventListener("ended", stop)); // unplugged
  source.connect(tap); tap.connect(context.destination);
  return { stop, done };
}
