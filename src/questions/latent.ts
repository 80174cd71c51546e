import { type SparseRows, sparseTimes, sparseTransposedTimes } from "../kernels/index.ts";
import { cholesky, seededNormal, seededRandom, symmetricEigen } from "../numerics/index.ts";

/** Directions beyond those wanted, and rounds: enough for the wanted ones to settle (Halko et al. 2011, section 4). */
const spare = 8;
const rounds = 3;

/**
 * The leading right singular vectors of sparse rows, width × dims, by randomised subspace iteration (Halko,
 * Martinsson & Tropp 2011, algorithms 4.4 and 5.1): latent semantic analysis. Each direction's largest entry is
 * positive. Directions beyond the rank are zero.
 */
export function latentDirections(rows: SparseRows, dims: number, seed: number): Float64Array {
  const r = (dims + spare + 3) & ~3;
  const height = rows.starts.length - 1;
  let range: Float32Array = Float32Array.from({ length: height * r }, seededNormal(seededRandom(seed)));
  for (let round = 0; round < rounds; round++) {
    range = sparseTimes(rows, sparseTransposedTimes(rows, range, r), r);
    orthonormalise(range, r);
  }
  const image = sparseTransposedTimes(rows, range, r);
  const { values, vectors } = symmetricEigen(gram(image, r), r);
  const out = new Float64Array(rows.width * dims);
  for (let d = 0; d < dims; d++) {
    if (values[d] <= 1e-10 * values[0]) break;
    const scale = 1 / Math.sqrt(values[d]);
    let largest = 0;
    for (let i = 0; i < rows.width; i++) {
      let sum = 0;
      for (let c = 0; c < r; c++) sum += image[i * r + c] * vectors[c * r + d];
      out[i * dims + d] = sum * scale;
      if (Math.abs(sum) > Math.abs(largest)) largest = sum;
    }
    if (largest < 0) for (let i = 0; i < rows.width; i++) out[i * dims + d] *= -1;
  }
  return out;
}

/** Makes the r columns orthonormal in place, twice by the Cholesky factor of their Gram matrix (CholeskyQR2). */
function orthonormalise(columns: Float32Array, r: number): void {
  for (let pass = 0; pass < 2; pass++) {
    const l = gram(columns, r);
    let trace = 0;
    for (let c = 0; c < r; c++) trace += l[c * r + c];
    // A jitter keeps the factor defined when the rank is below r; such columns shrink to nearly nothing.
    for (let c = 0; c < r; c++) l[c * r + c] += 1e-12 * trace + Number.MIN_VALUE;
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
function gram(columns: Float32Array, r: number): Float64Array {
  const out = new Float64Array(r * r);
  for (let o = 0; o < columns.length; o += r)
    for (let i = 0; i < r; i++)
      for (let j = 0; j <= i; j++) out[i * r + j] += columns[o + i] * columns[o + j];
  for (let i = 0; i < r; i++) for (let j = 0; j < i; j++) out[j * r + i] = out[i * r + j];
  return out;
}
