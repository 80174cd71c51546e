import type { SparseRows } from "../kernels/index.ts";
import { termCounter } from "./terms.ts";

/** 1 + ln count, from a table for usual counts. */
export function dampened(count: number): number {
  return count < logarithms.length ? logarithms[count] : 1 + Math.log(count);
}
const logarithms = Float64Array.from({ length: 256 }, (_, count) => 1 + Math.log(count));

/**
 * Hashed character n-grams of each text (see {@link termCounter}), weighted 1 + ln count; columns ascend in no
 * particular order.
 */
export function termRows(texts: readonly string[], bits: number): SparseRows {
  const count = termCounter(bits);
  const starts = new Uint32Array(texts.length + 1);
  let columns = new Uint32Array(1024);
  let values = new Float32Array(1024);
  texts.forEach((text, t) => {
    const { size, buckets, counts } = count(text);
    const start = starts[t];
    if (start + size > columns.length) {
      columns = enlarged(columns, new Uint32Array(2 * (start + size)));
      values = enlarged(values, new Float32Array(2 * (start + size)));
    }
    for (let i = 0; i < size; i++) {
      columns[start + i] = buckets[i];
      values[start + i] = dampened(counts[buckets[i]]);
    }
    starts[t + 1] = start + size;
  });
  const end = starts[texts.length];
  return { width: 1 << bits, starts, columns: columns.slice(0, end), values: values.slice(0, end) };
}

/** Smoothed inverse document frequency of each column, ln((1 + rows) / (1 + rows with it)) + 1, as scikit-learn's. */
export function inverseDocumentFrequencies({ width, starts, columns }: SparseRows): Float64Array {
  const frequencies = new Float64Array(width);
  for (const column of columns) frequencies[column]++;
  return frequencies.map((frequency) => Math.log(starts.length / (1 + frequency)) + 1);
}

/** The rows times a weight for each column, each row then scaled to length 1 (an empty row stays empty). */
export function weightedUnitRows(rows: SparseRows, weights: Float64Array): SparseRows {
  const values = rows.values.map((value, j) => value * weights[rows.columns[j]]);
  for (let r = 0; r + 1 < rows.starts.length; r++) {
    let squares = 0;
    for (let j = rows.starts[r]; j < rows.starts[r + 1]; j++) squares += values[j] * values[j];
    const length = Math.sqrt(squares);
    for (let j = rows.starts[r]; j < rows.starts[r + 1]; j++) values[j] /= length;
  }
  return { ...rows, values };
}

function enlarged<A extends Uint32Array | Float32Array>(from: A, to: A): A {
  to.set(from);
  return to;
}
