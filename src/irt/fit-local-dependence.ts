import { normalCdf } from "../numerics/index.ts";
import type { ResponseMatrix } from "../responses/index.ts";
import { benjaminiHochberg } from "./fit-multiple-tests.ts";
import { visitCells } from "./fit-residuals.ts";
import type { Abilities, ItemParameters } from "./parameters.ts";

/** Two items whose residuals go together. */
export interface ResidualPair {
  readonly first: number;
  readonly second: number;
  /** Correlation of their residuals. */
  readonly q3: number;
  /** Subjects who answered both. */
  readonly subjects: number;
  /** p-value of a correlation above the average one, adjusted over all pairs. */
  readonly adjustedP: number;
}

export interface LocalDependence {
  /** Mean residual correlation; about −1 / (I − 1) where responses are locally independent. */
  readonly mean: number;
  readonly largest: number;
  /** Most dependent first; at most 1000. */
  readonly pairs: readonly ResidualPair[];
  /** I × I residual correlations, NaN on the diagonal and where too few answers tell; see `localDependence`. */
  readonly correlations: Float64Array;
}

export interface LocalDependenceOptions {
  /** How far above the mean a pair's correlation must be to be named; .2 after Christensen, Makransky & Horton (2017). */
  readonly threshold?: number;
  /** False discovery rate among the named pairs, .05. */
  readonly rate?: number;
}

/** Among thousands of pairs of items, the residuals of a handful of subjects agree perfectly by chance. */
const fewestSubjects = 20;

/**
 * Two rare successes of one subject make residuals correlate perfectly. So many right and wrong answers (of ordered
 * scores: above and below the item's mean) of either item, among the subjects of both, make a pair worth comparing.
 */
const fewestOnEitherSide = 5;

/** Multiply-adds beyond which the pairs are not worth waiting for. */
const affordable = 2e10;

/**
 * Yen's Q3 (1984): correlations between the residuals of pairs of items. Questions on one passage stand out, as do
 * near-duplicates. Pairs of which an item has fewer than five right or five wrong answers are not compared. Returns
 * undefined for data too large to compare every pair, and for fewer than 20 subjects.
 */
export function localDependence(
  matrix: ResponseMatrix,
  items: ItemParameters,
  abilities: Abilities,
  { threshold = 0.2, rate = 0.05 }: LocalDependenceOptions = {},
): LocalDependence | undefined {
  const width = matrix.items.length;
  const subjects = matrix.subjects.length;
  if (subjects < fewestSubjects || (subjects * width * width) / 2 > affordable) return undefined;
  const residual = new Float64Array(width * subjects);
  const there = new Uint8Array(width * subjects);
  const high = new Uint8Array(width * subjects);
  const means = itemMeans(matrix);
  let complete = true;
  visitCells(matrix, items, abilities, (s, i, cell, { mean }) => {
    residual[i * subjects + s] = matrix.scores[cell] - mean;
    there[i * subjects + s] = 1;
    high[i * subjects + s] = matrix.scores[cell] > means[i] ? 1 : 0;
  });
  for (const t of there) if (!t) complete = false;
  const { correlations, both } = complete
    ? completeCorrelations(residual, high, width, subjects)
    : pairwiseCorrelations(residual, there, high, width, subjects);
  const pairs = pairsOf(width).filter(([i, j]) => !Number.isNaN(correlations[i * width + j]));
  let sum = 0;
  let largest = Number.NaN;
  for (const [i, j] of pairs) {
    const q3 = correlations[i * width + j];
    sum += q3;
    if (!(q3 <= largest)) largest = q3;
  }
  const mean = sum / pairs.length;
  const atMean = Math.atanh(Math.max(-0.99, Math.min(0.99, mean)));
  const p = Float64Array.from(pairs, ([i, j]) => {
    const z = Math.atanh(Math.max(-0.999999, Math.min(0.999999, correlations[i * width + j]))) - atMean;
    return 1 - normalCdf(z * Math.sqrt(both(i, j) - 3));
  });
  const adjusted = benjaminiHochberg(p);
  const named = pairs
    .map(([first, second], at) => ({
      first,
      second,
      q3: correlations[first * width + second],
      subjects: both(first, second),
      adjustedP: adjusted[at],
    }))
    .filter((pair) => pair.adjustedP < rate && pair.q3 - mean > threshold)
    .sort((a, b) => b.q3 - a.q3)
    .slice(0, 1000);
  return { mean, largest, pairs: named, correlations };
}

