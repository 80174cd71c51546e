import type { MemberFigure } from "./router.ts";
import { nonNegativeWeights } from "./stack.ts";

/** One predictor of a part of the rewards, with its predictions of questions that it had not seen. */
export interface Member {
  readonly name: string;
  readonly values: Float64Array;
}

/** The stack of some members: weights in their order, the weighted sum, and each member's error by itself. */
export interface Stacked {
  readonly weights: readonly number[];
  readonly values: Float64Array;
  readonly figures: readonly MemberFigure[];
}

/** @param counted 0 leaves an entry out of the errors */
export function stackMembers(
  part: MemberFigure["part"],
  members: readonly Member[],
  targets: Float32Array,
  counted?: Uint8Array,
): Stacked {
  const weights = nonNegativeWeights(
    members.map(({ values }) => values),
    targets,
    counted,
  );
  const error = (values: Float64Array) => {
    let squares = 0;
    let cells = 0;
    for (let o = 0; o < targets.length; o++)
      if (counted?.[o] !== 0) {
        squares += (values[o] - targets[o]) ** 2;
        cells++;
      }
    return squares / Math.max(1, cells);
  };
  return {
    weights,
    values: Float64Array.from(targets, (_, o) =>
      members.reduce((sum, { values }, k) => sum + weights[k] * values[o], 0),
    ),
    figures: members.map(({ name, values }, k) => ({ part, name, weight: weights[k], error: error(values) })),
  };
}
