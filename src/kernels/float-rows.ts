import { placeApart } from "./wasm.ts";

/** Rows of float32 numbers in the kernels' memory, to be multiplied by one row after another. */
export interface FloatRows {
  /** The row to multiply by; set it, then call `run`. */
  readonly query: Float32Array;
  /** query · row of each row, valid until the next call. */
  readonly products: Float32Array;
  run(): void;
}

/** Places the n × k numbers of `rows`. */
export function floatRows(rows: ArrayLike<number>, k: number): FloatRows {
  const n = rows.length / k;
  const width = (k + 3) & ~3;
  const { kernels, addresses, buffer } = placeApart(4 * width, 4 * n * width, 4 * n);
  const [toQuery, toRows, toProducts] = addresses;
  const placed = new Float32Array(buffer, toRows, n * width);
  for (let i = 0; i < rows.length; i++) placed[Math.floor(i / k) * width + (i % k)] = rows[i];
  return {
    query: new Float32Array(buffer, toQuery, k),
    products: new Float32Array(buffer, toProducts, n),
    run: () => kernels.dots(toQuery, toRows, toProducts, 1, n, width, n),
  };
}