function pairsOf(width: number): [number, number][] {
  const pairs: [number, number][] = [];
  for (let i = 0; i < width; i++) for (let j = i + 1; j < width; j++) pairs.push([i, j]);
  return pairs;
}

function itemMeans({ items, scores, observed }: ResponseMatrix): Float64Array {
  const [sum, count] = [new Float64Array(items.length), new Float64Array(items.length)];
  for (let cell = 0; cell < scores.length; cell++)
    if (observed[cell]) {
      sum[cell % items.length] += scores[cell];
      count[cell % items.length]++;
    }
  return sum.map((total, i) => total / count[i]);
}

const telling = (above: number, of: number): boolean =>
  above >= fewestOnEitherSide && of - above >= fewestOnEitherSide;

function completeCorrelations(residual: Float64Array, high: Uint8Array, width: number, n: number) {
  for (let i = 0; i < width; i++) {
    const column = residual.subarray(i * n, (i + 1) * n);
    const above = high.subarray(i * n, (i + 1) * n).reduce((sum, x) => sum + x, 0);
    let mean = 0;
    for (const v of column) mean += v / n;
    let square = 0;
    for (let s = 0; s < n; s++) {
      column[s] -= mean;
      square += column[s] ** 2;
    }
    const scale = square > 1e-20 && telling(above, n) ? 1 / Math.sqrt(square) : Number.NaN;
    for (let s = 0; s < n; s++) column[s] *= scale;
  }
  const correlations = new Float64Array(width * width).fill(Number.NaN);
  for (let i = 0; i < width; i++)
    for (let j = 0; j < i; j++) {
      let sum = 0;
      for (let s = 0, a = i * n, b = j * n; s < n; s++) sum += residual[a + s] * residual[b + s];
      correlations[i * width + j] = sum;
      correlations[j * width + i] = sum;
    }
  return { correlations, both: () => n };
}

function pairwiseCorrelations(
  residual: Float64Array,
  there: Uint8Array,
  high: Uint8Array,
  width: number,
  n: number,
) {
  const correlations = new Float64Array(width * width).fill(Number.NaN);
  const counts = new Int32Array(width * width);
  for (let i = 0; i < width; i++)
    for (let j = 0; j < i; j++) {
      let count = 0;
      let [highI, highJ] = [0, 0];
      let si = 0;
      let sj = 0;
      let ii = 0;
      let jj = 0;
      let ij = 0;
      for (let s = 0, a = i * n, b = j * n; s < n; s++, a++, b++) {
        if (!(there[a] && there[b])) continue;
        count++;
        highI += high[a];
        highJ += high[b];
        si += residual[a];
        sj += residual[b];
        ii += residual[a] ** 2;
        jj += residual[b] ** 2;
        ij += residual[a] * residual[b];
      }
      counts[i * width + j] = count;
      counts[j * width + i] = count;
      const vi = ii - (si * si) / count;
      const vj = jj - (sj * sj) / count;
      if (!telling(highI, count) || !telling(highJ, count) || !(vi > 1e-20 && vj > 1e-20)) continue;
      const r = (ij - (si * sj) / count) / Math.sqrt(vi * vj);
      correlations[i * width + j] = r;
      correlations[j * width + i] = r;
    }
  return { correlations, both: (i: number, j: number) => counts[i * width + j] };
}
