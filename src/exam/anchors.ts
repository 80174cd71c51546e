import { type Clustering, type KMeansOptions, kMeans } from "../clustering/index.ts";
import { InputError } from "../input-error.ts";
import type { ItemParameters } from "../irt/index.ts";
import type { ResponseMatrix } from "../responses/index.ts";

/** Items that stand for all, each for the share of a cluster. */
export interface Anchors {
  /** Index of the item nearest to each centroid; an item can stand for two clusters. */
  readonly points: Uint32Array;
  /** Share of the total item weight in each cluster; sums to 1. */
  readonly weights: Float64Array;
  readonly clustering: Clustering;
}

/** One row of numbers for each item. */
export interface ItemColumns {
  readonly dims: number;
  /** I × dims, item by item. */
  readonly values: Float64Array;
}

/**
 * tinyBenchmarks' "irt" clustering: the columns (disc, diff) of py-irt's parameterisation, in which
 * logit = disc·θ − D·diff, so diff = −d / D.
 */
export function irtColumns({ dims, discrimination, intercept }: ItemParameters): ItemColumns {
  const width = dims + 1;
  const values = new Float64Array(intercept.length * width);
  for (let i = 0; i < intercept.length; i++) {
    values.set(discrimination.subarray(i * dims, (i + 1) * dims), i * width);
    values[i * width + dims] = -intercept[i] / dims;
  }
  return { dims: width, values };
}

/** tinyBenchmarks' "correct." clustering: the column of the subjects' scores; a missing one is the item's mean. */
export function responseColumns({ subjects, items, scores, observed }: ResponseMatrix): ItemColumns {
  const dims = subjects.length;
  const n = items.length;
  const values = new Float64Array(n * dims);
  for (let i = 0; i < n; i++) {
    let sum = 0;
    let count = 0;
    for (let s = 0, p = i; s < dims; s++, p += n)
      if (observed[p]) {
        sum += scores[p];
        count++;
      }
    const mean = count > 0 ? sum / count : 0.5;
    for (let s = 0, p = i; s < dims; s++, p += n) values[i * dims + s] = observed[p] ? scores[p] : mean;
  }
  return { dims, values };
}

/**
 * Anchor points of tinyBenchmarks (Polo et al. 2024, section 3.2): k-means of the items, the item nearest to each
 * centroid, weighted by its cluster's share of the items' weights.
 *
 * @param itemWeights I balance weights, any positive scale; absent: all alike.
 * @param options `closed`: items that count in the clusters but never stand for one.
 * @throws InputError when `count` is not between 1 and the number of items, or all items are closed.
 */
export function anchorPoints(
  { dims, values }: ItemColumns,
  count: number,
  itemWeights?: Float64Array,
  { closed, ...options }: KMeansOptions & { readonly closed?: (item: number) => boolean } = {},
): Anchors {
  const n = values.length / dims;
  if (!(Number.isInteger(count) && count >= 1 && count <= n))
    throw new InputError("so many anchors cannot be chosen", {
      found: String(count),
      expected: `a whole number from 1 to ${n}, the number of items`,
    });
  let total = 0;
  const raw = itemWeights ?? new Float64Array(n).fill(1);
  for (const w of raw) total += w;
  const shares = raw.map((w) => w / total);
  const clustering = kMeans(values, dims, shares, count, options);
  const weights = new Float64Array(count);
  clustering.labels.forEach((c, i) => {
    weights[c] += shares[i];
  });
  return { points: nearestItems(values, dims, clustering.centroids, closed), weights, clustering };
}

function nearestItems(
  values: Float64Array,
  dims: number,
  centroids: Float64Array,
  closed: (item: number) => boolean = () => false,
): Uint32Array {
  const points = new Uint32Array(centroids.length / dims);
  for (let c = 0; c < points.length; c++) {
    let least = Infinity;
    for (let i = 0, p = 0; i * dims < values.length; i++) {
      if (closed(i)) continue;
      p = i * dims;
      let distance = 0;
      for (let j = 0, q = c * dims; j < dims && distance < least; j++, p++, q++)
        distance += (values[p] - centroids[q]) ** 2;
      if (distance < least) {
        least = distance;
        points[c] = i;
      }
    }
    if (least === Infinity) throw new InputError("no question is left that may be asked");
  }
  return points;
}
