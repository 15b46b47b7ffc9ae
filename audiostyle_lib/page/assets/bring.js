// The reader's own sound: what is chosen or recorded is decoded and cut here, and only what is used goes to the kernel,
// whose socket would close on a large file.
import { decode } from "./decode.js";
import { recordMicrophone } from "./record.js";
import { wav } from "./wav.js";

const RATE = 22050; // the library's
const LIMIT = 720_000; // bytes of a file that is sent: as base64 still below the 1 MB that Colab lets through

const sizeInWords = (n) => (n < 1e5 ? `${Math.ceil(n / 1e3)} kB` : `${(n / 1e6).toFixed(1)} MB`);

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

// The used part of a decoded file as WAV, and what is said of it; null if not all of it is numbers.
function converted(file, { sound, whole }, seconds) {
  const count = Math.min(2, sound.numberOfChannels);
  const wanted = Math.min(sound.length, Math.ceil(seconds * RATE));
  const n = Math.min(wanted, Math.floor((LIMIT - 44) / (2 * count)));
  const channels = [];
  for (let c = 0; c < count; c++) channels.push(sound.getChannelData(c).slice(0, n));
  let peak = 0;
  for (const y of channels) for (const v of y) peak = Math.max(peak, Math.abs(v));
  if (!Number.isFinite(peak)) return null;

  const about = [sizeInWords(file.size), sound.numberOfChannels === 1 ? "1 channel" : `${sound.numberOfChannels} channels`];
  if (whole) about.splice(1, 0, `${sound.duration.toFixed(1)} s`);
  let says = whole && n === sound.length ? "all of it was sent" : `the first ${(n / RATE).toFixed(1)} s were sent`;
  if (n < wanted) says += ", the most that one message holds";
  if (count < sound.numberOfChannels) says += "; of the channels the first two";
  // 16 bits hold nothing beyond 1, and little of what is very quiet.
  const gain = peak > 1 ? 1 / peak : peak > 0 && peak < 0.03 ? 0.5 / peak : 1;
  const change = `${Math.abs(20 * Math.log10(gain)).toPrecision(2)} dB`;
  if (gain < 1) says += `; made quieter by ${change}, so that no peak is cut off`;
  if (gain > 1) says += `; made louder by ${change}`;
  if (gain !== 1) for (const y of channels) y.forEach((v, i) => { y[i] = v * gain; });
  const name = `${file.name.replace(/\.\w+$/, "")}.wav`;
  return { sent: wav(channels, RATE, name), says: `${file.name} (${about.join(", ")}): ${says}.` };
}

// What becomes of a file that the browser cannot decode: Python may be able to, or says what is wrong with it.
async function asItIs(file) {
  const about = `${file.name} (${sizeInWords(file.size)})`, why = "this browser cannot decode it";
  // Made anew, so that the same file twice is news to the kernel.
  const part = (n) => new File([file.slice(0, n)], file.name, { type: file.type });
  if (file.size <= LIMIT) return { sent: part(file.size), says: `${about}: ${why}, so it was sent as it is.` };
  if (/^(RIFF.*WAVE|FORM.*AIF)/s.test(await file.slice(0, 12).text())) // libsndfile reads a part of these
    return { sent: part(LIMIT), says: `${about}: ${why}, so the first ${sizeInWords(LIMIT)} were sent as they are.` };
  return { says: `${about} was not sent: ${why}. Save it as WAV or MP3, or cut it to a few seconds, and choose it again.` };
}

function startRecorder(root) {
  root.dataset.ready = "yes";
  const seconds = Number(root.dataset.seconds);
  const record = root.querySelector("button"), choose = root.querySelector("input");
  const output = root.querySelector("output"), save = root.querySelector("a");
  const uploads = "button.widget-upload, button.jupyter-widget-upload";
  const box = () => root.closest(".as-bring");
  let busy = false, handing = false, stop = null;
  const say = (words) => { if (output.textContent !== words) output.textContent = words; };

  // Send what is used of a file, and say so.
  async function take(file) {
    busy = true;
    say(`Reading ${file.name} (${sizeInWords(file.size)}) …`);
    box()?.querySelector(".widget-label")?.setAttribute("aria-live", "polite"); // Python's answer is read out too
    try {
      const found = await decode(file, seconds, { sr: RATE });
      const { sent, says } = (found && converted(file, found, seconds)) ?? (await asItIs(file));
      handing = true;
      if (!sent || handOver(box()?.querySelector(uploads), sent)) say(says);
      else say("There is no upload button here: save the recording, then upload it.");
    } catch (error) {
      say(`${file.name} cannot be read (${error.name}): choose it again.`);
    } finally { busy = handing = false; }
  }

  // The upload button comes and goes with the widget, so its clicks are caught on their way to it.
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(uploads);
    if (!button || handing || !box()?.contains(button)) return;
    event.stopImmediatePropagation();
    event.preventDefault();
    if (busy) return;
    choose.value = ""; // so that the same file can be chosen twice
    choose.click();
  }, true);
  choose.addEventListener("change", () => { if (choose.files[0] && !busy) take(choose.files[0]); });

  record.disabled = false;
  record.addEventListener("click", async () => {
    if (stop) return stop();
    if (busy) return;
    busy = true;
    const most = Math.min(seconds, Math.floor((LIMIT - 44) / (2 * RATE)));
    try {
      const recording = await recordMicrophone(most, (s) => say(`Recording: ${Math.floor(s)} s of ${most} s`));
      stop = recording.stop;
      record.textContent = "■ Stop recording";
      say("Recording …");
      const { channels, sr } = await recording.done;
      stop = null;
      record.textContent = "● Record";
      busy = false;
      if (!channels[0].length) return say("Nothing came from the microphone: upload a file instead.");
      const file = wav(channels, sr, "recording.wav");
      URL.revokeObjectURL(save.href);
      save.href = URL.createObjectURL(file);
      save.classList.remove("as-off");
      take(file);
    } catch (error) {
      busy = false;
      say(`The browser does not let this page record (${error.name ?? error}): upload a file instead.`);
    }
  });
}

/** Give all buttons of the page that bring a sound what looks after them. */
export function startBringing() {
  document.querySelectorAll(".as-record:not([data-ready])").forEach(startRecorder);
}
