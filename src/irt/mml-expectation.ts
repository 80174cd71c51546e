import { cholesky, logDeterminant, logSumExp, solveCholesky } from "../numerics/index.ts";
import { curvePoint, type ResponseModel } from "./mml-models.ts";
import type { Nodes } from "./mml-nodes.ts";
import { columnsPerItem, type Patterns, type Terms } from "./mml-patterns.ts";

/** Normal distribution of ability in the population. */
export interface LatentNormal {
  /** D. */
  readonly mean: Float64Array;
  /** D × D. */
  readonly covariance: Float64Array;
}

export function standardNormal(dims: number): LatentNormal {
  const covariance = new Float64Array(dims * dims);
  for (let j = 0; j < dims; j++) covariance[j * dims + j] = 1;
  return { mean: new Float64Array(dims), covariance };
}

/** log of the nodes' weights, which sum to one. */
export function logWeights({ dims, count, theta, logVolume }: Nodes, latent: LatentNormal): Float64Array {
  const factor = latent.covariance.slice();
  cholesky(factor, dims);
  const constant = (logDeterminant(factor, dims) + dims * Math.log(2 * Math.PI)) / 2;
  const off = new Float64Array(dims);
  const logs = new Float64Array(count);
  for (let q = 0; q < count; q++) {
    for (let j = 0; j < dims; j++) off[j] = theta[q * dims + j] - latent.mean[j];
    const solved = solveCholesky(factor, dims, off.slice());
    let square = 0;
    for (let j = 0; j < dims; j++) square += off[j] * solved[j];
    logs[q] = logVolume[q] - square / 2 - constant;
  }
  const total = logSumExp(logs);
  for (let q = 0; q < count; q++) logs[q] -= total;
  return logs;
}

/** log P of each item's category at each node: (I · K) × Q, row `item × K + category`. */
export function logProbabilities(model: ResponseModel, x: Float64Array, nodes: Nodes): Float64Array {
  const { categories, size } = model;
  const items = x.length / size;
  const table = new Float64Array(items * categories * nodes.count);
  const out = curvePoint(model);
  for (let i = 0; i < items; i++)
    for (let q = 0; q < nodes.count; q++) {
      model.evaluate(x, i * size, nodes.theta, q * nodes.dims, out);
      for (let k = 0; k < categories; k++)
        table[(i * categories + k) * nodes.count + q] = out.p[k] > 1e-300 ? Math.log(out.p[k]) : -690;
    }
  return table;
}

/**
 * The nodes each pattern's posterior lives on, from `from[p]` up to `to[p]`. In one dimension a sharp posterior (long
 * test) covers few nodes of a fine grid, so the work follows the posterior: adaptive quadrature on shared nodes, whose
 * tables are computed once for all. Otherwise all nodes.
 */
export interface Windows {
  readonly from: Int32Array;
  readonly to: Int32Array;
}

export function wholeWindows(patterns: Patterns, nodes: Nodes): Windows {
  return { from: new Int32Array(patterns.count), to: new Int32Array(patterns.count).fill(nodes.count) };
}

/** Posterior weight outside a window that may be neglected, and the weight below which a node leaves the window. */
const neglected = 1e-8;
const margin = 1;

/** Everything posteriors are computed from. */
export interface PosteriorInput {
  readonly patterns: Patterns;
  readonly terms: Terms;
  readonly nodes: Nodes;
  readonly logPrior: Float64Array;
  readonly table: TermTable;
  readonly windows: Windows;
}

/**
 * log P as the terms name it, node by node, so that a pattern's sum at one node reads from one short stretch of memory
 * (a few kilobytes, which stay in the nearest cache) and grows in a register.
 */
export interface TermTable {
  readonly width: number;
  /** Q × width. */
  readonly columns: Float64Array;
  /** Q log-likelihoods of everything wrong. */
  readonly base: Float64Array;
}

