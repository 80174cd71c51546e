import { distanceTo, move, nearestCentroid, recentre, refill, refresh, type State } from "./clusters.ts";
import type { Space } from "./space.ts";

type Sweep = (space: Space, weights: Float64Array, state: State, fresh: Uint8Array) => number;

/** Sweeps over all points until one moves none. */
export function settle(
  space: Space,
  weights: Float64Array,
  state: State,
  sweep: Sweep,
  maxRounds: number,
): void {
  const fresh = new Uint8Array(state.k).fill(1);
  for (let round = 0; round < maxRounds; round++) {
    refresh(space, state);
    if (sweep(space, weights, state, fresh) === 0) return;
    refill(space, weights, state);
    for (let c = 0; c < state.k; c++) if (state.moved[c]) recentre(space, state, c);
    fresh.set(state.moved);
  }
}

/**
 * Lloyd's step: every point to its nearest centroid. Where a point's own centroid stood still since the last round,
 * only those that moved (`fresh`) can have come nearer.
 */
export function reassign(space: Space, weights: Float64Array, state: State, fresh: Uint8Array): number {
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
export function improve(space: Space, weights: Float64Array, state: State, fresh: Uint8Array): number {
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
