import { blockNodes } from "../../kernels/index.ts";
import type { LatentNormal } from "../latent.ts";
import type { ResponseModel } from "../models.ts";
import type { Nodes } from "../nodes.ts";
import { type PosteriorInput, posteriorPass, tableWidth } from "./posteriors.ts";
import { columnsPerItem } from "./terms.ts";

/** What the expectation step hands to the maximisation step. */
export interface Expectation {
  readonly logLikelihood: number;
  /** (I · K) × Q expected number of responses in each category at each node. */
  readonly counts: Float64Array;
  /** P × D posterior means, P × D × D second moments E θθᵀ of each pattern. */
  readonly means: Float64Array;
  readonly moments: Float64Array;
}

/** What some patterns, one chunk of them, give to an {@link Expectation}. */
export interface ChunkExpectation {
  /** Sums of posteriors over the columns of the terms, as the kernel lays them out. */
  readonly sums: Float64Array;
  /** Q: sums of posteriors of the patterns written from everything wrong. */
  readonly baseSums: Float64Array;
  /** Log-likelihood of each pattern. */
  readonly logs: Float64Array;
  readonly means: Float64Array;
  readonly moments: Float64Array;
}

/** Most chunks that the patterns are cut into, and so threads that the expectation step can use. */
const mostChunks = 8;
/** Bytes that the sums of all chunks may take. */
const roomForChunks = 2 ** 28;

/**
 * Bounds of the chunks of patterns whose sums are formed apart and then added in order. They depend on the problem alone,
 * never on the number of threads, so that the result does not either.
 */
export function chunkBounds(patterns: number, model: ResponseModel, x: Float64Array, nodes: Nodes): number[] {
  const bytes = 8 * tableWidth(model, x) * nodes.count;
  const fits = Math.min(mostChunks, Math.floor(patterns / 64), Math.floor(roomForChunks / bytes));
  const chunks = Math.max(1, fits);
  return Array.from({ length: chunks + 1 }, (_, c) => Math.floor((patterns * c) / chunks));
}

/** Posterior weights below this add nothing to expected counts that rounding would keep. */
const nothing = 1e-12;

/**
 * The expectation step of each chunk: patterns bounds[c] … bounds[c + 1] − 1 of the input.
 * @param frequency how many subjects have each pattern
 * @param take given each chunk's result in turn; it must not keep the sums, which the next chunk overwrites
 */
export function expectChunks(
  input: PosteriorInput,
  frequency: Float64Array,
  bounds: readonly number[],
  take: (chunk: ChunkExpectation, index: number) => void,
): void {
  const { terms, nodes } = input;
  const { dims, theta, count } = nodes;
  posteriorPass(input, (pass) => {
    for (let c = 0; c + 1 < bounds.length; c++) {
      const [first, last] = [bounds[c], bounds[c + 1]];
      const baseSums = new Float64Array(count);
      const means = new Float64Array((last - first) * dims);
      const moments = new Float64Array((last - first) * dims * dims);
      if (c > 0) pass.sums.fill(0);
      const logs = pass.visit(first, last, (p, from, to, values, spread) => {
        const m = (p - first) * dims;
        for (let q = 0; q < to - from; q++) {
          const w = values[q];
          if (w < nothing) continue;
          const at = (from + q) * dims;
          for (let j = 0; j < dims; j++) {
            const wj = w * theta[at + j];
            means[m + j] += wj;
            for (let k = 0; k < dims; k++) moments[(m + j) * dims + k] += wj * theta[at + k];
          }
          if (terms.base[p]) baseSums[from + q] += frequency[p] * w;
        }
        spreadRuns(p, from / blockNodes, Math.ceil(to / blockNodes), values, frequency[p], spread);
      });
      take({ sums: pass.sums, baseSums, logs, means, moments }, c);
    }
  });
}

