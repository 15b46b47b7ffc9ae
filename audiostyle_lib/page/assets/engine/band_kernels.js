// What bands do with their signals (kernels.wat: compress, spread) in plain JavaScript, with the same arguments: places
// in bytes, elements in blocks of four real and four imaginary parts.

/** @param {Float32Array} M the memory @returns {import("./kernels.js").BandKernels} */
export function bandKernels(M) {
  return {
    compress(x, m, e, silence, exponent, scale) {
      for (let j = 0, from = x / 4, to = e / 4; j < m; j++, from += 8, to += 4)
        for (let lane = 0; lane < 4; lane++) {
          const re = M[from + lane], im = M[from + 4 + lane], power = re * re + im * im + silence;
          const envelope = scale * power ** exponent, slope = 2 * exponent * envelope / power;
          M[to + lane] = envelope;
          M[from + lane] = re * slope;
          M[from + 4 + lane] = im * slope;
        }
    },
    spread(x, g, step, m, re, im) {
      for (let j = 0, from = x / 4, by = g / 4; j < m; j++, from += 8, by += step / 4)
        for (let lane = 0; lane < 4; lane++) {
          M[re / 4 + 4 * j + lane] = M[from + lane] * M[by + lane];
          M[im / 4 + 4 * j + lane] = M[from + 4 + lane] * M[by + lane];
        }
    },
  };
}
