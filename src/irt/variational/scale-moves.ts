import type { Gaussians } from "../../kernels/index.ts";
import { type ItemPrior, learnedCoordinates, precisionOf, type VariationalPriors } from "./prior.ts";

/** A direction A in which β ↦ (I + εA) β: its entries equal to one, as [row, column]. */
type Move = readonly (readonly [to: number, from: number])[];

/** Moves of location (slope to intercept) and scale (symmetric) that a learned prior follows, so that they cost nothing. */
export function scaleMoves(prior: ItemPrior, priors: VariationalPriors): Move[] {
  const size = prior.mean.length;
  const moving = learnedCoordinates(priors, size).filter((k) => k < size - 1);
  const scales = moving.flatMap((k) => moving.filter((l) => l <= k).map((l): [number, number] => [k, l]));
  return [
    ...moving.map((k): Move => [[size - 1, k]]),
    ...scales.map(
      ([k, l]): Move =>
        k === l
          ? [[k, k]]
          : [
              [k, l],
              [l, k],
            ],
    ),
  ];
}

/** Information on the moves, all items moved and the prior not: of each pair (G × G), and with each item (I × G × K). */
export function moveInformation(
  { rows, size, mean }: Gaussians,
  prior: ItemPrior,
  moves: readonly Move[],
  curved: boolean,
): { own: Float64Array; cross: Float64Array } {
  const count = moves.length;
  const { precision } = precisionOf(prior).prior;
  const cross = new Float64Array(rows * count * size);
  // Σ x xᵀ and Σ x pᵀ, where p = P (x − μ) pulls the item back.
  const square = new Float64Array(size * size);
  const pull = new Float64Array(size * size);
  const pulled = new Float64Array(size);
  for (let r = 0; r < rows; r++) {
    const x = mean.subarray(r * size, (r + 1) * size);
    pulled.fill(0);
    for (let i = 0; curved && i < size; i++)
      for (let j = 0; j < size; j++) pulled[i] += precision[i * size + j] * (x[j] - prior.mean[j]);
    for (let i = 0; i < size; i++)
      for (let j = 0; j < size; j++) {
        square[i * size + j] += x[i] * x[j];
        pull[i * size + j] += x[i] * pulled[j];
      }
    for (let g = 0; g < count; g++) {
      const at = (r * count + g) * size;
      for (const [to, from] of moves[g]) {
        cross[at + from] -= pulled[to];
        for (let i = 0; i < size; i++) cross[at + i] -= precision[i * size + to] * x[from];
      }
    }
  }
  const own = new Float64Array(count * count);
  moves.forEach((one, g) => {
    moves.forEach((other, h) => {
      for (const [to, from] of one)
        for (const [otherTo, otherFrom] of other) {
          own[g * count + h] += precision[to * size + otherTo] * square[from * size + otherFrom];
          if (otherTo === from) own[g * count + h] += pull[otherFrom * size + to];
          if (to === otherFrom) own[g * count + h] += pull[from * size + otherTo];
        }
    });
  });
  return { own, cross };
}

/**
 * Adds in place what the number of abilities says about the first dimension's scale. S draws from N(0, σ²) hold 2S on log σ:
 * S by the squares in their exponents, which the abilities' own information has, and S by σ⁻ˢ before them, which is missing
 * there; abilities of reliability ρ hold ρ² of it. Later dimensions are known too little for such a correction: with it
 * their intervals were too narrow in simulations.
 */
export function addScaleOfAbilities(own: Float64Array, moves: readonly Move[], subjects: Gaussians): void {
  const first = moves.findIndex((move) => move.length === 1 && move[0][0] === 0 && move[0][1] === 0);
  if (first < 0) return;
  let squares = 0;
  for (let s = 0; s < subjects.rows; s++) squares += subjects.mean[s * subjects.size] ** 2;
  const reliability = Math.min(1, squares / subjects.rows);
  own[first * moves.length + first] += subjects.rows * reliability ** 2;
}
