import { blockNodes, type TermSums, withTermSums } from "../../kernels/index.ts";
import { logProbabilities } from "../likelihood.ts";
import type { ResponseModel } from "../models.ts";
import type { Nodes } from "../nodes.ts";
import { columnsPerItem, type Terms } from "./terms.ts";

/**
 * The nodes each pattern's posterior lives on: blocks of eight from `from[p]` up to `to[p]`. In one dimension a sharp
 * posterior (long test) covers few nodes of a fine grid, so the work follows the posterior: adaptive quadrature on shared
 * nodes, whose tables are computed once for all. Otherwise all nodes.
 */
export interface Windows {
  readonly from: Int32Array;
  readonly to: Int32Array;
}

export const blocksOf = ({ count }: Nodes): number => Math.ceil(count / blockNodes);

export function wholeWindows(patterns: number, nodes: Nodes): Windows {
  return { from: new Int32Array(patterns), to: new Int32Array(patterns).fill(blocksOf(nodes)) };
}

/** Everything posteriors are computed from. */
export interface PosteriorInput {
  readonly model: ResponseModel;
  /** Item parameters ξ. */
  readonly x: Float64Array;
  readonly terms: Terms;
  readonly nodes: Nodes;
  readonly logPrior: Float64Array;
  /** Changed in place: widened where the posterior does not fit, narrowed for the next time. */
  readonly windows: Windows;
}

/** A pattern's posterior: that of node `from + q` is values[q], up to node `to`. The visitor may use `values` up. */
export type Visit = (
  pattern: number,
  from: number,
  to: number,
  values: Float64Array,
  spread: (list: number, from: number, to: number) => void,
) => void;

/** Posterior weight at a window's edge from which on it is too narrow. */
const neglected = 1e-8;

/**
 * Visits the posterior of every pattern, in order, in a pass over the table of log-probabilities.
 * @returns log-likelihood of each pattern.
 */
export function posteriors(input: PosteriorInput, visit: Visit): Float64Array {
  return posteriorPass(input, (pass) => pass.visit(0, input.terms.base.length, visit));
}

/** Posteriors of any patterns, and the sums that visitors spread them into. */
export interface PosteriorPass {
  readonly sums: Float64Array;
  /** @returns log-likelihoods of patterns first … last − 1. */
  visit(first: number, last: number, visit: Visit): Float64Array;
}

/** Fills the table once for all that `work` does. */
export function posteriorPass<T>(input: PosteriorInput, work: (pass: PosteriorPass) => T): T {
  const { terms, nodes } = input;
  const blocks = blocksOf(nodes);
  return withTermSums(terms, tableWidth(input.model, input.x), blocks, (sums) => {
    const padding = new Float64Array(blocks * blockNodes - nodes.count).fill(Number.NEGATIVE_INFINITY);
    const logPrior = Float64Array.from([...input.logPrior, ...padding]);
    const base = fillTable(input, sums.table);
    const logBase = logPrior.map((v, q) => (q < nodes.count ? v + base[q] : v));
    return work({
      sums: sums.sums,
      visit: (first, last, visit) => visitPatterns(input, sums, { logPrior, logBase }, first, last, visit),
    });
  });
}

/** Columns of the table: see {@link Terms}. */
export function tableWidth({ categories, size }: ResponseModel, x: Float64Array): number {
  return (x.length / size) * (categories > 2 ? categories : columnsPerItem);
}

function visitPatterns(
  { terms, nodes, windows }: PosteriorInput,
  { sum, spread, values }: TermSums,
  { logPrior, logBase }: { logPrior: Float64Array; logBase: Float64Array },
  first: number,
  last: number,
  visit: Visit,
): Float64Array {
  const blocks = blocksOf(nodes);
  const adaptive = nodes.dims === 1;
  const logs = new Float64Array(last - first);
  for (let p = first; p < last; p++) {
    const origin = terms.base[p] ? logBase : logPrior;
    let from = windows.from[p];
    let to = windows.to[p];
    for (;;) {
      const width = (to - from) * blockNodes;
      sum(p, from, to);
      let largest = -Infinity;
      for (let q = 0; q < width; q++) {
        values[q] += origin[from * blockNodes + q];
        if (values[q] > largest) largest = values[q];
      }
      let total = 0;
      for (let q = 0; q < width; q++) {
        // Beyond e⁻⁴⁰ nothing is left beside the largest that rounding would keep.
        values[q] = values[q] > largest - 40 ? Math.exp(values[q] - largest) : 0;
        total += values[q];
      }
      logs[p - first] = largest + Math.log(total);
      const cutLow = from > 0 && values[0] > neglected * total;
      const cutHigh = to < blocks && values[width - 1] > neglected * total;
      if (!cutLow && !cutHigh) {
        for (let q = 0; q < width; q++) values[q] /= total;
        break;
      }
      const span = to - from;
      if (cutLow) from = Math.max(0, from - span);
      if (cutHigh) to = Math.min(blocks, to + span);
    }
    const start = from * blockNodes;
    if (adaptive) {
      let low = 0;
      let high = (to - from) * blockNodes;
      while (low < high - 1 && values[low] < neglected / 10) low++;
      while (high > low + 1 && values[high - 1] < neglected / 10) high--;
      windows.from[p] = Math.max(0, Math.floor((start + low - 1) / blockNodes));
      windows.to[p] = Math.min(blocks, Math.ceil((start + high + 1) / blockNodes));
    }
    visit(p, start, Math.min(nodes.count, to * blockNodes), values, spread);
  }
  return logs;
}

/** log P as the terms name it, laid out as the kernel wants it. @returns Q log-likelihoods of everything wrong. */
function fillTable({ model, x, nodes }: PosteriorInput, table: Float64Array): Float64Array {
  const logs = logProbabilities(model, x, nodes);
  const { count } = nodes;
  const items = x.length / model.size;
  const width = tableWidth(model, x);
  const base = new Float64Array(count);
  const place = (q: number, column: number) =>
    (Math.floor(q / blockNodes) * width + column) * blockNodes + (q % blockNodes);
  if (count % blockNodes !== 0) table.fill(0, place(count - (count % blockNodes), 0));
  if (model.categories > 2) {
    for (let c = 0; c < width; c++) for (let q = 0; q < count; q++) table[place(q, c)] = logs[c * count + q];
    return base;
  }
  for (let i = 0; i < items; i++)
    for (let q = 0; q < count; q++) {
      const wrong = logs[2 * i * count + q];
      const right = logs[(2 * i + 1) * count + q];
      const at = place(q, i * columnsPerItem);
      table[at] = wrong;
      table[at + blockNodes] = right;
      table[at + 2 * blockNodes] = right - wrong;
      table[at + 3 * blockNodes] = -wrong;
      base[q] += wrong;
    }
  return base;
}
