// A sound in the ear's bands, and back: Heard of audiostyle_lib/statistics/sound.py, and its gradient.
// Of each envelope's spectrum E: mean = Re E_0 / n, D = E without E_0, variance = sum twice |D|^2,
// deviation = sqrt(variance + (0.01 mean)^2), Z = D / deviation, power = |Z|^2, z = IFFT(Z). Statistics add what they
// know of the gradient to `gMean`, `gDeviation`, `gPower`, `gZ`, `gz`, `gPowers` and `gY`; `back` then goes
// from the last to the first.
import { K } from "./constants.js";
import { joinPair, splitPair } from "./pairs.js";

/** @typedef {import("./wide_bands.js").Spectrum} Spectrum */

export class Heard {
  /** @param {import("./bands.js").Bands} bands @param {number} nChannels */
  constructor(bands, nChannels) {
    this.bands = bands;
    this.nChannels = nChannels;
    this.nRows = nChannels + (nChannels > 1 ? 1 : 0); // the sum is heard too, by whoever has one loudspeaker
    this.n = this.nRows * bands.nBands;
    const { n } = this, { nBins, nEnv, wide } = bands, make = (/** @type {number} */ size) => new Float32Array(size);
    const spectrum = (size = Math.floor(bands.n / 2) + 1) => ({ re: make(size), im: make(size) });
    this.mean = make(n);
    this.deviation = make(n);
    this.Z = spectrum(n * nBins);
    this.power = make(n * nBins);
    this.z = make(n * nEnv);
    this.powers = wide.room(nChannels);
    /** @type {Spectrum[]} of each channel */
    this.Y = [];
    /** @type {Spectrum[]} of the sum of several */
    this._sum = nChannels > 1 ? [spectrum()] : [];
    this._room = bands.room(this.nRows);
    // Gradients have room only where one is asked for: long references have none.
    this.gMean = this.gDeviation = this.gPower = this.gz = make(0);
    this.gZ = this._F = spectrum(0);
    /** @type {Float32Array[][]} */
    this.gPowers = [];
    /** @type {Spectrum[]} */
    this.gY = [];
    /** @type {Spectrum[]} */
    this._gSum = [];
  }

  /** Forget what was known of gradients. */
  clear() {
    const { n, bands, powers, Y } = this, { nBins, nEnv } = bands;
    const make = (/** @type {number} */ size) => new Float32Array(size);
    const spectrum = (/** @type {number} */ size) => ({ re: make(size), im: make(size) });
    if (this.gMean.length < n) {
      [this.gMean, this.gDeviation, this.gPower, this.gz] = [n, n, n * nBins, n * nEnv].map(make);
      this.gZ = spectrum(n * nBins);
      this._F = spectrum(n * nBins);
      this.gPowers = powers.map(({ power }) => power.map((p) => make(p.length)));
      this.gY = Y.map(({ re }) => spectrum(re.length));
      this._gSum = this._sum.map(({ re }) => spectrum(re.length));
    }
    const spectra = [this.gZ, ...this.gY, ...this._gSum].flatMap(({ re, im }) => [re, im]);
    const parts = [this.gMean, this.gDeviation, this.gPower, this.gz, ...this.gPowers.flat(), ...spectra];
    for (const part of parts) part.fill(0);
  }

  /** Hear a sound by the spectra of its channels.
   * @param {Spectrum[]} Y
   */
  hear(Y) {
    const { bands, mean, deviation, power, Z } = this, { re, im } = Z, { nBins, nEnv, twice } = bands;
    this.Y = Y;
    bands.wide.powers(Y, this.powers);
    for (const sum of this._sum) addChannels(Y, sum);
    bands.envelopeSpectra([...Y, ...this._sum], this._room, Z);
    for (let j = 0, o = 0; j < this.n; j++, o += nBins) {
      mean[j] = re[o] / nEnv;
      let variance = 0;
      re[o] = im[o] = 0;
      for (let k = 1; k < nBins; k++) variance += twice[k] * (re[o + k] * re[o + k] + im[o + k] * im[o + k]);
      deviation[j] = Math.sqrt(variance + (K.sound.STEADY * mean[j]) ** 2);
      const scale = 1 / deviation[j];
      for (let i = o + 1; i < o + nBins; i++) {
        const r = re[i] * scale, m = im[i] * scale;
        re[i] = r;
        im[i] = m;
        power[i] = r * r + m * m;
      }
    }
    this.#envelopes();
  }

