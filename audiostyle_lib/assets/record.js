// Records the microphone as a WAV file, puts it into the upload field beside, and offers it to be saved.
(() => {
  const LONGEST = 30; // seconds
  const text = (view, at, words) => [...words].forEach((c, i) => view.setUint8(at + i, c.charCodeAt(0)));

  function wav(chunks, rate) {
    const n = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    const view = new DataView(new ArrayBuffer(44 + 2 * n));
    text(view, 0, "RIFF"); view.setUint32(4, 36 + 2 * n, true); text(view, 8, "WAVEfmt ");
    view.setUint32(16, 16, true); view.setUint16(20, 1, true); view.setUint16(22, 1, true);
    view.setUint32(24, rate, true); view.setUint32(28, 2 * rate, true);
    view.setUint16(32, 2, true); view.setUint16(34, 16, true);
    text(view, 36, "data"); view.setUint32(40, 2 * n, true);
    let at = 44;
    for (const chunk of chunks)
      for (const y of chunk) { view.setInt16(at, Math.max(-1, Math.min(1, y)) * 32767, true); at += 2; }
    return new File([view], "recording.wav", { type: "audio/wav" });
  }

  // Press the upload button around, and give the file to the field that it then opens: that field is
  // not in the page, so it cannot be found otherwise. False if there is no such button.
  function handOver(root, file) {
    let button = null;
    for (let around = root; around && !button; around = around.parentElement)
      button = around.querySelector("button.widget-upload, button.jupyter-widget-upload");
    const click = HTMLInputElement.prototype.click;
    let given = false;
    HTMLInputElement.prototype.click = function () {
      if (this.type !== "file") return click.call(this);
      const files = new DataTransfer();
      files.items.add(file);
      this.files = files.files;
      this.dispatchEvent(new Event("change", { bubbles: true }));
      given = true;
    };
    try { button?.click(); } finally { HTMLInputElement.prototype.click = click; }
    return given;
  }

  function start(root) {
    root.dataset.ready = "yes";
    const button = root.querySelector("button"), says = root.querySelector("output");
    const save = root.querySelector("a");
    let end = null;
    button.disabled = false;
    button.addEventListener("click", async () => {
      if (end) return end();
      let stream;
      try {
        stream = await navigator.mediaDevices.getUserMedia({ audio: {
          echoCancellation: false, noiseSuppression: false, autoGainControl: false } });
      } catch (error) {
        says.textContent = `The browser does not let this page record (${error.name ?? error}): upload a file instead.`;
        return;
      }
      const context = new AudioContext(), chunks = [];
      const source = context.createMediaStreamSource(stream);
      const tap = context.createScriptProcessor(4096, 1, 1); // old, but in every browser and without a file of its own
      tap.onaudioprocess = (event) => {
        chunks.push(new Float32Array(event.inputBuffer.getChannelData(0)));
        const seconds = (4096 * chunks.length) / context.sampleRate;
        says.textContent = `Recording: ${Math.floor(seconds)} s`;
        if (seconds > LONGEST) end();
      };
      source.connect(tap); tap.connect(context.destination);
      button.textContent = "■ Stop recording";
      end = () => {
        end = null;
        tap.onaudioprocess = null;
        source.disconnect(); tap.disconnect();
        stream.getTracks().forEach((track) => track.stop());
        const file = wav(chunks, context.sampleRate);
        context.close();
        button.textContent = "● Record";
        save.href = URL.createObjectURL(file);
        save.classList.remove("as-off");
        says.textContent = handOver(root, file)
          ? "Recorded and handed over." : "Recorded: save it, then upload it.";
      };
    });
  }
  document.querySelectorAll(".as-record:not([data-ready])").forEach(start);
})();
