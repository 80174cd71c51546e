import type { MemberFigure } from "./router.ts";
import { nonNegativeWeights } from "./stack.ts";

/** One predictor of a part of the rewards, with its predictions of questions that it had not seen. */
export interface Member {
  readonly name: string;
  readonly values: Float64Array;
}

/** The stack of some members: weights in their order, each target's constant, the sum, and each member's error by itself. */
export interface Stacked {
  readonly weights: readonly number[];
  readonly offset: Float64Array;
  readonly values: Float64Array;
  readonly figures: readonly MemberFigure[];
}

/**
 * @param targets n × width
 * @param counted 0 leaves an entry out of the errors
 */
export function stackMembers(
  part: MemberFigure["part"],
  members: readonly Member[],
  targets: Float32Array,
  width: number,
  counted?: Uint8Array,
): Stacked {
  const means = members.map(({ values }) => columnMeans(values, width, counted));
  const mean = columnMeans(targets, width, counted);
  const weights = nonNegativeWeights(
    members.map(({ values }, k) => values.map((value, o) => value - means[k][o % width])),
    Float64Array.from(targets, (value, o) => value - mean[o % width]),
    counted,
  );
  const offset = mean.map((value, t) =>
    weights.reduce((left, weight, k) => left - weight * means[k][t], value),
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
    offset,
    values: Float64Array.from(targets, (_, o) =>
      members.reduce((sum, { values }, k) => sum + weights[k] * values[o], offset[o % width]),
    ),
    figures: members.map(({ name, values }, k) => ({ part, name, weight: weights[k], error: error(values) })),
  };
}

function columnMeans(values: ArrayLike<number>, width: number, counted?: Uint8Array): Float64Array {
  const sums = new Float64Array(width);
  const counts = new Float64Array(width);
  for (let o = 0; o < values.length; o++)
    if (counted?.[o] !== 0) {
      sums[o % width] += values[o];
      counts[o % width]++;
    }
  return sums.map((sum, t) => (counts[t] > 0 ? sum / counts[t] : 0));
}