  /** Envelopes of mean 0 and deviation 1, two at once. */
  #envelopes() {
    const { plan, nBins, nEnv } = this.bands, { M } = plan.room(), half = 4 * plan.nBlocks;
    for (let j = 0; j < this.n; j += 2) {
      const two = j + 1 < this.n ? j + 1 : -1, z = j * nEnv;
      joinPair(M, plan.b, plan.b + half, nEnv, nBins, this.Z, j, two, 1 / nEnv, 1 / nEnv);
      const at = plan.run(plan.b + half, plan.b); // the inverse: imaginary parts come first
      for (let t = 0; t < nEnv; t++) {
        const from = at + 8 * (t >> 2) + (t & 3);
        this.z[z + t] = M[from + 4];
        if (two >= 0) this.z[z + nEnv + t] = M[from];
      }
    }
  }

  /** The gradient of the channels' spectra, of real and imaginary parts, from what statistics have added since `clear`.
   * @returns {Spectrum[]} which the next `clear` overwrites
   */
  back() {
    const { bands, gY, _gSum: gSum } = this;
    this.#backEnvelopes();
    bands.wide.backPowers(this.powers, this.gPowers, gY);
    bands.backEnvelopeSpectra(this.gZ, this._room, [...gY, ...gSum]);
    for (const sum of gSum) backChannels(sum, gY);
    return gY;
  }

  /** From the gradients of the normalised envelopes to that of the envelopes' spectra E, in the same place. */
  #backEnvelopes() {
    const { plan, nBins, nEnv, twice } = this.bands, { M } = plan.room(), { _F: F, gz, gPower, Z, gZ } = this;
    for (let j = 0; j < this.n; j += 2) {
      const two = j + 1 < this.n ? j + 1 : -1, half = 4 * plan.nBlocks;
      M.set(gz.subarray(j * nEnv, (j + 1) * nEnv), plan.kept);
      if (two >= 0) M.set(gz.subarray(two * nEnv, (two + 1) * nEnv), plan.kept + half);
      splitPair(M, plan.run(plan.kept, plan.kept + half), nEnv, nBins, F, j, two);
    }
    for (let j = 0, o = 0; j < this.n; j++, o += nBins) {
      const deviation = this.deviation[j], last = o + nBins - 1;
      let along = 0;
      for (let i = o + 1; i <= last; i++) {
        const scale = i < last ? 2 / nEnv : 1 / nEnv;
        const re = gZ.re[i] + scale * F.re[i] + 2 * gPower[i] * Z.re[i];
        const im = gZ.im[i] + (i < last ? scale * F.im[i] : 0) + 2 * gPower[i] * Z.im[i];
        gZ.re[i] = re;
        gZ.im[i] = im;
        along += re * Z.re[i] + im * Z.im[i];
      }
      const gVariance = (this.gDeviation[j] - along / deviation) / (2 * deviation);
      for (let i = o + 1; i <= last; i++) { // D = deviation Z
        const towards = 2 * gVariance * twice[i - o] * deviation;
        gZ.re[i] = gZ.re[i] / deviation + towards * Z.re[i];
        gZ.im[i] = gZ.im[i] / deviation + towards * Z.im[i];
      }
      gZ.re[o] = (this.gMean[j] + gVariance * 2 * K.sound.STEADY ** 2 * this.mean[j]) / nEnv;
      gZ.im[o] = 0;
    }
  }
}

/** The sum of all channels, as loud as one of them where they are unrelated.
 * @param {Spectrum[]} Y @param {Spectrum} sum
 */
function addChannels(Y, { re, im }) {
  const scale = 1 / Math.sqrt(Y.length);
  for (let k = 0; k < re.length; k++) {
    let r = 0, i = 0;
    for (const y of Y) {
      r += y.re[k];
      i += y.im[k];
    }
    re[k] = r * scale;
    im[k] = i * scale;
  }
}

/** The way back.
 * @param {Spectrum} gSum @param {Spectrum[]} gY
 */
function backChannels(gSum, gY) {
  const scale = 1 / Math.sqrt(gY.length);
  for (const g of gY)
    for (let k = 0; k < g.re.length; k++) {
      g.re[k] += gSum.re[k] * scale;
      g.im[k] += gSum.im[k] * scale;
    }
}
