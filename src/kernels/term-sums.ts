import { place, wasmKernels } from "./wasm.ts";

/** Nodes that stand side by side in a table of {@link withTermSums}. */
export const blockNodes = 8;

/** Lists of table columns, one after another: list r is columns[starts[r] … starts[r + 1] − 1], each with a weight. */
export interface TermLists {
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  /** Absent where all are 1. */
  readonly weights?: Float64Array;
}

/**
 * Sums over the columns of a table that lists name, node by node. Entry (column, node q) of the table and of the sums is
 * at `(⌊q / 8⌋ · width + column) · 8 + q mod 8`.
 */
export interface TermSums {
  /** Blocks × width × 8, to be filled. */
  readonly table: Float64Array;
  /** Laid out as the table, zero at first. */
  readonly sums: Float64Array;
  /** For the nodes of blocks from … to − 1: what `sum` gives, and `spread` takes. */
  readonly values: Float64Array;
  /** values[q − 8 from] = Σ of the table's columns in a list, times their weights. */
  sum(list: number, from: number, to: number): void;
  /** Adds values[q − 8 from], times the weight, to the sums of every column in a list. */
  spread(list: number, from: number, to: number): void;
}

/** Runs `work` with a table in the kernels' memory; nothing of it may be used afterwards, nor other kernels in it. */
export function withTermSums<T>(
  { starts, columns, weights }: TermLists,
  width: number,
  blocks: number,
  work: (sums: TermSums) => T,
): T {
  const cells = blocks * width * blockNodes;
  const { addresses, buffer } = place(
    8 * cells,
    8 * cells,
    columns.byteLength,
    weights?.byteLength ?? 0,
    8 * blocks * blockNodes,
  );
  const [toTable, toSums, toColumns, toWeights, toValues] = addresses;
  new Int32Array(buffer, toColumns, columns.length).set(columns);
  if (weights) new Float64Array(buffer, toWeights, weights.length).set(weights);
  const kernels = wasmKernels();
  const run =
    (kernel: "sumTerms" | "spreadTerms", to: number) => (list: number, first: number, last: number) =>
      kernels[kernel](
        to,
        toColumns + 4 * starts[list],
        weights ? toWeights + 8 * starts[list] : 0,
        starts[list + 1] - starts[list],
        width,
        first,
        last,
        toValues,
      );
  return work({
    table: new Float64Array(buffer, toTable, cells),
    sums: new Float64Array(buffer, toSums, cells).fill(0),
    values: new Float64Array(buffer, toValues, blocks * blockNodes),
    sum: run("sumTerms", toTable),
    spread: run("spreadTerms", toSums),
  });
}

/** The plain twin of {@link withTermSums}, to compare with. */
export function withTermSumsPlainly<T>(
  { starts, columns, weights }: TermLists,
  width: number,
  blocks: number,
  work: (sums: TermSums) => T,
): T {
  const table = new Float64Array(blocks * width * blockNodes);
  const sums = new Float64Array(table.length);
  const values = new Float64Array(blocks * blockNodes);
  const visit = (
    list: number,
    from: number,
    to: number,
    see: (value: number, at: number, w: number) => void,
  ) => {
    for (let q = from * blockNodes; q < to * blockNodes; q++)
      for (let e = starts[list]; e < starts[list + 1]; e++) {
        const block = Math.floor(q / blockNodes);
        see(
          q - from * blockNodes,
          (block * width + columns[e]) * blockNodes + (q % blockNodes),
          weights?.[e] ?? 1,
        );
      }
  };
  return work({
    table,
    sums,
    values,
    sum(list, from, to) {
      values.fill(0, 0, (to - from) * blockNodes);
      visit(list, from, to, (value, at, w) => {
        values[value] += w * table[at];
      });
    },
    spread: (list, from, to) =>
      visit(list, from, to, (value, at, w) => {
        sums[at] += w * values[value];
      }),
  });
}
