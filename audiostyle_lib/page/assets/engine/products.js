// Matrix products in float32, C = A B, block by block: blocks are copied to where a kernel works on them, compiled
// (kernels.wat) or plain. A small memory of its own is all it takes, however large the matrices.
import { kernels } from "./kernels.js";

// Numbers at a time, and where blocks lie in the kernels' memory of 2^20 numbers.
const ROWS = 256, DEPTH = 512, COLUMNS = 256;
const A_PLACE = 0, B_PLACE = 512 * 1024, C_PLACE = B_PLACE + DEPTH * COLUMNS;

/** @type {{plain: Float32Array | null}} */
const blockMemory = { plain: null };

/**
 * C (m, n) = A (m, k) B (k, n). Element (i, j) of A is `A[i * aRow + j * aColumn]`, of B likewise, so that a
 * transpose and the overlapping windows of a convolution need no copy. C's rows are `cRow` apart, n by default.
 * @param {number} m
 * @param {number} n
 * @param {number} k
 * @param {Float32Array} A
 * @param {number} aRow
 * @param {number} aColumn
 * @param {Float32Array} B
 * @param {number} bRow
 * @param {number} bColumn
 * @param {Float32Array} C overwritten
 * @param {number} [cRow]
 */
export function product(m, n, k, A, aRow, aColumn, B, bRow, bColumn, C, cRow = n) {
  const fast = kernels();
  const memory = fast ? fast.memory : (blockMemory.plain ??= new Float32Array(C_PLACE + ROWS * COLUMNS));
  const run = fast ? fast.product : (/** @type {number[]} */ ...args) => plainProduct(memory, args);
  for (let j = 0; j < n; j += COLUMNS) {
    const columns = Math.min(COLUMNS, n - j), panels = (columns + 7) >> 3;
    for (let l = 0; l < k; l += DEPTH) {
      const depth = Math.min(DEPTH, k - l);
      packPanels(memory, B, l * bRow + j * bColumn, bRow, bColumn, depth, columns);
      for (let i = 0; i < m; i += ROWS) {
        const rows = Math.min(ROWS, m - i);
        const [row, column] = packRows(memory, A, i * aRow + l * aColumn, aRow, aColumn, rows, depth);
        run(rows, panels, depth, 4 * A_PLACE, 4 * row, 4 * column, 4 * B_PLACE, 4 * C_PLACE, 32 * panels);
        for (let r = 0; r < rows; r++) {
          const from = C_PLACE + 8 * r * panels, to = (i + r) * cRow + j;
          if (l) for (let c = 0; c < columns; c++) C[to + c] += memory[from + c];
          else for (let c = 0; c < columns; c++) C[to + c] = memory[from + c];
        }
      }
    }
  }
}

/**
 * Copy a block of A; returns the steps from row to row and from column to column in the copy.
 * @param {Float32Array} memory
 * @param {Float32Array} A
 * @param {number} at
 * @param {number} row
 * @param {number} column
 * @param {number} rows
 * @param {number} depth
 */
function packRows(memory, A, at, row, column, rows, depth) {
  const span = (rows - 1) * row + (depth - 1) * column + 1;
  if (span <= 2 * rows * depth && span <= B_PLACE) { // as it lies
    memory.set(A.subarray(at, at + span), A_PLACE);
    return [row, column];
  }
  if (row < column) { // a transpose
    for (let l = 0; l < depth; l++) {
      const from = at + l * column, to = A_PLACE + l * rows;
      for (let i = 0; i < rows; i++) memory[to + i] = A[from + i * row];
    }
    return [1, rows];
  }
  for (let i = 0; i < rows; i++) {
    const from = at + i * row, to = A_PLACE + i * depth;
    for (let l = 0; l < depth; l++) memory[to + l] = A[from + l * column];
  }
  return [depth, 1];
}

/**
 * Copy a block of B as panels of eight columns, the last one filled up with zeros.
 * @param {Float32Array} memory
 * @param {Float32Array} B
 * @param {number} at
 * @param {number} row
 * @param {number} column
 * @param {number} depth
 * @param {number} columns
 */
function packPanels(memory, B, at, row, column, depth, columns) {
  for (let j = 0, to = B_PLACE; j < columns; j += 8) {
    const width = Math.min(8, columns - j);
    for (let l = 0, from = at + j * column; l < depth; l++, from += row, to += 8) {
      for (let c = 0; c < width; c++) memory[to + c] = B[from + c * column];
      for (let c = width; c < 8; c++) memory[to + c] = 0;
    }
  }
}

/**
 * The kernel in plain JavaScript, with the same arguments: by tiles of 4 x 4.
 * @param {Float32Array} M
 * @param {number[]} args
 */
function plainProduct(M, args) {
  const [m, panels, k] = args, [a, ar, ac, b, c, cr] = args.slice(3).map((bytes) => bytes / 4);
  for (let j = 0; j < 8 * panels; j += 4) {
    const panel = b + (j >> 3) * 8 * k + (j & 7);
    for (let i = 0; i < m; i += 4) {
      // Beyond the last row that one is taken again.
      const left = Math.min(4, m - i);
      let a0 = a + i * ar, a1 = a0 + (left > 1 ? ar : 0), a2 = a1 + (left > 2 ? ar : 0), a3 = a2 + (left > 3 ? ar : 0);
      let c00 = 0, c01 = 0, c02 = 0, c03 = 0, c10 = 0, c11 = 0, c12 = 0, c13 = 0;
      let c20 = 0, c21 = 0, c22 = 0, c23 = 0, c30 = 0, c31 = 0, c32 = 0, c33 = 0;
      for (let l = 0, q = panel; l < k; l++, q += 8) {
        const b0 = M[q], b1 = M[q + 1], b2 = M[q + 2], b3 = M[q + 3];
        let s = M[a0];
        c00 += s * b0; c01 += s * b1; c02 += s * b2; c03 += s * b3;
        s = M[a1];
        c10 += s * b0; c11 += s * b1; c12 += s * b2; c13 += s * b3;
        s = M[a2];
        c20 += s * b0; c21 += s * b1; c22 += s * b2; c23 += s * b3;
        s = M[a3];
        c30 += s * b0; c31 += s * b1; c32 += s * b2; c33 += s * b3;
        a0 += ac; a1 += ac; a2 += ac; a3 += ac;
      }
      const tile = [c00, c01, c02, c03, c10, c11, c12, c13, c20, c21, c22, c23, c30, c31, c32, c33];
      for (let r = 0; r < left; r++) M.set(tile.slice(4 * r, 4 * r + 4), c + (i + r) * cr + j);
    }
  }
}
