import { placeApart } from "./wasm.ts";

/** Rows of int8 numbers in the kernels' memory, to be multiplied by one row of int16 numbers after another. */
export interface Int8Rows {
  /** The row to multiply by; set it, then call `run`. */
  readonly query: Int16Array;
  /** query · row of each row, valid until the next call. */
  readonly products: Int32Array;
  run(): void;
}

/** Places the n × k numbers of `rows`; |query · row| must stay below 2³¹. */
export function int8Rows(rows: Int8Array, k: number): Int8Rows {
  const n = rows.length / k;
  const width = (k + 15) & ~15;
  const { kernels, addresses, buffer } = placeApart(2 * width, n * width, 4 * n);
  const [toQuery, toRows, toProducts] = addresses;
  const placed = new Int8Array(buffer, toRows, n * width);
  for (let r = 0; r < n; r++) placed.set(rows.subarray(r * k, (r + 1) * k), r * width);
  return {
    query: new Int16Array(buffer, toQuery, k),
    products: new Int32Array(buffer, toProducts, n),
    run: () => kernels.dotsInt8(toQuery, toRows, toProducts, n, width),
  };
}

/** The plain twin of {@link int8Rows}, to compare with. */
export function dotsInt8Plain(query: Int16Array, rows: Int8Array): Int32Array {
  const k = query.length;
  return Int32Array.from({ length: rows.length / k }, (_, j) =>
    query.reduce((sum, value, d) => sum + value * rows[j * k + d], 0),
  );
}
