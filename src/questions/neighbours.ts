import { InputError, show } from "../input-error.ts";
import { eachNearby } from "../kernels/index.ts";
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
 * Every row that could be among the k nearest, by distances in whole numbers with a bound on their error, is compared
 * again in float64.
 */
export function nearest(train: Features, query: Features, k: number): Neighbours {
  requireSameSource(train, query);
  const n = rowCount(train);
  if (!Number.isInteger(k) || k < 1 || k > n)
    throw new InputError("the number of neighbours does not fit", {
      found: show(k),
      expected: `a whole number from 1 to ${n}, the number of training questions`,
    });
  const { dims } = train;
  const queries = rowCount(query);
  const indices = new Uint32Array(queries * k);
  const distances = new Float64Array(queries * k).fill(Number.POSITIVE_INFINITY);
  eachNearby(query.values, train.values, dims, k, (q, candidates) => {
    const chosen = indices.subarray(q * k, (q + 1) * k);
    const ranked = distances.subarray(q * k, (q + 1) * k);
    for (const j of candidates)
      insertRanked(ranked, chosen, squaredDistance(query.values, q * dims, train.values, j * dims, dims), j);
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
