import { seededRandom } from "./random.ts";

/** Percentile bootstrap intervals of a mean and of paired differences, all from the same resamples. */
export interface PairedBootstrap {
  readonly mean: number;
  /** Interval of the mean. */
  readonly interval: readonly [number, number];
  /** For each rival: the mean difference (mine − rival's) and its interval. */
  readonly differences: readonly { readonly mean: number; readonly interval: readonly [number, number] }[];
}

/**
 * Percentile bootstrap (Efron & Tibshirani 1993, chapter 13) over questions: `mine` and each of `rivals` are the
 * rewards of n questions; the same questions are drawn for all, so that differences are paired.
 */
export function pairedBootstrap(
  mine: ArrayLike<number>,
  rivals: readonly ArrayLike<number>[],
  { resamples = 1000, level = 0.95, seed = 0 } = {},
): PairedBootstrap {
  const n = mine.length;
  const random = seededRandom(seed);
  const means = new Float64Array(resamples);
  const gaps = rivals.map(() => new Float64Array(resamples));
  const counts = new Uint16Array(n);
  for (let b = 0; b < resamples; b++) {
    counts.fill(0);
    for (let i = 0; i < n; i++) counts[Math.floor(random() * n)]++;
    means[b] = weightedMean(mine, counts);
    for (let r = 0; r < rivals.length; r++) gaps[r][b] = means[b] - weightedMean(rivals[r], counts);
  }
  const ones = new Uint16Array(n).fill(1);
  const mean = weightedMean(mine, ones);
  return {
    mean,
    interval: percentiles(means, level),
    differences: rivals.map((rival, r) => ({
      mean: mean - weightedMean(rival, ones),
      interval: percentiles(gaps[r], level),
    })),
  };
}

function weightedMean(values: ArrayLike<number>, counts: Uint16Array): number {
  let sum = 0;
  for (let i = 0; i < counts.length; i++) sum += counts[i] * values[i];
  return sum / counts.length;
}

/** The central interval of the given level, linear between order statistics. */
function percentiles(values: Float64Array, level: number): [number, number] {
  const sorted = values.slice().sort();
  const at = (p: number) => {
    const position = p * (sorted.length - 1);
    const below = Math.floor(position);
    const above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
  };
  return [at((1 - level) / 2), at((1 + level) / 2)];
}