export function termTable(model: ResponseModel, x: Float64Array, nodes: Nodes): TermTable {
  const logs = logProbabilities(model, x, nodes);
  const { count } = nodes;
  const items = x.length / model.size;
  const base = new Float64Array(count);
  if (model.categories > 2) {
    const width = items * model.categories;
    return { width, columns: transposed(logs, width, count), base };
  }
  const width = items * columnsPerItem;
  const columns = new Float64Array(count * width);
  for (let i = 0; i < items; i++)
    for (let q = 0; q < count; q++) {
      const wrong = logs[2 * i * count + q];
      const right = logs[(2 * i + 1) * count + q];
      const at = q * width + i * columnsPerItem;
      columns[at] = wrong;
      columns[at + 1] = right;
      columns[at + 2] = right - wrong;
      columns[at + 3] = -wrong;
      base[q] += wrong;
    }
  return { width, columns, base };
}

function transposed(a: Float64Array, rows: number, columns: number): Float64Array {
  const out = new Float64Array(a.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[c * rows + r] = a[r * columns + c];
  return out;
}

/** Σ of table[at + column[e]] · weight[e] over a pattern's terms, in four sums that need not wait for one another. */
function sumTerms(
  table: Float64Array,
  at: number,
  column: Int32Array,
  weight: Float64Array | undefined,
  start: number,
  end: number,
): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let e = start;
  if (weight) {
    for (; e < end; e++) a += weight[e] * table[at + column[e]];
    return a;
  }
  for (; e + 3 < end; e += 4) {
    a += table[at + column[e]];
    b += table[at + column[e + 1]];
    c += table[at + column[e + 2]];
    d += table[at + column[e + 3]];
  }
  for (; e < end; e++) a += table[at + column[e]];
  return a + b + (c + d);
}

/** Adds `value` (times the weight) to sums[at + column[e]] of every term of a pattern. */
function spreadTerms(
  sums: Float64Array,
  at: number,
  column: Int32Array,
  weight: Float64Array | undefined,
  start: number,
  end: number,
  value: number,
): void {
  if (weight) for (let e = start; e < end; e++) sums[at + column[e]] += weight[e] * value;
  else for (let e = start; e < end; e++) sums[at + column[e]] += value;
}

/**
 * Visits the posterior of every pattern: `visit(p, from, to, posterior)` with the posterior of node from + q at
 * posterior[q]. Windows are widened where the posterior does not fit, and narrowed for the next time.
 * @returns log-likelihood of each pattern.
 */
export function posteriors(
  { patterns, terms, nodes, logPrior, table, windows }: PosteriorInput,
  visit: (pattern: number, from: number, to: number, posterior: Float64Array) => void,
): Float64Array {
  const { start, column, weight } = terms;
  const { columns, width: stride } = table;
  const count = nodes.count;
  const logBase = logPrior.map((v, q) => v + table.base[q]);
  const logs = new Float64Array(patterns.count);
  const posterior = new Float64Array(count);
  const adaptive = nodes.dims === 1;
  for (let p = 0; p < patterns.count; p++) {
    let from = windows.from[p];
    let to = windows.to[p];
    for (;;) {
      const width = to - from;
      const origin = terms.base[p] ? logBase : logPrior;
      let largest = -Infinity;
      for (let q = 0; q < width; q++) {
        const log =
          origin[from + q] + sumTerms(columns, (from + q) * stride, column, weight, start[p], start[p + 1]);
        posterior[q] = log;
        if (log > largest) largest = log;
      }
      let sum = 0;
      for (let q = 0; q < width; q++) {
        posterior[q] = Math.exp(posterior[q] - largest);
        sum += posterior[q];
      }
      logs[p] = largest + Math.log(sum);
      const tight = neglected * sum;
      const cutLow = from > 0 && posterior[0] > tight;
      const cutHigh = to < count && posterior[width - 1] > tight;
      if (cutLow || cutHigh) {
        if (cutLow) from = Math.max(0, from - width);
        if (cutHigh) to = Math.min(count, to + width);
        continue;
      }
      for (let q = 0; q < width; q++) posterior[q] /= sum;
      break;
    }
    visit(p, from, to, posterior);
    if (!adaptive) continue;
    let low = from;
    let high = to;
    while (low < high - 1 && posterior[low - from] < neglected / 10) low++;
    while (high > low + 1 && posterior[high - 1 - from] < neglected / 10) high--;
    windows.from[p] = Math.max(0, low - margin);
    windows.to[p] = Math.min(count, high + margin);
  }
  return logs;
}

