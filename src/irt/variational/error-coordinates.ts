import type { Gaussians } from "../../kernels/index.ts";
import { cholesky } from "../../numerics/index.ts";

/**
 * Coordinates for the errors of normal posteriors N(m, L Lᵀ), row by row: the mean is off by L u, the covariance by L E Lᵀ.
 * A row has `width` of them: u first, then the upper triangle of E, its diagonal divided by √2. In these coordinates the
 * information that a row has of itself is the identity but for the curvature of the weights.
 */
export interface ErrorCoordinates {
  readonly rows: number;
  /** Coordinates of the mean that can be off: all but a subject's constant. */
  readonly free: number;
  readonly width: number;
  /** L of each row, rows × free × free, zero above the diagonal. */
  readonly roots: Float64Array;
  /** Pairs k ≤ l of the upper triangle of E; none where the covariances stay as they are. */
  readonly pairs: readonly Pair[];
}

/** An entry of a symmetric matrix as a coordinate: its row, its column, and what the entry is multiplied by. */
export interface Pair {
  readonly k: number;
  readonly l: number;
  readonly factor: number;
}

export const pair = (k: number, l: number): Pair => ({ k, l, factor: k === l ? Math.SQRT1_2 : 1 });

/** `spreads`: whether the covariances have errors, too. */
export function errorCoordinates(
  { rows, size, covariance }: Gaussians,
  free: number,
  spreads: boolean,
): ErrorCoordinates {
  const roots = new Float64Array(rows * free * free);
  for (let r = 0; r < rows; r++) {
    const root = roots.subarray(r * free * free, (r + 1) * free * free);
    for (let k = 0; k < free; k++)
      for (let l = 0; l <= k; l++) root[k * free + l] = covariance[(r * size + k) * size + l];
    cholesky(root, free);
  }
  const pairs: Pair[] = [];
  for (let k = 0; spreads && k < free; k++) for (let l = k; l < free; l++) pairs.push(pair(k, l));
  return { rows, free, width: free + pairs.length, roots, pairs };
}

/** Lᵀ x of row r, x from index `at` on, written to the beginning of `out`. */
export function towards(
  { free, roots }: ErrorCoordinates,
  r: number,
  x: Float64Array,
  at: number,
  out: Float64Array,
): void {
  for (let k = 0; k < free; k++) {
    let sum = 0;
    for (let l = k; l < free; l++) sum += roots[(r * free + l) * free + k] * x[at + l];
    out[k] = sum;
  }
}

/** Errors of the means, rows × free, from all coordinates (rows × width). */
export function meanErrors({ rows, free, width, roots }: ErrorCoordinates, u: Float64Array): Float64Array {
  const out = new Float64Array(rows * free);
  for (let r = 0; r < rows; r++)
    for (let k = 0; k < free; k++)
      for (let l = 0; l <= k; l++) out[r * free + k] += roots[(r * free + k) * free + l] * u[r * width + l];
  return out;
}

/** Writes L C Lᵀ to the covariance of row r, C free × free. */
export function setCovariance(
  to: Gaussians,
  { free, roots }: ErrorCoordinates,
  r: number,
  c: Float64Array,
): void {
  const root = roots.subarray(r * free * free, (r + 1) * free * free);
  for (let i = 0; i < free; i++)
    for (let j = 0; j < free; j++) {
      let sum = 0;
      for (let k = 0; k <= i; k++)
        for (let l = 0; l <= j; l++) sum += root[i * free + k] * c[k * free + l] * root[j * free + l];
      to.covariance[(r * to.size + i) * to.size + j] = sum;
    }
}
