import { InputError, show } from "../input-error.ts";
import { eachDotProducts } from "../kernels/index.ts";
import { type Features, requireSameSource, rowCount } from "./features.ts";
import { insertRanked, squaredDistance } from "./ranking.ts";

/** The k nearest training rows of each query row, nearest first. */
export interface Neighbours {
  readonly k: number;
  /** queries × k row numbers of the training features. */
  readonly indices: Uint32Array;
  /** queries × k Euclidean distances. */
  readonly distances: Float64Array;
}

/**
 * The `k` nearest rows of `train` for each row of `query`, by Euclidean distance; exact, as in scikit-learn's
 * brute-force NearestNeighbors, equal distances in the order of the training rows.
 *
 * The float32 kernel gives all squared distances |b|² − 2a·b to within a known error; every row that could be among
 * the k nearest by that error is compared again in float64.
 */
export function nearest(train: Features, query: Features, k: number): Neighbours {
  requireSameSource(train, query);
  const n = rowCount(train);
  if (!Number.isInteger(k) || k < 1 || k > n)
    throw new InputError("the number of neighbours does not fit", {
      found: show(k),
      expected: `a whole number from 1 to ${n}, the number of training questions`,
    });
  const width = (train.dims + 3) & ~3;
  const b = padded(train.values, train.dims, width);
  const a = padded(query.values, query.dims, width);
  const halfNorms = squaredNorms(b, width).map((norm) => norm / 2);
  const largest = Math.sqrt(2 * halfNorms.reduce((most, norm) => Math.max(most, norm), 0));
  const errors = squaredNorms(a, width).map((norm) => errorBound(width, Math.sqrt(norm), largest));
  const queries = errors.length;
  const indices = new Uint32Array(queries * k);
  const distances = new Float64Array(queries * k);
  const candidates = new Uint32Array(n);
  const best = new Float64Array(k);
  eachDotProducts(a, b, width, (products, first, height) => {
    for (let r = 0, q = first; r < height; r++, q++) {
      const count = likely(products, r * n, halfNorms, errors[q], best, candidates);
      const chosen = indices.subarray(q * k, (q + 1) * k);
      const ranked = distances.subarray(q * k, (q + 1) * k).fill(Number.POSITIVE_INFINITY);
      for (let c = 0; c < count; c++) {
        const j = candidates[c];
        insertRanked(ranked, chosen, squaredDistance(a, q * width, b, j * width, width), j);
      }
    }
  });
  for (let i = 0; i < distances.length; i++) distances[i] = Math.sqrt(distances[i]);
  return { k, indices, distances };
}

/**
 * Mean of the neighbours' rows of a table: for values of training rows × width, the queries × width means over each
 * query's k neighbours, all with the same weight (the k-NN step of the Python pipeline: scikit-learn's
 * KNeighborsRegressor with uniform weights).
 */
export function meanOfNeighbours(
  { k, indices }: Neighbours,
  values: Float64Array,
  width: number,
): Float64Array {
  const queries = indices.length / k;
  const out = new Float64Array(queries * width);
  for (let q = 0; q < queries; q++) {
    const to = q * width;
    for (let i = 0; i < k; i++) {
      const from = indices[q * k + i] * width;
      for (let c = 0; c < width; c++) out[to + c] += values[from + c];
    }
    for (let c = 0; c < width; c++) out[to + c] /= k;
  }
  return out;
}

/**
 * Bound on the error of |b|²/2 − a·b from the float32 kernel: products are summed in 4 lanes of width/4 terms, then
 * across the lanes (Higham 2002, section 3.1: γ of the longest chain, times Σ|a_d b_d| ≤ |a||b|).
 */
function errorBound(width: number, normA: number, normB: number): number {
  const roundings = width / 4 + 3;
  const unit = 2 ** -24;
  return ((roundings * unit) / (1 - roundings * unit)) * normA * normB;
}

/**
 * Writes to `candidates` the rows that may be among the k with the smallest halfNorms[j] − products[start + j], each
 * known to ± `error`, in ascending order, and returns their number; `best` is working space of k numbers.
 */
function likely(
  products: Float32Array,
  start: number,
  halfNorms: Float64Array,
  error: number,
  best: Float64Array,
  candidates: Uint32Array,
): number {
  const last = best.length - 1;
  best.fill(Number.POSITIVE_INFINITY);
  let limit = Number.POSITIVE_INFINITY;
  let seen = 0;
  for (let j = 0; j < halfNorms.length; j++) {
    const value = halfNorms[j] - products[start + j];
    if (value > limit) continue;
    candidates[seen++] = j;
    if (value >= best[last]) continue;
    let i = last;
    for (; i > 0 && best[i - 1] > value; i--) best[i] = best[i - 1];
    best[i] = value;
    limit = best[last] + 2 * error;
  }
  let count = 0;
  for (let c = 0; c < seen; c++) {
    const j = candidates[c];
    if (halfNorms[j] - products[start + j] <= limit) candidates[count++] = j;
  }
  return count;
}

function squaredNorms(values: Float32Array, width: number): Float64Array {
  const norms = new Float64Array(values.length / width);
  for (let r = 0, i = 0; r < norms.length; r++) {
    let sum = 0;
    for (let d = 0; d < width; d++, i++) sum += values[i] * values[i];
    norms[r] = sum;
  }
  return norms;
}

function padded(values: Float32Array, dims: number, width: number): Float32Array {
  if (dims === width) return values;
  const rows = values.length / dims;
  const out = new Float32Array(rows * width);
  for (let r = 0; r < rows; r++) out.set(values.subarray(r * dims, (r + 1) * dims), r * width);
  return out;
}