/** What the expectation step hands to the maximisation step. */
export interface Expectation {
  readonly logLikelihood: number;
  /** (I · K) × Q expected number of responses in each category at each node. */
  readonly counts: Float64Array;
  /** P × D posterior means, P × D × D second moments E θθᵀ of each pattern. */
  readonly means: Float64Array;
  readonly moments: Float64Array;
}

/** Posterior weights below this add nothing to expected counts that rounding would keep. */
const nothing = 1e-12;

export function expectation(input: PosteriorInput, categories: number): Expectation {
  const { patterns, terms, nodes, table } = input;
  const { start, column, weight } = terms;
  const { frequency } = patterns;
  const { dims, theta, count } = nodes;
  const sums = new Float64Array(table.columns.length);
  const baseSums = new Float64Array(count);
  const means = new Float64Array(patterns.count * dims);
  const moments = new Float64Array(patterns.count * dims * dims);
  const logs = posteriors(input, (p, from, to, posterior) => {
    const width = to - from;
    const f = frequency[p];
    for (let q = 0; q < width; q++) {
      const w = posterior[q];
      if (w < nothing) continue;
      spreadTerms(sums, (from + q) * table.width, column, weight, start[p], start[p + 1], f * w);
      if (terms.base[p]) baseSums[from + q] += f * w;
      const at = (from + q) * dims;
      for (let j = 0; j < dims; j++) {
        const wj = w * theta[at + j];
        means[p * dims + j] += wj;
        for (let k = 0; k < dims; k++) moments[(p * dims + j) * dims + k] += wj * theta[at + k];
      }
    }
  });
  let logLikelihood = 0;
  for (let p = 0; p < patterns.count; p++) logLikelihood += frequency[p] * logs[p];
  const counts =
    categories > 2 ? transposed(sums, count, table.width) : categoryCounts(sums, baseSums, table.width);
  return { logLikelihood, counts, means, moments };
}

/** Sums over the columns of {@link Terms} as counts of wrong and right answers. */
function categoryCounts(sums: Float64Array, baseSums: Float64Array, width: number): Float64Array {
  const items = width / columnsPerItem;
  const count = baseSums.length;
  const counts = new Float64Array(2 * items * count);
  for (let i = 0; i < items; i++)
    for (let q = 0; q < count; q++) {
      const at = q * width + i * columnsPerItem;
      const change = sums[at + 2];
      // Differences of equal sums may leave a rounding error below zero.
      counts[2 * i * count + q] = Math.max(0, sums[at] + baseSums[q] - sums[at + 3] - change);
      counts[(2 * i + 1) * count + q] = sums[at + 1] + change;
    }
  return counts;
}

/** Mean and covariance of ability in the population, given every pattern's posterior. */
export function latentMoments(patterns: Patterns, { means, moments }: Expectation, dims: number) {
  const mean = new Float64Array(dims);
  const covariance = new Float64Array(dims * dims);
  let total = 0;
  for (let p = 0; p < patterns.count; p++) {
    const f = patterns.frequency[p];
    total += f;
    for (let j = 0; j < dims; j++) mean[j] += f * means[p * dims + j];
    for (let e = 0; e < dims * dims; e++) covariance[e] += f * moments[p * dims * dims + e];
  }
  for (let j = 0; j < dims; j++) mean[j] /= total;
  for (let j = 0; j < dims; j++)
    for (let k = 0; k < dims; k++)
      covariance[j * dims + k] = covariance[j * dims + k] / total - mean[j] * mean[k];
  return { mean, covariance } satisfies LatentNormal;
}
