import type { TermLists } from "../../kernels/index.ts";
import type { Patterns } from "./patterns.ts";

/** Table columns an item of two categories has in {@link Terms}: log P(wrong), log P(right), right − wrong, −wrong. */
export const columnsPerItem = 4;

/**
 * The same responses as sums over fewer table columns. A pattern may start from everything wrong (`base`), to which
 * right answers add right − wrong and missing ones take log P(wrong) away again; each is written the shorter way.
 * Items of more categories have a column a category.
 */
export interface Terms extends TermLists {
  readonly base: Uint8Array;
}

/** @param items number of items. */
export function shortTerms(
  { count, start, row, weight }: Patterns,
  categories: number,
  items: number,
): Terms {
  const unit = weight.every((w) => w === 1);
  if (categories > 2)
    return { base: new Uint8Array(count), starts: start, columns: row, ...(!unit && { weights: weight }) };
  const base = new Uint8Array(count);
  const starts = new Int32Array(count + 1);
  const columns = new Int32Array(row.length + count);
  const weights = new Float64Array(columns.length);
  const right = new Float64Array(items);
  const all = new Float64Array(items);
  let e = 0;
  const add = (item: number, column: number, w: number) => {
    columns[e] = item * columnsPerItem + column;
    weights[e++] = w;
  };
  for (let p = 0; p < count; p++) {
    right.fill(0);
    all.fill(0);
    for (let f = start[p]; f < start[p + 1]; f++) {
      all[row[f] >> 1] += weight[f];
      if (row[f] & 1) right[row[f] >> 1] += weight[f];
    }
    let short = 0;
    for (let i = 0; i < items; i++) short += (right[i] !== 0 ? 1 : 0) + (all[i] !== 1 ? 1 : 0);
    base[p] = short < start[p + 1] - start[p] ? 1 : 0;
    if (base[p])
      for (let i = 0; i < items; i++) {
        if (right[i] !== 0) add(i, 2, right[i]);
        if (all[i] !== 1) add(i, 3, 1 - all[i]);
      }
    else for (let f = start[p]; f < start[p + 1]; f++) add(row[f] >> 1, row[f] & 1, weight[f]);
    starts[p + 1] = e;
  }
  const used = weights.slice(0, e);
  const plain = used.every((w) => w === 1);
  return { base, starts, columns: columns.slice(0, e), ...(!plain && { weights: used }) };
}

/** The terms of patterns from … to − 1. */
export function someTerms({ base, starts, columns, weights }: Terms, from: number, to: number): Terms {
  const [first, last] = [starts[from], starts[to]];
  return {
    base: base.slice(from, to),
    starts: starts.slice(from, to + 1).map((start) => start - first),
    columns: columns.slice(first, last),
    ...(weights && { weights: weights.slice(first, last) }),
  };
}
