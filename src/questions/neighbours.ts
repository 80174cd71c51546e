import { InputError, show } from "../input-error.ts";
import { eachDotProducts } from "../kernels/index.ts";
import { type Features, requireSameSource, rowCount } from "./features.ts";

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
  const { dims } = train;
  const width = (dims + 3) & ~3;
  const b = padded(train.values, dims, width);
  const a = padded(query.values, dims, width);
  const normsB = squaredNorms(b, width);
  const normsA = squaredNorms(a, width);
  const norms = Float32Array.from(normsB);
  const largest = Math.sqrt(normsB.reduce((most, norm) => Math.max(most, norm), 0));
  const queries = normsA.length;
  const indices = new Uint32Array(queries * k);
  const distances = new Float64Array(queries * k);
  const smallest = new Float64Array(k);
  let candidates: number[] = [];
  eachDotProducts(a, b, width, (products, first, height) => {
    for (let r = 0; r < height; r++) {
      const row = products.subarray(r * n, (r + 1) * n);
      const q = first + r;
      const error = errorBound(width, Math.sqrt(normsA[q]), largest);
      const limit = kthSmallest(row, norms, smallest) + 2 * error;
      candidates = [];
      for (let j = 0; j < n; j++) if (norms[j] - 2 * row[j] <= limit) candidates.push(j);
      const exact = candidates.map((j) => ({ j, d: squaredDistance(a, q * width, b, j * width, width) }));
      exact.sort((x, y) => x.d - y.d || x.j - y.j);
      for (let i = 0; i < k; i++) {
        indices[q * k + i] = exact[i].j;
        distances[q * k + i] = Math.sqrt(exact[i].d);
      }
    }
  });
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
 * Bound on the error of |b|² − 2a·b: float32 rounding of a sum of products in any order (Higham 2002, (3.5)) and of
 * the terms around it.
 */
function errorBound(width: number, normA: number, normB: number): number {
  const unit = 2 ** -24;
  return unit * (2 * (width / 4 + 4) * normA * normB + 3 * normB * (normB + 2 * normA));
}

/** The k-th smallest of norms[j] − 2 products[j]; `smallest` is working space of k numbers. */
function kthSmallest(products: Float32Array, norms: Float32Array, smallest: Float64Array): number {
  const last = smallest.length - 1;
  smallest.fill(Number.POSITIVE_INFINITY);
  for (let j = 0; j < products.length; j++) {
    const value = norms[j] - 2 * products[j];
    if (value >= smallest[last]) continue;
    let i = last;
    for (; i > 0 && smallest[i - 1] > value; i--) smallest[i] = smallest[i - 1];
    smallest[i] = value;
  }
  return smallest[last];
}

function squaredDistance(a: Float32Array, i: number, b: Float32Array, j: number, width: number): number {
  let sum = 0;
  for (let d = 0; d < width; d++) {
    const difference = a[i + d] - b[j + d];
    sum += difference * difference;
  }
  return sum;
}

function squaredNorms(values: Float32Array, width: number): Float64Array {
  const norms = new Float64Array(values.length / width);
  for (let i = 0; i < values.length; i++) norms[Math.floor(i / width)] += values[i] * values[i];
  return norms;
}

function padded(values: Float32Array, dims: number, width: number): Float32Array {
  if (dims === width) return values;
  const rows = values.length / dims;
  const out = new Float32Array(rows * width);
  for (let r = 0; r < rows; r++) out.set(values.subarray(r * dims, (r + 1) * dims), r * width);
  return out;
}
