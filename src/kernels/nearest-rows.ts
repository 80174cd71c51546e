import { placeApart } from "./wasm.ts";

/** Rows of numbers in the kernels' memory, float32 and rounded to int8, to look for those near a query. */
export interface NearestRows {
  /** The query. */
  readonly query: Float32Array;
  /** The query as it is multiplied by the int8 rows: |query · row| must stay below 2³¹. */
  readonly rounded: Int16Array;
  /**
   * At least `count` rows, those with the least |row|² / 2 − step · (rounded query · int8 row), in the order of their
   * distance to the query, whose squares stand beside them; equal ones by number. Valid until the next call.
   */
  find(step: number, count: number): { readonly rows: Uint32Array; readonly squares: Float64Array };
}

/**
 * @param values n × k
 * @param rounded the same in int8
 * @param halfNorms |row|² / 2 of each row as it is rounded
 */
export function nearestRows(
  values: Float32Array,
  rounded: Int8Array,
  halfNorms: Float32Array,
  k: number,
): NearestRows {
  const n = halfNorms.length;
  const width8 = (k + 15) & ~15;
  const width = (k + 3) & ~3;
  const padded = (n + 31) & ~31;
  const { kernels, addresses, buffer } = placeApart(
    4 * width,
    2 * width8,
    4 * n * width,
    padded * width8,
    4 * padded,
    4 * padded,
    4 * padded,
    padded / 2,
    padded / 2,
    4 * padded,
    8 * n,
  );
  const [toQuery, toRounded, toRows, toInt8, toHalves, toProducts, toValues, toMinima, toHeap, toLabels, to] =
    addresses;
  const placed = new Float32Array(buffer, toRows, n * width);
  const placed8 = new Int8Array(buffer, toInt8, n * width8);
  for (let r = 0; r < n; r++) {
    placed.set(values.subarray(r * k, (r + 1) * k), r * width);
    placed8.set(rounded.subarray(r * k, (r + 1) * k), r * width8);
  }
  new Float32Array(buffer, toHalves, padded).fill(Number.POSITIVE_INFINITY).set(halfNorms);
  return {
    query: new Float32Array(buffer, toQuery, k),
    rounded: new Int16Array(buffer, toRounded, k),
    find(step, count) {
      kernels.dotsInt8(toRounded, toInt8, toProducts, padded, width8);
      const found = kernels.smallestRows(
        toProducts,
        toHalves,
        padded,
        step,
        count,
        toValues,
        toMinima,
        toHeap,
        toLabels,
      );
      kernels.rankByDistance(toQuery, toRows, toLabels, found, width, to);
      return {
        rows: new Uint32Array(buffer, toLabels, found),
        squares: new Float64Array(buffer, to, found),
      };
    },
  };
}
