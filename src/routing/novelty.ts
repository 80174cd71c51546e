import { type Nearby, nearestOthers, nearestTo, weighted, weightedRows } from "./neighbourhood.ts";

/**
 * How far from training questions a question may lie and still be like them: by its mean distance to the k nearest, an
 * outlier score (Angiulli & Pizzuti 2002), compared with that of the training questions to their nearest others.
 */
export interface Familiarity {
  /** Distance that 99 % of the training questions keep, and 95 % of those of each dataset; ∞ for few questions. */
  readonly usual: number;
  /** m × F weighted features of some training questions, where the router does not remember them all. */
  readonly sample?: Float32Array;
}

/** Neighbours whose distances are averaged. */
const neighbours = 5;
const within = { all: 0.99, dataset: 0.95 };
/** Least usual distance: two style features that stand out (1.05, see kernelWeights) make no question foreign. */
const least = 1.1;
/** Times the usual distance from which on a question is unlike all of training. */
const strange = 1.15;
/** Least questions, of a dataset or of all, that tell a quantile. */
const fewest = 20;
const sampled = 4000;

/**
 * @param rows n × F features
 * @param weights F weights of the features in a distance
 * @param dataset of each question, as an index
 * @param remembered the nearest others of each question, where the router remembers them all
 */
export function fitFamiliarity(
  rows: readonly Float32Array[],
  weights: Float32Array,
  dataset: Int32Array,
  remembered?: readonly Nearby[],
): Familiarity {
  const n = rows.length;
  if (n < fewest) return { usual: Number.POSITIVE_INFINITY };
  if (remembered) return { usual: usualDistance(remembered, dataset) };
  const size = Math.min(n, sampled);
  const chosen = Int32Array.from({ length: size }, (_, r) => Math.floor((r * n) / size));
  const sample = weightedRows(
    Array.from(chosen, (i) => rows[i]),
    weights,
  );
  const near = nearestOthers(sample, weights.length, neighbours);
  return {
    usual: usualDistance(
      near,
      chosen.map((i) => dataset[i]),
    ),
    sample,
  };
}

function usualDistance(near: readonly Nearby[], dataset: Int32Array): number {
  const distances = Float64Array.from(near, meanDistance);
  const quantile = (values: Float64Array, share: number) =>
    values.toSorted()[Math.ceil(share * values.length) - 1];
  const ofDatasets = Array.from(new Set(dataset), (d) => distances.filter((_, i) => dataset[i] === d))
    .filter(({ length }) => length >= fewest)
    .map((values) => quantile(values, within.dataset));
  return Math.max(least, quantile(distances, within.all), ...ofDatasets);
}

/**
 * 0 for a question as near to training questions as these are to each other … 1 for one unlike any of them.
 * @param recalled the nearest of all training questions, where the router remembers them
 */
export function noveltyOf(
  { usual, sample }: Familiarity,
  x: Float32Array,
  weights: Float32Array,
  recalled?: Nearby,
): number {
  const near = recalled ?? (sample && nearestTo(sample, weighted(x, weights), neighbours));
  if (!near || usual === Number.POSITIVE_INFINITY) return 0;
  const beyond = meanDistance(near) - usual;
  return Math.max(0, Math.min(1, beyond / ((strange - 1) * usual)));
}

function meanDistance({ distances }: Nearby): number {
  const k = Math.min(neighbours, distances.length);
  let sum = 0;
  for (let r = 0; r < k; r++) sum += distances[r];
  return sum / k;
}
