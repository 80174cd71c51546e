import { cholesky, seededNormal, seededRandom, symmetricEigen } from "../numerics/index.ts";
import type { SparseRows } from "./tfidf.ts";

/** Directions beyond those wanted, and rounds: enough for the wanted ones to settle (Halko et al. 2011, section 4). */
const spare = 8;
const rounds = 3;

/**
 * The leading right singular vectors of sparse rows, width × dims, by randomised subspace iteration (Halko,
 * Martinsson & Tropp 2011, algorithm 4.4): latent semantic analysis. Each direction's largest entry is positive.
 * Directions beyond the rank are zero.
 */
export function latentDirections(rows: SparseRows, dims: number, seed: number): Float64Array {
  const { width } = rows;
  const r = Math.min(dims + spare, width, rows.starts.length - 1);
  const normal = seededNormal(seededRandom(seed));
  let basis = transposedTimes(rows, Float64Array.from({ length: (rows.starts.length - 1) * r }, normal), r);
  for (let round = 0; round < rounds; round++) {
    orthonormalise(basis, r);
    basis = transposedTimes(rows, times(rows, basis, r), r);
  }
  orthonormalise(basis, r);
  const { vectors } = symmetricEigen(gram(times(rows, basis, r), r), r);
  const out = new Float64Array(width * dims);
  for (let d = 0; d < Math.min(dims, r); d++) {
    let largest = 0;
    for (let i = 0; i < width; i++) {
      let sum = 0;
      for (let c = 0; c < r; c++) sum += basis[i * r + c] * vectors[c * r + d];
      out[i * dims + d] = sum;
      if (Math.abs(sum) > Math.abs(largest)) largest = sum;
    }
    if (largest < 0) for (let i = 0; i < width; i++) out[i * dims + d] *= -1;
  }
  return out;
}

/** rows · dense, for `dense` of width × r. */
function times(rows: SparseRows, dense: Float64Array, r: number): Float64Array {
  const out = new Float64Array((rows.starts.length - 1) * r);
  for (let i = 0; i + 1 < rows.starts.length; i++)
    for (let j = rows.starts[i]; j < rows.starts[i + 1]; j++)
      addScaled(out, i * r, dense, rows.columns[j] * r, rows.values[j], r);
  return out;
}

/** rowsᵀ · dense, for `dense` of rows × r. */
function transposedTimes(rows: SparseRows, dense: Float64Array, r: number): Float64Array {
  const out = new Float64Array(rows.width * r);
  for (let i = 0; i + 1 < rows.starts.length; i++)
    for (let j = rows.starts[i]; j < rows.starts[i + 1]; j++)
      addScaled(out, rows.columns[j] * r, dense, i * r, rows.values[j], r);
  return out;
}

function addScaled(
  to: Float64Array,
  t: number,
  from: Float64Array,
  f: number,
  factor: number,
  r: number,
): void {
  for (let c = 0; c < r; c++) to[t + c] += factor * from[f + c];
}

/** Makes the r columns orthonormal in place, twice by the Cholesky factor of their Gram matrix (CholeskyQR2). */
function orthonormalise(columns: Float64Array, r: number): void {
  for (let pass = 0; pass < 2; pass++) {
    const l = gram(columns, r);
    let trace = 0;
    for (let c = 0; c < r; c++) trace += l[c * r + c];
    // A jitter keeps the factor defined when the rank is below r; such columns shrink to nearly nothing.
    for (let c = 0; c < r; c++) l[c * r + c] += 1e-14 * trace + Number.MIN_VALUE;
    if (!cholesky(l, r)) return;
    for (let o = 0; o < columns.length; o += r)
      for (let c = 0; c < r; c++) {
        let sum = columns[o + c];
        for (let k = 0; k < c; k++) sum -= l[c * r + k] * columns[o + k];
        columns[o + c] = sum / l[c * r + c];
      }
  }
}

/** columnsᵀ · columns, r × r. */
function gram(columns: Float64Array, r: number): Float64Array {
  const out = new Float64Array(r * r);
  for (let o = 0; o < columns.length; o += r)
    for (let i = 0; i < r; i++)
      for (let j = 0; j <= i; j++) out[i * r + j] += columns[o + i] * columns[o + j];
  for (let i = 0; i < r; i++) for (let j = 0; j < i; j++) out[j * r + i] = out[i * r + j];
  return out;
}
