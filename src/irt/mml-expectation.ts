import { cholesky, logDeterminant, logSumExp, solveCholesky } from "../numerics/index.ts";
import { curvePoint, type ResponseModel } from "./mml-models.ts";
import type { Nodes } from "./mml-nodes.ts";
import type { Patterns } from "./mml-patterns.ts";

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

/**
 * Visits the posterior of every pattern: `visit(p, from, to, posterior)` with the posterior of node from + q at
 * posterior[q]. Windows are widened where the posterior does not fit, and narrowed for the next time.
 * @returns log-likelihood of each pattern.
 */
export function posteriors(
  patterns: Patterns,
  nodes: Nodes,
  logPrior: Float64Array,
  table: Float64Array,
  windows: Windows,
  visit: (pattern: number, from: number, to: number, posterior: Float64Array) => void,
): Float64Array {
  const { start, row, weight } = patterns;
  const count = nodes.count;
  const logs = new Float64Array(patterns.count);
  const posterior = new Float64Array(count);
  const adaptive = nodes.dims === 1;
  for (let p = 0; p < patterns.count; p++) {
    let from = windows.from[p];
    let to = windows.to[p];
    for (;;) {
      const width = to - from;
      for (let q = 0; q < width; q++) posterior[q] = logPrior[from + q];
      for (let e = start[p]; e < start[p + 1]; e++) {
        const base = row[e] * count + from;
        const w = weight[e];
        for (let q = 0; q < width; q++) posterior[q] += w * table[base + q];
      }
      let largest = -Infinity;
      for (let q = 0; q < width; q++) if (posterior[q] > largest) largest = posterior[q];
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

export function expectation(
  patterns: Patterns,
  nodes: Nodes,
  logPrior: Float64Array,
  table: Float64Array,
  windows: Windows,
): Expectation {
  const { start, row, weight, frequency } = patterns;
  const { dims, theta, count } = nodes;
  const counts = new Float64Array(table.length);
  const means = new Float64Array(patterns.count * dims);
  const moments = new Float64Array(patterns.count * dims * dims);
  const logs = posteriors(patterns, nodes, logPrior, table, windows, (p, from, to, posterior) => {
    const width = to - from;
    for (let e = start[p]; e < start[p + 1]; e++) {
      const base = row[e] * count + from;
      const w = weight[e] * frequency[p];
      for (let q = 0; q < width; q++) counts[base + q] += w * posterior[q];
    }
    for (let q = 0; q < width; q++) {
      const at = (from + q) * dims;
      for (let j = 0; j < dims; j++) {
        const wj = posterior[q] * theta[at + j];
        means[p * dims + j] += wj;
        for (let k = 0; k < dims; k++) moments[(p * dims + j) * dims + k] += wj * theta[at + k];
      }
    }
  });
  let logLikelihood = 0;
  for (let p = 0; p < patterns.count; p++) logLikelihood += frequency[p] * logs[p];
  return { logLikelihood, counts, means, moments };
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
