import { placeApart } from "./wasm.ts";

/** A factorised system M = L Lᵀ. */
export interface PositiveSystem {
  /** Solves M x = b for one vector. */
  readonly solve: (b: Float64Array) => Float64Array;
  /** L⁻¹ y of every row y (rows × n), in place: their inner products are those by M⁻¹. */
  readonly halve: (y: Float64Array) => void;
}

/** Rows of a panel, which stay in the second-level cache. */
const panel = 32;
/** Numbers of a row handled in one go. */
const chunk = 512;

/**
 * Factorises M = A − X Xᵀ of a lower triangle A (n × n) and X (n × k), all in float64; undefined where M is not positive definite. The
 * inner products, about n²k / 2 + n³ / 6 multiply-adds, run in WebAssembly in panels of 32 rows, what is left within a
 * panel in TypeScript.
 */
export function factoriseLess(a: Float64Array, x: Float64Array, n: number): PositiveSystem | undefined {
  const k = x.length / n;
  const even = k + (k % 2);
  const strip = Math.min(even, chunk);
  const { kernels, addresses, buffer } = placeApart(8 * n * n, 8 * n * strip);
  const [toMatrix, toStrip] = addresses;
  const matrix = new Float64Array(buffer, toMatrix, n * n);
  const stripe = new Float64Array(buffer, toStrip, n * strip);
  matrix.set(a);
  for (let from = 0; from < k; from += strip) {
    const width = Math.min(strip, k - from);
    const padded = width + (width % 2);
    for (let r = 0; r < n; r++) {
      stripe.set(x.subarray(r * k + from, r * k + from + width), r * strip);
      if (padded > width) stripe[r * strip + width] = 0;
    }
    for (let c = 0; c < n; c += panel) {
      const rows = toStrip + 8 * c * strip;
      const corner = toMatrix + 8 * (c * n + c);
      kernels.subtractDots(rows, strip, rows, strip, corner, n, n - c, Math.min(panel, n - c), padded);
    }
  }
  for (let c = 0; c < n; c += panel) {
    const width = Math.min(panel, n - c);
    const rows = toMatrix + 8 * c * n;
    kernels.subtractDots(rows, n, rows, n, rows + 8 * c, n, n - c, width, c);
    if (!factorisePanel(matrix, n, c, width)) return undefined;
  }

  const halve = (y: Float64Array) => {
    const count = y.length / n;
    const own = placeApart(8 * n * n, 8 * y.length);
    const [toFactor, toRows] = own.addresses;
    const factor = new Float64Array(own.buffer, toFactor, n * n);
    factor.set(matrix);
    const rows = new Float64Array(own.buffer, toRows, y.length);
    rows.set(y);
    for (let c = 0; c < n; c += panel) {
      const width = Math.min(panel, n - c);
      own.kernels.subtractDots(toRows, n, toFactor + 8 * c * n, n, toRows + 8 * c, n, count, width, c);
      for (let r = 0; r < count; r++) solvePanel(factor, n, c, width, rows, r * n + c);
    }
    y.set(rows);
  };
  const solve = (b: Float64Array) => {
    const solved = b.slice();
    for (let c = 0; c < n; c++) {
      let sum = solved[c];
      for (let j = 0; j < c; j++) sum -= matrix[c * n + j] * solved[j];
      solved[c] = sum / matrix[c * n + c];
    }
    for (let c = n - 1; c >= 0; c--) {
      solved[c] /= matrix[c * n + c];
      for (let j = 0; j < c; j++) solved[j] -= matrix[c * n + j] * solved[c];
    }
    return solved;
  };
  return { solve, halve };
}

/** Cholesky's factor of columns c to c + width, from which all columns before are subtracted. */
function factorisePanel(matrix: Float64Array, n: number, c: number, width: number): boolean {
  for (let r = c; r < n; r++) {
    const row = r * n + c;
    const inside = Math.min(width, r - c);
    solvePanel(matrix, n, c, inside, matrix, row);
    if (inside === width) continue;
    let pivot = matrix[row + inside];
    for (let j = 0; j < inside; j++) pivot -= matrix[row + j] ** 2;
    if (!(pivot > 0)) return false;
    matrix[row + inside] = Math.sqrt(pivot);
  }
  return true;
}

/** Solves L y = b of the panel's triangle in place of `width` numbers of `b` from `at` on. */
function solvePanel(l: Float64Array, n: number, c: number, width: number, b: Float64Array, at: number): void {
  for (let i = 0; i < width; i++) {
    const row = (c + i) * n + c;
    let sum = b[at + i];
    for (let j = 0; j < i; j++) sum -= l[row + j] * b[at + j];
    b[at + i] = sum / l[row + i];
  }
}
