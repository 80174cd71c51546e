import { seededRandom } from "../numerics/index.ts";
import { settleByBounds } from "./bounds.ts";
import { begin, inertiaOf, type State } from "./clusters.ts";
import { centre } from "./space.ts";
import { plusPlus } from "./start.ts";
import { improve, reassign, settle } from "./sweeps.ts";

/** A partition of n weighted points into K clusters around their weighted means. */
export interface Clustering {
  /** K × d weighted means, cluster by cluster. */
  readonly centroids: Float64Array;
  /** n, the cluster of each point. */
  readonly labels: Uint32Array;
  /** Σ w_i · ‖x_i − centroid‖², what k-means makes small. */
  readonly inertia: number;
}

export interface KMeansOptions {
  /** Number of starts; the one with the least inertia is returned. Default 5. */
  readonly starts?: number;
  readonly seed?: number;
  /** Rounds of reassignment at most, per start. Default 300. */
  readonly maxRounds?: number;
}

/**
 * Weighted k-means: k-means++ starts with 2 + ⌊ln K⌋ local trials (Arthur & Vassilvitskii 2007, as in scikit-learn),
 * Lloyd's rounds to convergence, then single moves while any lowers the inertia (Hartigan 1975), which leaves the
 * poorer optima where Lloyd's rounds stop. Distances are computed in single precision, the result in double.
 *
 * @param points n × d, point by point.
 * @param weights n non-negative weights.
 * @throws RangeError when K is not between 1 and the number of points, or the sizes disagree.
 */
export function kMeans(
  points: Float64Array,
  dims: number,
  weights: Float64Array,
  k: number,
  { starts = 5, seed = 0, maxRounds = 300 }: KMeansOptions = {},
): Clustering {
  const n = points.length / dims;
  if (n !== weights.length)
    throw new RangeError(`${n} points of ${dims} dimensions, but ${weights.length} weights`);
  if (!(Number.isInteger(k) && k >= 1 && k <= n))
    throw new RangeError(`K = ${k}, expected 1 … ${n} (the points)`);
  const space = centre(points, dims, n);
  const firsts = plusPlus(
    space,
    weights,
    k,
    Array.from({ length: starts }, (_, r) => seededRandom(seed + r)),
  );
  // Where each cluster holds many points, single moves gain next to nothing over Lloyd's rounds.
  const many = n > 50 * k && dims <= 16;
  const settled = firsts.map((first) => begin(space, weights, first, !many));
  for (const state of settled)
    if (many) settleByBounds(space, weights, state, maxRounds);
    else settle(space, weights, state, reassign, maxRounds);
  const inertias = new Map(settled.map((state) => [state, inertiaOf(space, weights, state)]));
  const byInertia = (a: State, b: State) => (inertias.get(a) as number) - (inertias.get(b) as number);
  // Single moves gain about as much everywhere: only the most promising starts are worth their time.
  const [first, second] = settled.sort(byInertia);
  for (const state of many ? [] : second ? [first, second] : [first]) {
    settle(space, weights, state, improve, maxRounds);
    inertias.set(state, inertiaOf(space, weights, state));
  }
  const best = settled.sort(byInertia)[0];
  const { centroids, labels } = best;
  const inertia = inertias.get(best) as number;
  for (let c = 0; c < k; c++) for (let j = 0; j < dims; j++) centroids[c * dims + j] += space.mean[j];
  return { centroids, labels, inertia };
}
