// Eigenvectors of small symmetric and Hermitian matrices, in double precision, by Jacobi's rotations.

/**
 * Of a symmetric matrix (n, n): values in ascending order, and vectors, one after the other.
 * @param {ArrayLike<number>} matrix
 * @param {number} n
 * @returns {{values: Float64Array, vectors: Float64Array[]}}
 */
export function eigh(matrix, n) {
  const { values, vectors } = eighComplex(matrix, new Float64Array(n * n), n);
  return { values, vectors: vectors.map(({ re }) => re) };
}

/**
 * Of a Hermitian matrix: the same, with complex vectors.
 * @param {ArrayLike<number>} real
 * @param {ArrayLike<number>} imaginary
 * @param {number} n
 * @returns {{values: Float64Array, vectors: {re: Float64Array, im: Float64Array}[]}}
 */
export function eighComplex(real, imaginary, n) {
  const a = Float64Array.from(real), b = Float64Array.from(imaginary);
  // Vectors are rows here: conj(U)' A conj(U)... A's rows and columns are turned, U's rows likewise.
  const u = new Float64Array(n * n), v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) u[i * n + i] = 1;
  let whole = 0;
  for (let i = 0; i < n * n; i++) whole += a[i] * a[i] + b[i] * b[i];
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) off += a[p * n + q] ** 2 + b[p * n + q] ** 2;
    if (off <= 1e-30 * whole) break;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, b, u, v, n, p, q);
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => a[i * n + i] - a[j * n + j]);
  return {
    values: Float64Array.from(order, (i) => a[i * n + i]),
    vectors: order.map((i) => ({ re: u.slice(i * n, (i + 1) * n), im: v.slice(i * n, (i + 1) * n) })),
  };
}

/**
 * One rotation, after which element (p, q) of A = a + ib is 0. Row i of u + iv is the i-th vector.
 * @param {Float64Array} a
 * @param {Float64Array} b
 * @param {Float64Array} u
 * @param {Float64Array} v
 * @param {number} n
 * @param {number} p
 * @param {number} q
 */
function rotate(a, b, u, v, n, p, q) {
  const x = a[p * n + q], y = b[p * n + q], size = Math.hypot(x, y);
  if (size < 1e-300) return;
  const theta = (a[q * n + q] - a[p * n + p]) / (2 * size);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1), s = t * c, er = x / size, ei = y / size; // A[p][q] = size e
  // Vectors: p' = c p - s conj(e) q, q' = s e p + c q.
  for (let k = 0; k < n; k++) {
    const i = p * n + k, j = q * n + k, pr = u[i], pi = v[i], qr = u[j], qi = v[j];
    u[i] = c * pr - s * (er * qr + ei * qi);
    v[i] = c * pi - s * (er * qi - ei * qr);
    u[j] = s * (er * pr - ei * pi) + c * qr;
    v[j] = s * (er * pi + ei * pr) + c * qi;
  }
  for (let k = 0; k < n; k++) { // columns of A
    const i = k * n + p, j = k * n + q, pr = a[i], pi = b[i], qr = a[j], qi = b[j];
    a[i] = c * pr - s * (er * qr + ei * qi);
    b[i] = c * pi - s * (er * qi - ei * qr);
    a[j] = s * (er * pr - ei * pi) + c * qr;
    b[j] = s * (er * pi + ei * pr) + c * qi;
  }
  for (let k = 0; k < n; k++) { // rows, by the conjugates
    const i = p * n + k, j = q * n + k, pr = a[i], pi = b[i], qr = a[j], qi = b[j];
    a[i] = c * pr - s * (er * qr - ei * qi);
    b[i] = c * pi - s * (er * qi + ei * qr);
    a[j] = s * (er * pr + ei * pi) + c * qr;
    b[j] = s * (er * pi - ei * pr) + c * qi;
  }
}

/**
 * Make rows orthonormal, in place, after Gram and Schmidt; twice is enough for what is nearly dependent.
 * @param {Float64Array[] | Float32Array[]} rows
 * @param {number} [times]
 */
export function orthonormalise(rows, times = 1) {
  for (let pass = 0; pass < times; pass++)
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i], n = row.length;
      for (let j = 0; j < i; j++) {
        const other = rows[j];
        let inner = 0;
        for (let k = 0; k < n; k++) inner += row[k] * other[k];
        for (let k = 0; k < n; k++) row[k] -= inner * other[k];
      }
      let square = 0;
      for (let k = 0; k < n; k++) square += row[k] * row[k];
      const scale = square > 1e-60 ? 1 / Math.sqrt(square) : 0;
      for (let k = 0; k < n; k++) row[k] *= scale;
    }
}
