import { dotProducts } from "../kernels/index.ts";
import { type Random, seededRandom } from "../numerics/index.ts";

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
  const settled = firsts.map((first) => begin(space, weights, first));
  for (const state of settled) settle(space, weights, state, reassign, maxRounds);
  const inertias = new Map(settled.map((state) => [state, inertiaOf(space, weights, state)]));
  const byInertia = (a: State, b: State) => (inertias.get(a) as number) - (inertias.get(b) as number);
  // Single moves gain about as much everywhere: only the most promising starts are worth their time.
  const [first, second] = settled.sort(byInertia);
  for (const state of second ? [first, second] : [first]) {
    settle(space, weights, state, improve, maxRounds);
    inertias.set(state, inertiaOf(space, weights, state));
  }
  const best = settled.sort(byInertia)[0];
  const { centroids, labels } = best;
  const inertia = inertias.get(best) as number;
  for (let c = 0; c < k; c++) for (let j = 0; j < dims; j++) centroids[c * dims + j] += space.mean[j];
  return { centroids, labels, inertia };
}

/** Points about their mean, so that single precision serves, with a padded single-precision copy for the kernel. */
interface Space {
  readonly n: number;
  readonly dims: number;
  readonly padded: number;
  readonly mean: Float64Array;
  readonly x: Float64Array;
  readonly x32: Float32Array;
  readonly squares: Float64Array;
}

function centre(points: Float64Array, dims: number, n: number): Space {
  const mean = new Float64Array(dims);
  for (let i = 0, p = 0; i < n; i++) for (let j = 0; j < dims; j++, p++) mean[j] += points[p] / n;
  const padded = (dims + 3) & ~3;
  const x = new Float64Array(points.length);
  const x32 = new Float32Array(n * padded);
  const squares = new Float64Array(n);
  for (let i = 0, p = 0; i < n; i++)
    for (let j = 0; j < dims; j++, p++) {
      const value = points[p] - mean[j];
      x[p] = value;
      x32[i * padded + j] = value;
      squares[i] += value * value;
    }
  return { n, dims, padded, mean, x, x32, squares };
}

/** Indices of the K first centroids for each random source; all starts share each call of the kernel. */
function plusPlus(space: Space, weights: Float64Array, k: number, randoms: readonly Random[]): Uint32Array[] {
  const { n, padded, x32, squares } = space;
  const trials = 2 + Math.floor(Math.log(k));
  const chosen = randoms.map(() => new Uint32Array(k));
  const nearest = randoms.map(() => new Float64Array(n).fill(1));
  const cumulative = new Float64Array(n);
  const potentials = new Float64Array(trials);
  for (let c = 0; c < k; c++) {
    const perStart = c === 0 ? 1 : trials;
    const drawn = randoms.flatMap((random, r) => {
      const near = nearest[r];
      let sum = 0;
      for (let i = 0; i < n; i++) {
        sum += weights[i] * near[i];
        cumulative[i] = sum;
      }
      return Array.from({ length: perStart }, () =>
        sum > 0 ? search(cumulative, random() * sum) : unused(chosen[r], c, random, n),
      );
    });
    const width = drawn.length;
    const rows = new Float32Array(width * padded);
    for (let at = 0; at < width; at++)
      rows.set(x32.subarray(drawn[at] * padded, (drawn[at] + 1) * padded), at * padded);
    const dots = dotProducts(x32, rows, padded);
    if (c === 0) for (const near of nearest) near.fill(Infinity);
    for (let r = 0; r < randoms.length; r++) {
      const near = nearest[r];
      const first = r * perStart;
      const norms = Float64Array.from({ length: perStart }, (_, t) => squares[drawn[first + t]]);
      potentials.fill(0);
      for (let i = 0; i < n; i++) {
        const now = near[i];
        const w = weights[i];
        const own = squares[i];
        for (let t = 0, p = i * width + first; t < perStart; t++, p++) {
          const distance = own + norms[t] - 2 * dots[p];
          potentials[t] += w * Math.min(distance, now);
        }
      }
      let best = 0;
      for (let t = 1; t < perStart; t++) if (potentials[t] < potentials[best]) best = t;
      for (let i = 0, p = first + best; i < n; i++, p += width) {
        const distance = squares[i] + norms[best] - 2 * dots[p];
        if (distance < near[i]) near[i] = Math.max(0, distance);
      }
      chosen[r][c] = drawn[first + best];
      near[chosen[r][c]] = 0;
    }
  }
  return chosen;
}

/** First index whose cumulative weight exceeds `target`. */
function search(cumulative: Float64Array, target: number): number {
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cumulative[middle] > target) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Where all points coincide with chosen ones: any point not chosen yet. */
function unused(chosen: Uint32Array, count: number, random: Random, n: number): number {
  const taken = new Set(chosen.subarray(0, count));
  let i = Math.floor(random() * n);
  while (taken.has(i)) i = (i + 1) % n;
  return i;
}

/** Clusters under way: sums and masses follow each move; `moved` marks centroids whose `dots` are stale. */
interface State {
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

/** Every point in the cluster of the nearest of the points `first`. */
function begin(space: Space, weights: Float64Array, first: Uint32Array): State {
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
    dots: new Float32Array(n * k),
    moved: new Uint8Array(k).fill(1),
  };
  first.forEach((i, c) => {
    state.centroids.set(x.subarray(i * dims, (i + 1) * dims), c * dims);
  });
  refresh(space, state);
  for (let i = 0; i < n; i++) {
    const c = nearestCentroid(state, i);
    state.labels[i] = c;
    move(space, weights, state, i, c, 1);
  }
  refill(space, weights, state);
  for (let c = 0; c < k; c++) recentre(space, state, c);
  return state;
}

