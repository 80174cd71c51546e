import { nearest, neighbourIndex } from "../questions/index.ts";
import { madeOnce } from "./made-once.ts";

/** The questions nearest to one, by row, with their distances; nearest first. */
export interface Nearby {
  readonly indices: ArrayLike<number>;
  readonly distances: ArrayLike<number>;
}

/** n × F features, each weighted as it counts in a distance. */
export function weightedRows(rows: readonly Float32Array[], weights: Float32Array): Float32Array {
  const out = new Float32Array(rows.length * weights.length);
  rows.forEach((row, i) => {
    out.set(weighted(row, weights), i * weights.length);
  });
  return out;
}

export function weighted(row: Float32Array, weights: Float32Array): Float32Array {
  return row.map((value, f) => value * weights[f]);
}

/** Of each row of n × F weighted features, the `k` nearest others. */
export function nearestOthers(values: Float32Array, width: number, k: number): Nearby[] {
  const features = featuresOf(values, width);
  const found = nearest(features, features, k + 1);
  return Array.from({ length: values.length / width }, (_, i) => {
    const [from, to] = [i * found.k, (i + 1) * found.k];
    const indices = Array.from(found.indices.subarray(from, to));
    // Of many questions with the same features it may not be among its own neighbours.
    const self = indices.indexOf(i);
    const left = (_: number, j: number) => j !== (self < 0 ? found.k - 1 : self);
    return {
      indices: indices.filter(left),
      distances: Array.from(found.distances.subarray(from, to)).filter(left),
    };
  });
}

/** The `k` rows nearest to a weighted question. */
export function nearestTo(values: Float32Array, question: Float32Array, k: number): Nearby {
  return search(values, question.length).nearest(question, k);
}

const search = madeOnce((values: Float32Array, width: number) => neighbourIndex(featuresOf(values, width)));

function featuresOf(values: Float32Array, dims: number) {
  return { source: { name: "router", hash: "" }, dims, values };
}
