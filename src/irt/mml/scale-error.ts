import type { ResponseModel } from "../models.ts";

/** Greatest standard deviation of a turn, in radians, that the linearisation is taken to. */
const widestTurn = 0.35;

/**
 * Adds to covariances of items by themselves, in place, that the scale is only known from N subjects whose mean and spread
 * are random: with long tests that part is J·V·Jᵀ, where J says how ξ answers to a shift, a stretch and a shear of θ, and V
 * is the sampling variance of the mean (1/N), of the log spread (1/2N) and of the correlation (1/N) of N normal abilities.
 * The axes stay principal ones, Σ a_j a_k = 0: with λ_j = Σ a_j², a shear ε moves a_j by ε λ_j / (λ_j − λ_k) · a_k, and what
 * the items' own errors make of Σ a_j a_k turns the axes by that over λ_j − λ_k.
 */
export function addScaleError(
  covariances: Float64Array,
  model: ResponseModel,
  x: Float64Array,
  free: Int32Array,
  subjects: number,
): void {
  const { dims, size, categories, family } = model;
  const items = x.length / size;
  const squares = new Float64Array(dims);
  for (let o = 0; o < x.length; o += size) for (let j = 0; j < dims; j++) squares[j] += x[o + j] ** 2;
  const add = (i: number, direction: Float64Array, variance: number) => {
    for (let j = 0; j < size; j++)
      for (let l = 0; l < size; l++)
        if (free[i * size + j] >= 0 && free[i * size + l] >= 0)
          covariances[(i * size + j) * size + l] += variance * direction[j] * direction[l];
  };
  const turns = pairsOf(dims).map(([j, k]) => {
    let variance = 0;
    for (let i = 0; i < items; i++) {
      const [o, at] = [i * size, i * size * size];
      const own =
        x[o + k] ** 2 * covariances[at + j * size + j] +
        x[o + j] ** 2 * covariances[at + k * size + k] +
        2 * x[o + j] * x[o + k] * covariances[at + j * size + k];
      if (Number.isFinite(own)) variance += own;
    }
    const gap = Math.max(Math.abs(squares[j] - squares[k]), Math.sqrt(variance) / widestTurn, 1e-12);
    return { j, k, gap: squares[j] < squares[k] ? -gap : gap, variance: variance / gap ** 2 };
  });
  const direction = new Float64Array(size);
  for (let i = 0; i < items; i++) {
    const o = i * size;
    for (let j = 0; j < dims; j++) {
      direction.fill(0);
      for (let k = 0; k < categories - 1; k++)
        direction[dims + k] = x[o + j] * (family === "gpcm" ? k + 1 : 1);
      add(i, direction, 1 / subjects);
      direction.fill(0);
      direction[j] = x[o + j];
      add(i, direction, 1 / (2 * subjects));
    }
    for (const { j, k, gap, variance } of turns) {
      direction.fill(0);
      direction[j] = (squares[j] / gap) * x[o + k];
      direction[k] = -(squares[k] / gap) * x[o + j];
      add(i, direction, 1 / subjects);
      direction[j] = x[o + k];
      direction[k] = -x[o + j];
      add(i, direction, variance);
    }
  }
}

/** Pairs of dimensions, j < k. */
const pairsOf = (dims: number): [number, number][] =>
  Array.from({ length: dims }, (_, k) =>
    Array.from({ length: k }, (_, j): [number, number] => [j, k]),
  ).flat();
