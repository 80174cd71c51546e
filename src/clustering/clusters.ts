import { dotProducts } from "../kernels/index.ts";
import type { Space } from "./space.ts";

/** Clusters under way: sums and masses follow each move; `moved` marks centroids whose `dots` are stale. */
export interface State {
  readonly k: number;
  readonly labels: Uint32Array;
  readonly sums: Float64Array;
  readonly mass: Float64Array;
  readonly count: Uint32Array;
  readonly centroids: Float64Array;
  readonly norms: Float64Array;
  /** n × K inner products of points and centroids. */
  readonly dots: Float32Array;
  readonly moved: Uint8Array;
}

/**
 * Every point in the cluster of the nearest of the points `first`. @param products whether `dots` are kept, as the sweeps
 * need; else distances are computed one by one.
 */
export function begin(space: Space, weights: Float64Array, first: Uint32Array, products: boolean): State {
  const { n, dims, x } = space;
  const k = first.length;
  const state: State = {
    k,
    labels: new Uint32Array(n),
    sums: new Float64Array(k * dims),
    mass: new Float64Array(k),
    count: new Uint32Array(k),
    centroids: new Float64Array(k * dims),
    norms: new Float64Array(k),
    dots: new Float32Array(products ? n * k : 0),
    moved: new Uint8Array(k).fill(1),
  };
  first.forEach((i, c) => {
    state.centroids.set(x.subarray(i * dims, (i + 1) * dims), c * dims);
  });
  if (products) refresh(space, state);
  for (let i = 0; i < n; i++) {
    const c = products ? nearestCentroid(state, i) : nearestByDistance(space, state, i);
    state.labels[i] = c;
    move(space, weights, state, i, c, 1);
  }
  refill(space, weights, state);
  for (let c = 0; c < k; c++) recentre(space, state, c);
  return state;
}

/** Inner products of the points with the centroids that moved, in one call of the kernel. */
export function refresh({ n, dims, padded, x32 }: Space, { k, moved, centroids, norms, dots }: State): void {
  const which: number[] = [];
  for (let c = 0; c < k; c++) if (moved[c]) which.push(c);
  moved.fill(0);
  const m = which.length;
  if (m === 0) return;
  const rows = new Float32Array(m * padded);
  for (let at = 0; at < m; at++) {
    let norm = 0;
    for (let j = 0, p = which[at] * dims; j < dims; j++, p++) {
      const value = centroids[p];
      rows[at * padded + j] = value;
      norm += value * value;
    }
    norms[which[at]] = norm;
  }
  const products = dotProducts(x32, rows, padded);
  if (m === k) dots.set(products);
  else
    for (let i = 0, p = 0; i < n; i++)
      for (let at = 0; at < m; at++, p++) dots[i * k + which[at]] = products[p];
}

export function nearestCentroid({ k, norms, dots }: State, i: number): number {
  let best = 0;
  let least = Infinity;
  for (let c = 0, p = i * k; c < k; c++, p++) {
    const distance = norms[c] - 2 * dots[p];
    if (distance < least) {
      least = distance;
      best = c;
    }
  }
  return best;
}

function nearestByDistance(space: Space, state: State, i: number): number {
  let best = 0;
  let least = Infinity;
  for (let c = 0; c < state.k; c++) {
    const distance = distanceTo(space, state, i, c);
    if (distance < least) {
      least = distance;
      best = c;
    }
  }
  return best;
}

export function move(
  { dims, x }: Space,
  weights: Float64Array,
  state: State,
  i: number,
  c: number,
  sign: 1 | -1,
): void {
  const { sums } = state;
  const w = sign * weights[i];
  state.mass[c] += w;
  state.count[c] += sign;
  state.moved[c] = 1;
  for (let j = 0, p = i * dims, q = c * dims; j < dims; j++, p++, q++) sums[q] += w * x[p];
}

export function recentre({ dims }: Space, { mass, sums, centroids }: State, c: number): void {
  if (mass[c] > 0) for (let j = 0, q = c * dims; j < dims; j++, q++) centroids[q] = sums[q] / mass[c];
}

/** Gives each empty cluster the point that is farthest from its own centroid. */
export function refill(space: Space, weights: Float64Array, state: State): void {
  for (let c = 0; c < state.k; c++) {
    if (state.count[c] > 0) continue;
    let farthest = -1;
    let most = -1;
    for (let i = 0; i < space.n; i++) {
      if (state.count[state.labels[i]] < 2) continue;
      const distance = weights[i] * distanceTo(space, state, i, state.labels[i]);
      if (distance > most) {
        most = distance;
        farthest = i;
      }
    }
    move(space, weights, state, farthest, state.labels[farthest], -1);
    state.labels[farthest] = c;
    move(space, weights, state, farthest, c, 1);
    const at = farthest * space.dims;
    state.centroids.set(space.x.subarray(at, at + space.dims), c * space.dims);
  }
}

export function distanceTo({ dims, x }: Space, { centroids }: State, i: number, c: number): number {
  let sum = 0;
  for (let j = 0, p = i * dims, q = c * dims; j < dims; j++, p++, q++) {
    const difference = x[p] - centroids[q];
    sum += difference * difference;
  }
  return sum;
}

export function inertiaOf(space: Space, weights: Float64Array, state: State): number {
  let sum = 0;
  for (let i = 0; i < space.n; i++) sum += weights[i] * distanceTo(space, state, i, state.labels[i]);
  return sum;
}
