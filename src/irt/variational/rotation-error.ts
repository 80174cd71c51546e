import type { Gaussians } from "../../kernels/index.ts";
import { addTimes, dot } from "./dense.ts";
import { type ErrorCoordinates, towards } from "./error-coordinates.ts";
import { principalAxes } from "./identify.ts";

/** Pairs of axes, each a plane that a rotation turns. */
export function planesOf(dims: number): (readonly [k: number, l: number])[] {
  return Array.from({ length: dims }, (_, k) => Array.from({ length: k }, (_, l) => [k, l] as const)).flat();
}

/**
 * Makes Σ_r x_l dx_k − x_k dx_l costly, over the kept rows' errors dx = L u: errors are those given the rotation, which the
 * identification rule fixes.
 */
export function holdRotation(
  information: Float64Array,
  unknowns: number,
  kept: Gaussians,
  coordinates: ErrorCoordinates,
  dims: number,
): void {
  let largest = 0;
  for (let c = 0; c < unknowns; c++) largest = Math.max(largest, information[c * unknowns + c]);
  const pulled = new Float64Array(coordinates.free);
  for (const [k, l] of planesOf(dims)) {
    const turn = new Float64Array(unknowns);
    for (let r = 0; r < kept.rows; r++) {
      const direction = new Float64Array(coordinates.free);
      direction[k] = kept.mean[r * kept.size + l];
      direction[l] = -kept.mean[r * kept.size + k];
      towards(coordinates, r, direction, 0, pulled);
      turn.set(pulled, r * coordinates.width);
    }
    const scale = largest / dot(turn, turn, 0);
    for (let c = 0; c < unknowns; c++)
      addTimes(information, c * unknowns, turn, 0, scale * turn[c], unknowns);
  }
}

/** Turn of one pair of axes: how the rotation's error covaries with every coordinate, and its own variance. */
export interface Turn {
  readonly axes: readonly [Float64Array, Float64Array];
  readonly ofSubjects: Float64Array;
  readonly ofItems: Float64Array;
}

/** Greatest standard deviation of a turn, in radians, that the linearisation is taken to. */
const widestTurn = 0.35;

/**
 * The identification rule Σ a aᵀ diagonal is one equation a pair of axes, c(β) = Σ_i a_ik a_il = 0. An error dz of the
 * parameters breaks it, and the turn by φ = c·dz / (λ_k − λ_l) that mends it is itself an error of every coordinate.
 */
export function rotationErrors(
  items: Gaussians,
  solve: (w: Float64Array) => { ofSubjects: Float64Array; ofItems: Float64Array },
): { turns: Turn[]; covariance: Float64Array } {
  const { size, rows, mean } = items;
  const dims = size - 1;
  const { vectors, values } = principalAxes(items);
  const axis = (k: number) => Float64Array.from({ length: dims }, (_, l) => vectors[l * dims + k]);
  const turns: Turn[] = [];
  const gradients: Float64Array[] = [];
  for (const [k, l] of planesOf(dims)) {
    const [u, v] = [axis(k), axis(l)];
    const gap = values[l] - values[k];
    const w = new Float64Array(rows * size);
    for (let i = 0; i < rows; i++) {
      const a = mean.subarray(i * size, i * size + dims);
      const [along, across] = [dot(u, a, 0), dot(v, a, 0)];
      for (let j = 0; j < dims; j++) w[i * size + j] = (u[j] * across + v[j] * along) / gap;
    }
    const x = solve(w);
    const spread = Math.sqrt(Math.max(0, dot(w, x.ofItems, 0)));
    const factor = spread > widestTurn ? widestTurn / spread : 1;
    for (const part of [w, x.ofItems, x.ofSubjects]) for (let j = 0; j < part.length; j++) part[j] *= factor;
    turns.push({ axes: [u, v], ...x });
    gradients.push(w);
  }
  const covariance = new Float64Array(turns.length ** 2);
  turns.forEach((turn, p) => {
    gradients.forEach((w, r) => {
      covariance[p * turns.length + r] = dot(w, turn.ofItems, 0);
    });
  });
  return { turns, covariance };
}

/** Covariances of all rows once the axes are turned back to the rule after every error. */
export function addRotation(
  subjects: Gaussians,
  items: Gaussians,
  { turns, covariance }: { turns: Turn[]; covariance: Float64Array },
): void {
  const { size } = items;
  const dims = size - 1;
  for (const [side, width] of [
    [subjects, dims],
    [items, size],
  ] as const)
    for (let r = 0; r < side.rows; r++) {
      // Where one radian of each turn would take this row: u (v·x) − v (u·x).
      const moves = turns.map(({ axes: [u, v] }) => {
        const x = side.mean.subarray(r * size, r * size + dims);
        const [along, across] = [dot(u, x, 0), dot(v, x, 0)];
        return u.map((value, j) => value * across - v[j] * along);
      });
      const block = side.covariance.subarray(r * size * size, (r + 1) * size * size);
      turns.forEach((turn, p) => {
        const shared = (side === items ? turn.ofItems : turn.ofSubjects).subarray(r * width, (r + 1) * width);
        for (let j = 0; j < dims; j++)
          for (let k = 0; k < width; k++) {
            block[j * size + k] -= moves[p][j] * shared[k];
            block[k * size + j] -= moves[p][j] * shared[k];
          }
        moves.forEach((other, o) => {
          for (let j = 0; j < dims; j++)
            for (let k = 0; k < dims; k++)
              block[j * size + k] += covariance[p * turns.length + o] * moves[p][j] * other[k];
        });
      });
    }
}
