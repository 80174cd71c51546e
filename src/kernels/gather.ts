import { place, placeApart, wasmKernels } from "./wasm.ts";

/** Rows of a sparse matrix: row r has values[j] in column columns[j] for starts[r] ≤ j < starts[r + 1]. */
export interface SparseRows {
  /** Number of columns. */
  readonly width: number;
  readonly starts: Uint32Array;
  readonly columns: Uint32Array;
  readonly values: Float32Array;
}

/**
 * Sparse rows of at most `most` entries times an int8 table of columns × width: the function gives, for `count`
 * weights and the columns that they stand in, out[d] = Σ_j weights[j] · table[columns[j] · width + d]. Fill `columns`
 * and `weights`, then call `run`; `out` is valid until the next call. The table stays in the kernels' memory.
 */
export function int8Table(table: Int8Array, width: number, most: number): Int8Table {
  const rows = table.length / width;
  const padded = (width + 15) & ~15;
  const { kernels, addresses, buffer } = placeApart(rows * padded, 4 * most, 4 * most, 4 * padded);
  const [toTable, toColumns, toWeights, toOut] = addresses;
  const placed = new Int8Array(buffer, toTable, rows * padded);
  for (let r = 0; r < rows; r++) placed.set(table.subarray(r * width, (r + 1) * width), r * padded);
  return {
    columns: new Uint32Array(buffer, toColumns, most),
    weights: new Float32Array(buffer, toWeights, most),
    out: new Float32Array(buffer, toOut, width),
    run: (count) => kernels.gather(toTable, toColumns, toWeights, count, padded, toOut),
  };
}

export interface Int8Table {
  readonly columns: Uint32Array;
  readonly weights: Float32Array;
  readonly out: Float32Array;
  run(count: number): void;
}

/** The plain twin of {@link int8Table}'s run, to compare with. */
export function gatherPlain(
  table: Int8Array,
  width: number,
  columns: ArrayLike<number>,
  weights: ArrayLike<number>,
): Float64Array {
  const out = new Float64Array(width);
  for (let j = 0; j < columns.length; j++)
    for (let d = 0; d < width; d++) out[d] += weights[j] * table[columns[j] * width + d];
  return out;
}

/** rows · dense: R × r numbers, for `dense` of width × r, r a multiple of 4. */
export function sparseTimes(rows: SparseRows, dense: Float32Array, r: number): Float32Array {
  return walk(rows, dense, rows.starts.length - 1, r, "gatherRow");
}

/** rowsᵀ · dense: width × r numbers, for `dense` of R × r, r a multiple of 4. */
export function sparseTransposedTimes(rows: SparseRows, dense: Float32Array, r: number): Float32Array {
  return walk(rows, dense, rows.width, r, "scatterRow");
}

function walk(
  { starts, columns, values }: SparseRows,
  dense: Float32Array,
  height: number,
  r: number,
  kernel: "gatherRow" | "scatterRow",
): Float32Array {
  const { addresses, buffer } = place(
    columns.byteLength,
    values.byteLength,
    dense.byteLength,
    4 * height * r,
  );
  const [toColumns, toValues, toDense, toOut] = addresses;
  new Uint32Array(buffer, toColumns, columns.length).set(columns);
  new Float32Array(buffer, toValues, values.length).set(values);
  new Float32Array(buffer, toDense, dense.length).set(dense);
  const out = new Float32Array(buffer, toOut, height * r).fill(0);
  const kernels = wasmKernels();
  // gatherRow reads the dense matrix and writes rows of the product, scatterRow the other way round.
  const [one, many] = kernel === "gatherRow" ? [toOut, toDense] : [toDense, toOut];
  for (let i = 0; i + 1 < starts.length; i++) {
    const [at, count, row] = [4 * starts[i], starts[i + 1] - starts[i], one + 4 * i * r];
    if (kernel === "gatherRow") kernels.gatherRow(many, toColumns + at, toValues + at, count, r, row);
    else kernels.scatterRow(row, toColumns + at, toValues + at, count, r, many);
  }
  return out.slice();
}
