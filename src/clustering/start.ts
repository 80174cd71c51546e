import { dotProducts } from "../kernels/index.ts";
import type { Random } from "../numerics/index.ts";
import type { Space } from "./space.ts";

/** Indices of the K first centroids for each random source; all starts share each call of the kernel. */
export function plusPlus(
  space: Space,
  weights: Float64Array,
  k: number,
  randoms: readonly Random[],
): Uint32Array[] {
  const { n, squares } = space;
  const trials = 2 + Math.floor(Math.log(k));
  const chosen = randoms.map(() => new Uint32Array(k));
  const nearest = randoms.map(() => new Float64Array(n).fill(1));
  const cumulative = new Float64Array(n);
  const potentials = new Float64Array(trials);
  const reused = new Float32Array(n * randoms.length * trials);
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
    const dots = productsWith(space, drawn, reused);
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

/**
 * n × drawn inner products of the points with the drawn ones: by the kernel, or, in so few dimensions that its copying
 * would cost more than its speed saves, in place.
 */
function productsWith(
  { n, dims, padded, x, x32 }: Space,
  drawn: readonly number[],
  reused: Float32Array,
): Float32Array {
  const width = drawn.length;
  if (dims <= 8) {
    for (let i = 0, o = 0; i < n; i++)
      for (let at = 0; at < width; at++, o++) {
        let sum = 0;
        for (let j = 0, p = i * dims, q = drawn[at] * dims; j < dims; j++, p++, q++) sum += x[p] * x[q];
        reused[o] = sum;
      }
    return reused;
  }
  const rows = new Float32Array(width * padded);
  drawn.forEach((i, at) => {
    rows.set(x32.subarray(i * padded, (i + 1) * padded), at * padded);
  });
  return dotProducts(x32, rows, padded);
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
