import { type Nearby, nearestOthers, nearestTo, weighted, weightedRows } from "./neighbourhood.ts";
import type { RewardParts } from "./parts.ts";

/** Training questions as they were, for predictions by the most similar ones and to point to them. */
export interface QuestionMemory {
  /** n ids, dataset and question. */
  readonly ids: readonly string[];
  /** n × F features, weighted as the kernel regression weighs them. */
  readonly rows: Float32Array;
  readonly weights: Float32Array;
  /** n common and n × M own parts of the rewards. */
  readonly common: Float32Array;
  readonly own: Float32Array;
  /** Number of neighbours that are averaged. */
  readonly k: number;
}

/** Most questions that are remembered: beyond, the search would take longer than all other members. */
const mostRemembered = 10_000;
const counts = [10, 20, 40, 80];

/**
 * The memory, what it says of each question without it, and each question's nearest others.
 * @param weights F weights of the features in a distance
 */
export function fitMemory(
  ids: readonly string[],
  rows: readonly Float32Array[],
  weights: Float32Array,
  { common, own }: RewardParts,
): { memory: QuestionMemory; leftOut: RewardParts<Float64Array>; others: readonly Nearby[] } | undefined {
  const n = rows.length;
  const width = own.length / n;
  const most = Math.min(counts[counts.length - 1] + 1, n - 1);
  if (n > mostRemembered || most < 2) return undefined;
  const values = weightedRows(rows, weights);
  const others = nearestOthers(values, weights.length, most);
  const tried = counts
    .filter((k) => k < most || k === counts[0])
    .map((count) => {
      const k = Math.min(count, most - 1);
      const leftOut = { common: new Float64Array(n), own: new Float64Array(n * width) };
      let error = 0;
      others.forEach(({ indices, distances }, i) => {
        const mean = average({ common, own }, indices, distances, k);
        leftOut.common[i] = mean.common[0];
        leftOut.own.set(mean.own, i * width);
        for (let m = 0; m < width; m++) error += (mean.own[m] - own[i * width + m]) ** 2;
      });
      return { k, leftOut, error };
    });
  const best = tried.reduce((a, b) => (b.error < a.error ? b : a));
  return { memory: { ids, rows: values, weights, common, own, k: best.k }, leftOut: best.leftOut, others };
}

/** A remembered question: its id, and how alike it is from 1 (the same features) to 0. */
export interface SimilarQuestion {
  readonly id: string;
  readonly similarity: number;
}

/** The `count` most similar remembered questions. */
export function similarQuestions(memory: QuestionMemory, x: Float32Array, count: number): SimilarQuestion[] {
  const found = lookUp(memory, x, Math.min(count, memory.ids.length));
  return Array.from(found.indices, (j, r) => ({
    id: memory.ids[j],
    similarity: Math.exp(-(found.distances[r] ** 2) / 2),
  }));
}

/** Common and own part by the most similar questions, the nearer the more weight; with the questions. */
export function recall(
  memory: QuestionMemory,
  x: Float32Array,
): RewardParts<Float64Array> & { readonly near: Nearby } {
  const near = lookUp(memory, x, memory.k + 1);
  return { ...average(memory, near.indices, near.distances, memory.k), near };
}

function lookUp({ rows, weights }: QuestionMemory, x: Float32Array, k: number): Nearby {
  return nearestTo(rows, weighted(x, weights), k);
}

/** Mean of k neighbours with weights 1 − (distance / that of the next one)². */
function average(
  { common, own }: RewardParts,
  indices: ArrayLike<number>,
  distances: ArrayLike<number>,
  k: number,
): RewardParts<Float64Array> {
  const width = own.length / common.length;
  const out = { common: new Float64Array(1), own: new Float64Array(width) };
  const reach = distances[k] * (1 + 1e-9) + 1e-9;
  let total = 0;
  for (let r = 0; r < k; r++) {
    const weight = 1e-6 + 1 - (distances[r] / reach) ** 2;
    const j = indices[r];
    total += weight;
    out.common[0] += weight * common[j];
    for (let m = 0; m < width; m++) out.own[m] += weight * own[j * width + m];
  }
  out.common[0] /= total;
  for (let m = 0; m < width; m++) out.own[m] /= total;
  return out;
}
