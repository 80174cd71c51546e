import type { Gaussians } from "../../kernels/index.ts";
import { dot } from "./dense.ts";
import { atFloor, type ItemPrior, learnedCoordinates, precisionOf, type VariationalPriors } from "./prior.ts";

/**
 * Moves of location and scale, β ↦ (I + εA) β for items, that a learned prior follows: its information on each move
 * (count × count) and between the move and each item (I × count × K). Moving an item and the prior together costs nothing.
 */
export function scaleMoves(
  { rows, size, mean }: Gaussians,
  prior: ItemPrior,
  priors: VariationalPriors,
  curved: boolean,
): { count: number; own: Float64Array; cross: Float64Array } {
  const moving = learnedCoordinates(priors, size).filter((k) => k < size - 1);
  // Each move adds, to coordinate `to`, coordinate `from`: location (slope to intercept), scale (symmetric).
  const growing = moving.filter((k) => !atFloor(prior, priors, k));
  const moves = moving.flatMap((k) => [
    [[size - 1, k]],
    ...growing
      .filter((l) => l <= k && growing.includes(k))
      .map((l) =>
        l === k
          ? [[k, k]]
          : [
              [k, l],
              [l, k],
            ],
      ),
  ]);
  const count = moves.length;
  const own = new Float64Array(count * count);
  const cross = new Float64Array(rows * count * size);
  const { precision } = precisionOf(prior).prior;
  const apply = (move: number[][], x: Float64Array): Float64Array => {
    const out = new Float64Array(size);
    for (const [to, from] of move) out[to] += x[from];
    return out;
  };
  const times = (x: Float64Array): Float64Array => {
    const out = new Float64Array(size);
    for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) out[i] += precision[i * size + j] * x[j];
    return out;
  };
  for (let r = 0; r < rows; r++) {
    const item = mean.slice(r * size, (r + 1) * size);
    const pulled = times(item.map((x, k) => (curved ? x - prior.mean[k] : 0)));
    const moved = moves.map((move) => apply(move, item));
    const weighed = moved.map(times);
    moves.forEach((move, g) => {
      const transposed = move.map(([to, from]) => [from, to]);
      const back = apply(transposed, pulled);
      for (let x = 0; x < size; x++) cross[(r * count + g) * size + x] = -(back[x] + weighed[g][x]);
      for (let h = 0; h < count; h++)
        own[g * count + h] +=
          dot(moved[g], weighed[h], 0) +
          dot(apply(move, moved[h]), pulled, 0) +
          dot(apply(moves[h], moved[g]), pulled, 0);
    });
  }
  return { count, own, cross };
}
