import type { Cells } from "../../kernels/index.ts";

/** Indices of rows and columns in an order that depends on nothing but the responses. */
export interface Order {
  readonly rows: Uint32Array;
  readonly columns: Uint32Array;
}

/**
 * An order of subjects and items by hashes of their responses, so that sums are taken in one order however the matrix is
 * sorted. Rows of equal responses may take each other's place, which changes nothing.
 */
export function canonicalOrder({ rows, columns, trials, successes }: Cells): Order {
  const [n, y] = [bits(trials), bits(successes)];
  let rowKeys = new Uint32Array(rows);
  let columnKeys = new Uint32Array(columns);
  // Shares first; then who gave which response to whom, twice.
  for (let round = 0; round < 3; round++) {
    const nextRows = new Uint32Array(rows);
    const nextColumns = new Uint32Array(columns);
    for (let r = 0, at = 0; r < rows; r++)
      for (let c = 0; c < columns; c++, at++) {
        if (n[at] === 0) continue;
        const cell = Math.imul(y[at], 0x9e3779b1) ^ n[at];
        nextRows[r] += mix(cell ^ columnKeys[c]);
        nextColumns[c] += mix(cell ^ rowKeys[r]);
      }
    [rowKeys, columnKeys] = [nextRows, nextColumns];
  }
  return { rows: sorted(rowKeys), columns: sorted(columnKeys) };
}

const bits = (values: Float32Array) => new Uint32Array(values.buffer, values.byteOffset, values.length);

/** Finalising mix of MurmurHash3 (Appleby). */
function mix(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function sorted(keys: Uint32Array): Uint32Array {
  return Uint32Array.from(keys.keys()).sort((a, b) => keys[a] - keys[b]);
}

/** The same responses in another order. */
export function reorder({ rows, columns, trials, successes }: Cells, order: Order): Cells {
  const take = (values: Float32Array) => {
    const out = new Float32Array(values.length);
    for (let r = 0, at = 0; r < rows; r++)
      for (let c = 0; c < columns; c++, at++) out[at] = values[order.rows[r] * columns + order.columns[c]];
    return out;
  };
  return { rows, columns, trials: take(trials), successes: take(successes) };
}

/** Rows of equal length back in the order that they had. */
export function restore(values: Float64Array, order: Uint32Array): Float64Array {
  const width = values.length / order.length;
  const out = new Float64Array(values.length);
  order.forEach((from, at) => {
    out.set(values.subarray(at * width, (at + 1) * width), from * width);
  });
  return out;
}
