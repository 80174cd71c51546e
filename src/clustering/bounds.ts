import { distanceTo, move, recentre, refill, type State } from "./clusters.ts";
import type { Space } from "./space.ts";

/**
 * Lloyd's rounds with Hamerly's bounds (2010): a point whose own centroid is surely nearer than any other can be is not
 * looked at. For few dimensions, where the bounds are tight and a distance costs little. Ends when a round moves fewer
 * than one point in a thousand.
 */
export function settleByBounds(space: Space, weights: Float64Array, state: State, maxRounds: number): void {
  const { n, dims } = space;
  const { k, labels, centroids, moved } = state;
  const upper = new Float64Array(n).fill(Infinity);
  const lower = new Float64Array(n);
  const before = new Float64Array(k * dims);
  const drift = new Float64Array(k);
  moved.fill(0);
  for (let round = 0; round < maxRounds; round++) {
    let moves = 0;
    for (let i = 0; i < n; i++) {
      if (upper[i] < lower[i]) continue;
      const from = labels[i];
      upper[i] = Math.sqrt(distanceTo(space, state, i, from));
      if (upper[i] < lower[i]) continue;
      let to = from;
      let least = Infinity;
      let second = Infinity;
      for (let c = 0; c < k; c++) {
        const distance = distanceTo(space, state, i, c);
        if (distance < least) {
          second = least;
          least = distance;
          to = c;
        } else if (distance < second) second = distance;
      }
      upper[i] = Math.sqrt(least);
      lower[i] = Math.sqrt(second);
      if (to === from) continue;
      labels[i] = to;
      move(space, weights, state, i, from, -1);
      move(space, weights, state, i, to, 1);
      moves++;
    }
    before.set(centroids);
    // A refilled cluster takes a point from another, whose centroid the bounds no longer know.
    if (state.count.includes(0)) {
      refill(space, weights, state);
      lower.fill(0);
    }
    for (let c = 0; c < k; c++) if (moved[c]) recentre(space, state, c);
    moved.fill(0);
    if (moves <= n / 1000) return;
    let farthest = 0;
    for (let c = 0; c < k; c++) {
      let square = 0;
      for (let j = c * dims; j < (c + 1) * dims; j++) square += (centroids[j] - before[j]) ** 2;
      drift[c] = Math.sqrt(square);
      farthest = Math.max(farthest, drift[c]);
    }
    for (let i = 0; i < n; i++) {
      upper[i] += drift[labels[i]];
      lower[i] -= farthest;
    }
  }
}