/** Spreads frequency · posterior, leaving out the blocks that have none. */
function spreadRuns(
  pattern: number,
  from: number,
  to: number,
  values: Float64Array,
  frequency: number,
  spread: (list: number, from: number, to: number) => void,
): void {
  // The kernel reads a run's values from the beginning, so they move there: runs only ever move down.
  let kept = 0;
  let start = from;
  const flush = (end: number) => {
    if (kept > 0) spread(pattern, start, end);
    kept = 0;
  };
  for (let b = from; b < to; b++) {
    const at = (b - from) * blockNodes;
    let some = false;
    for (let l = 0; l < blockNodes; l++) if (values[at + l] >= nothing) some = true;
    if (!some) {
      flush(b);
      continue;
    }
    if (kept === 0) start = b;
    for (let l = 0; l < blockNodes; l++) values[kept++] = frequency * values[at + l];
  }
  flush(to);
}

/** Puts the chunks together, in their order. */
export function gatherChunks(model: ResponseModel, x: Float64Array, nodes: Nodes, frequency: Float64Array) {
  const { dims } = model;
  const width = tableWidth(model, x);
  const sums = new Float64Array(Math.ceil(nodes.count / blockNodes) * blockNodes * width);
  const baseSums = new Float64Array(nodes.count);
  const means = new Float64Array(frequency.length * dims);
  const moments = new Float64Array(frequency.length * dims * dims);
  let logLikelihood = 0;
  return {
    add(chunk: ChunkExpectation, first: number): void {
      for (let e = 0; e < sums.length; e++) sums[e] += chunk.sums[e];
      for (let q = 0; q < baseSums.length; q++) baseSums[q] += chunk.baseSums[q];
      means.set(chunk.means, first * dims);
      moments.set(chunk.moments, first * dims * dims);
      for (let p = 0; p < chunk.logs.length; p++) logLikelihood += frequency[first + p] * chunk.logs[p];
    },
    result(): Expectation {
      const counts =
        model.categories > 2 ? rowCounts(sums, width, nodes.count) : wrongAndRight(sums, baseSums);
      return { logLikelihood, counts, means, moments };
    },
  };
}

const place = (q: number, column: number, width: number) =>
  (Math.floor(q / blockNodes) * width + column) * blockNodes + (q % blockNodes);

function rowCounts(sums: Float64Array, width: number, count: number): Float64Array {
  const counts = new Float64Array(width * count);
  for (let c = 0; c < width; c++)
    for (let q = 0; q < count; q++) counts[c * count + q] = sums[place(q, c, width)];
  return counts;
}

/** Sums over the four columns of each item as counts of wrong and right answers. */
function wrongAndRight(sums: Float64Array, baseSums: Float64Array): Float64Array {
  const count = baseSums.length;
  const width = sums.length / (Math.ceil(count / blockNodes) * blockNodes);
  const items = width / columnsPerItem;
  const counts = new Float64Array(2 * items * count);
  for (let i = 0; i < items; i++)
    for (let q = 0; q < count; q++) {
      const at = place(q, i * columnsPerItem, width);
      const change = sums[at + 2 * blockNodes];
      // Differences of equal sums may leave a rounding error below zero.
      counts[2 * i * count + q] = Math.max(0, sums[at] + baseSums[q] - sums[at + 3 * blockNodes] - change);
      counts[(2 * i + 1) * count + q] = sums[at + blockNodes] + change;
    }
  return counts;
}

/** Mean and covariance of ability in the population, given every pattern's posterior. */
export function latentMoments(
  frequency: Float64Array,
  { means, moments }: Expectation,
  dims: number,
): LatentNormal {
  const mean = new Float64Array(dims);
  const covariance = new Float64Array(dims * dims);
  let total = 0;
  for (let p = 0; p < frequency.length; p++) {
    const f = frequency[p];
    total += f;
    for (let j = 0; j < dims; j++) mean[j] += f * means[p * dims + j];
    for (let e = 0; e < dims * dims; e++) covariance[e] += f * moments[p * dims * dims + e];
  }
  for (let j = 0; j < dims; j++) mean[j] /= total;
  for (let j = 0; j < dims; j++)
    for (let k = 0; k < dims; k++)
      covariance[j * dims + k] = covariance[j * dims + k] / total - mean[j] * mean[k];
  return { mean, covariance };
}
