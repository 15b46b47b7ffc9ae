// Sound as a WAV file of 16 bits, and the way to the kernel. The other scripts of the upload build on this one.
const LIMIT = 720_000; // bytes of a file that is sent: as base64 still below the 1 MB that Colab lets through

function wav(channels, rate, name) {
  const n = channels[0].length, width = 2 * channels.length;
  const view = new DataView(new ArrayBuffer(44 + width * n));
  const text = (at, words) => [...words].forEach((c, i) => view.setUint8(at + i, c.charCodeAt(0)));
  text(0, "RIFF"); view.setUint32(4, 36 + width * n, true); text(8, "WAVEfmt ");
  view.setUint32(16, 16, true); view.setUint16(20, 1, true); view.setUint16(22, channels.length, true);
  view.setUint32(24, rate, true); view.setUint32(28, width * rate, true);
  view.setUint16(32, width, true); view.setUint16(34, 16, true);
  text(36, "data"); view.setUint32(40, width * n, true);
  let at = 44;
  for (let i = 0; i < n; i++)
    for (const y of channels) {
      view.setInt16(at, Math.round(32767 * Math.max(-1, Math.min(1, y[i]))), true);
      at += 2;
    }
  return new File([view], name, { type: "audio/wav" });
}

// Press the upload button, and give the file to the field that it then opens: that field is not in the page, so
// it cannot be found otherwise. False if there is no such button.
function handOver(button, file) {
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