type Sweep = (space: Space, weights: Float64Array, state: State, fresh: Uint8Array) => number;

/** Of more points than this, a sweep that moves fewer than one in 200 is the last. */
const few = 2000;

/** Sweeps over all points until one moves (next to) none. */
function settle(space: Space, weights: Float64Array, state: State, sweep: Sweep, maxRounds: number): void {
  const fresh = new Uint8Array(state.k).fill(1);
  for (let round = 0; round < maxRounds; round++) {
    refresh(space, state);
    const moves = sweep(space, weights, state, fresh);
    if (moves === 0) return;
    refill(space, weights, state);
    for (let c = 0; c < state.k; c++) if (state.moved[c]) recentre(space, state, c);
    if (space.n > few && moves < space.n / 200) return;
    fresh.set(state.moved);
  }
}

/** Inner products of the points with the centroids that moved, in one call of the kernel. */
function refresh({ n, dims, padded, x32 }: Space, { k, moved, centroids, norms, dots }: State): void {
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

function nearestCentroid({ k, norms, dots }: State, i: number): number {
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

function move(
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

function recentre({ dims }: Space, { mass, sums, centroids }: State, c: number): void {
  if (mass[c] > 0) for (let j = 0, q = c * dims; j < dims; j++, q++) centroids[q] = sums[q] / mass[c];
}

/**
 * Lloyd's step: every point to its nearest centroid. Where a point's own centroid stood still since the last round,
 * only those that moved (`fresh`) can have come nearer.
 */
function reassign(space: Space, weights: Float64Array, state: State, fresh: Uint8Array): number {
  const { k, labels, norms, dots } = state;
  const some = indicesOf(fresh);
  let moves = 0;
  for (let i = 0; i < space.n; i++) {
    const from = labels[i];
    let to = from;
    let least = norms[from] - 2 * dots[i * k + from];
    if (fresh[from]) to = nearestCentroid(state, i);
    else
      for (let at = 0; at < some.length; at++) {
        const c = some[at];
        const distance = norms[c] - 2 * dots[i * k + c];
        if (distance < least) {
          least = distance;
          to = c;
        }
      }
    // Ties in single precision must not send points to and fro.
    if (to === from || !(distanceTo(space, state, i, from) > distanceTo(space, state, i, to))) continue;
    labels[i] = to;
    move(space, weights, state, i, from, -1);
    move(space, weights, state, i, to, 1);
    moves++;
  }
  return moves;
}

/** Single moves, each made at once if it lowers the inertia (Hartigan 1975); the kernel's distances nominate them. */
function improve(space: Space, weights: Float64Array, state: State, fresh: Uint8Array): number {
  const { n, squares } = space;
  const { k, labels, mass, count, norms, dots } = state;
  const all = indicesOf(new Uint8Array(k).fill(1));
  const some = indicesOf(fresh);
  let moves = 0;
  for (let i = 0; i < n; i++) {
    const w = weights[i];
    const from = labels[i];
    if (w === 0 || count[from] < 2) continue;
    const leave = mass[from] / (mass[from] - w);
    const row = i * k;
    let least = leave * (norms[from] + squares[i] - 2 * dots[row + from]);
    let to = from;
    const among = fresh[from] ? all : some;
    for (let at = 0; at < among.length; at++) {
      const c = among[at];
      const m = mass[c];
      const distance = norms[c] + squares[i] - 2 * dots[row + c];
      if (m * distance < least * (m + w) && c !== from) {
        least = (m * distance) / (m + w);
        to = c;
      }
    }
    if (to === from) continue;
    const gain =
      leave * distanceTo(space, state, i, from) -
      (mass[to] / (mass[to] + w)) * distanceTo(space, state, i, to);
    if (!(gain > 1e-12 * squares[i])) {
      // Its nomination is out of date: this sweep moved a centroid. The next one looks at it afresh.
      state.moved[from] = 1;
      continue;
    }
    labels[i] = to;
    move(space, weights, state, i, from, -1);
    move(space, weights, state, i, to, 1);
    recentre(space, state, from);
    recentre(space, state, to);
    moves++;
  }
  return moves;
}

function indicesOf(marks: Uint8Array): Uint32Array {
  const indices: number[] = [];
  for (let c = 0; c < marks.length; c++) if (marks[c]) indices.push(c);
  return Uint32Array.from(indices);
}

/** Gives each empty cluster the point that is farthest from its own centroid. */
function refill(space: Space, weights: Float64Array, state: State): void {
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

function distanceTo({ dims, x }: Space, { centroids }: State, i: number, c: number): number {
  let sum = 0;
  for (let j = 0, p = i * dims, q = c * dims; j < dims; j++, p++, q++) {
    const difference = x[p] - centroids[q];
    sum += difference * difference;
  }
  return sum;
}

function inertiaOf(space: Space, weights: Float64Array, state: State): number {
  let sum = 0;
  for (let i = 0; i < space.n; i++) sum += weights[i] * distanceTo(space, state, i, state.labels[i]);
  return sum;
}
