import type { Gaussians } from "../../kernels/index.ts";
import { inverseSquare, symmetricEigen } from "../../numerics/index.ts";
import { addTimes, dot } from "./dense.ts";
import { learnedCoordinates, type VariationalPriors } from "./prior.ts";
import { planesOf } from "./rotation-error.ts";
import type { Posteriors } from "./start.ts";

/** Errors of the scale of ability, as an addition V D Vᵀ to the inverse information. */
export interface ScaleErrors {
  /** Adds V D Vᵀ w in place, w of the items' parameters (I × K). */
  readonly addTimes: (
    w: Float64Array,
    to: { readonly ofSubjects: Float64Array; readonly ofItems: Float64Array },
  ) => void;
  /** Adds the diagonal blocks to the covariances. */
  readonly addBlocks: () => void;
}

/** A direction A in which β ↦ (I + εA) β, K × K, and the information that the abilities hold on ε. */
interface Move {
  readonly matrix: Float64Array;
  readonly known: number;
}

/**
 * The abilities' mean and covariance are (0, I) by definition, and calibration lets the items' learned prior move with them. But
 * the prior's pseudo-items do not move, so that their information on where the scale lies, X, is in the joint information too,
 * where it does not belong. What the abilities' number says of the moves is K: along exact moves of items, prior and abilities no
 * response changes, and S abilities of N(0, I) hold S tr(A² + AAᵀ) on a stretch or shear A and S on a shift. So V, the
 * means as they move, gets D = K⁻¹ − (K + X)⁻¹. `held` gives X; moves include the turn that keeps the rotation of `kept` means.
 */
export function scaleErrors(
  { subjects, items }: Posteriors,
  priors: VariationalPriors,
  kept: "subjects" | "items",
  held: (moves: readonly Float64Array[]) => Float64Array,
): ScaleErrors {
  const { size } = items;
  const moves = scaleMoves(priors, size, subjects.rows);
  const matrices = moves.map(({ matrix }) => matrix);
  holdTurns(matrices, kept === "subjects" ? subjects : items, kept);
  const independent = freed(
    matrices,
    moves.map(({ known }) => known),
    held(matrices),
  );
  const sides = [
    { side: items, free: size, ofSubjects: false },
    { side: subjects, free: size - 1, ofSubjects: true },
  ] as const;

  return {
    addTimes: (w, to) => {
      // Σ_i w_i β_iᵀ, whose inner product with a move is that of w with the items as they move.
      const along = new Float64Array(size * size);
      for (let i = 0; i < items.rows; i++)
        for (let k = 0; k < size; k++) addTimes(along, k * size, items.mean, i * size, w[i * size + k], size);
      const all = new Float64Array(size * size);
      for (const move of independent) addTimes(all, 0, move, 0, dot(move, along, 0), all.length);
      for (const { side, free, ofSubjects } of sides)
        for (let r = 0; r < side.rows; r++)
          addTimes(
            ofSubjects ? to.ofSubjects : to.ofItems,
            r * free,
            moved(all, side.mean, r * size, ofSubjects),
            0,
            1,
            free,
          );
    },
    addBlocks: () => {
      for (const { side, free, ofSubjects } of sides)
        for (let r = 0; r < side.rows; r++)
          for (const move of independent) {
            const v = moved(move, side.mean, r * size, ofSubjects);
            for (let j = 0; j < free; j++) addTimes(side.covariance, (r * size + j) * size, v, 0, v[j], free);
          }
    },
  };
}

/** Shifts (slope to intercept), stretches and symmetric shears of the dimensions whose prior is learned. */
function scaleMoves(priors: VariationalPriors, size: number, subjects: number): Move[] {
  const dims = learnedCoordinates(priors, size).filter((k) => k < size - 1);
  const matrix = (...entries: readonly (readonly [to: number, from: number])[]) => {
    const out = new Float64Array(size * size);
    for (const [to, from] of entries) out[to * size + from] = 1;
    return out;
  };
  return [
    ...dims.map((k) => ({ matrix: matrix([size - 1, k]), known: subjects })),
    ...dims.flatMap((k) =>
      dims
        .filter((l) => l <= k)
        .map((l) => ({ matrix: matrix([k, l], [l, k]), known: (k === l ? 2 : 4) * subjects })),
    ),
  ];
}

/** A x of an item's parameters, x from index `at` on; −Aᵀx of an ability (θ, 1), which moves against them. */
function moved(matrix: Float64Array, x: Float64Array, at: number, ofSubject: boolean): Float64Array {
  const size = Math.sqrt(matrix.length);
  const out = new Float64Array(size);
  for (let to = 0; to < size; to++)
    for (let from = 0; from < size; from++)
      out[to] += (ofSubject ? -matrix[from * size + to] : matrix[to * size + from]) * x[at + from];
  return out;
}

/** Adds to each move, in place, the turns with which Σ_r x_l dx_k − x_k dx_l = 0 over the kept rows for every pair of axes. */
function holdTurns(moves: readonly Float64Array[], kept: Gaussians, side: "subjects" | "items"): void {
  const { rows, size, mean } = kept;
  const planes = planesOf(size - 1);
  if (planes.length === 0) return;
  const turned = (matrix: Float64Array) =>
    planes.map(([k, l]) => {
      let sum = 0;
      for (let r = 0; r < rows; r++) {
        const dx = moved(matrix, mean, r * size, side === "subjects");
        sum += mean[r * size + l] * dx[k] - mean[r * size + k] * dx[l];
      }
      return sum;
    });
  const turns = planes.map(([k, l]) => {
    const matrix = new Float64Array(size * size);
    matrix[k * size + l] = 1;
    matrix[l * size + k] = -1;
    return matrix;
  });
  const n = planes.length;
  const system = new Float64Array(n * n);
  turns.forEach((turn, b) => {
    turned(turn).forEach((value, a) => {
      system[a * n + b] = value;
    });
  });
  const inverse = inverseSquare(system, n);
  if (!inverse) return;
  for (const move of moves) {
    const off = Float64Array.from(turned(move));
    turns.forEach((turn, b) => {
      addTimes(move, 0, turn, 0, -dot(inverse.subarray(b * n, (b + 1) * n), off, 0), move.length);
    });
  }
}

/**
 * Moves whose errors are independent and of variance 1, with K⁻¹ − (K + X)⁻¹ as the covariance of the given ones' errors: K is diagonal,
 * and an eigenvalue x of K⁻ᐟ² X K⁻ᐟ² gives x / (1 + x).
 */
function freed(moves: readonly Float64Array[], known: readonly number[], held: Float64Array): Float64Array[] {
  const n = known.length;
  const { values, vectors } = symmetricEigen(
    held.map((value, e) => value / Math.sqrt(known[Math.floor(e / n)] * known[e % n])),
    n,
  );
  return Array.from(values, (value, e) => {
    const x = Math.max(0, value);
    const out = new Float64Array(moves[0].length);
    moves.forEach((move, g) => {
      const factor = Math.sqrt(x / (1 + x) / known[g]) * vectors[g * n + e];
      addTimes(out, 0, move, 0, factor, out.length);
    });
    return out;
  });
}
