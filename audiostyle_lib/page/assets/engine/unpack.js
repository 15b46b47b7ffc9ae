// A text that was compressed into a page, as page/engine.py packs the worker's: a third as heavy.

/**
 * @param {string} packed what gzip made of the text, as base64
 * @returns {Promise<string>}
 */
export async function unpacked(packed) {
  const bytes = Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
}
