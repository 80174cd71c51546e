import { inversePositive, minimizeBfgs } from "../numerics/index.ts";
import type { ResponseMatrix } from "../responses/index.ts";
import { type LatentNormal, logWeights } from "./latent.ts";
import { itemObjective, logProbabilities } from "./likelihood.ts";
import type { ResponseModel } from "./models.ts";
import type { Nodes } from "./nodes.ts";

/** One group's subjects and what their other answers say about their abilities. */
export interface GroupPosterior {
  readonly matrix: ResponseMatrix;
  /** S × Q log prior weights plus the log-likelihood of the anchor items' answers. */
  readonly logPosterior: Float64Array;
  /** (I · K) × Q log probabilities of the items as calibrated for everyone. */
  readonly table: Float64Array;
}

export function groupPosterior(
  matrix: ResponseMatrix,
  model: ResponseModel,
  x: Float64Array,
  nodes: Nodes,
  latent: LatentNormal,
  anchors: ReadonlySet<number>,
): GroupPosterior {
  const table = logProbabilities(model, x, nodes);
  const prior = logWeights(nodes, latent);
  const logPosterior = new Float64Array(matrix.subjects.length * nodes.count);
  for (let s = 0; s < matrix.subjects.length; s++) {
    const row = logPosterior.subarray(s * nodes.count, (s + 1) * nodes.count);
    row.set(prior);
    for (const i of anchors) addItem(matrix, model, table, s, i, 1, row);
  }
  return { matrix, logPosterior, table };
}

/** Adds `sign` times the log-likelihood of subject s's answer to item i at every node. */
function addItem(
  { items, scores, observed, trials }: ResponseMatrix,
  { categories }: ResponseModel,
  table: Float64Array,
  s: number,
  i: number,
  sign: number,
  row: Float64Array,
): void {
  const cell = s * items.length + i;
  if (!observed[cell]) return;
  const n = sign * (trials?.[cell] ?? 1);
  const count = row.length;
  for (let k = 0; k < categories; k++) {
    const share = categories > 2 ? (scores[cell] === k ? 1 : 0) : k === 1 ? scores[cell] : 1 - scores[cell];
    if (share === 0) continue;
    const base = (i * categories + k) * count;
    for (let q = 0; q < count; q++) row[q] += n * share * table[base + q];
  }
}

/** What the other anchors say about each subject of a group: posterior weights of nodes from[s] … to[s] − 1. */
export interface RestPosterior {
  readonly matrix: ResponseMatrix;
  readonly weights: Float64Array;
  readonly from: Int32Array;
  readonly to: Int32Array;
}

/** The group's posteriors without what item `item` said itself (`isAnchor`: whether it is in them). */
export function restPosterior(
  { matrix, logPosterior, table }: GroupPosterior,
  model: ResponseModel,
  item: number,
  isAnchor: boolean,
): RestPosterior {
  const subjects = matrix.subjects.length;
  const count = logPosterior.length / subjects;
  const weights = logPosterior.slice();
  const from = new Int32Array(subjects);
  const to = new Int32Array(subjects).fill(count);
  for (let s = 0; s < subjects; s++) {
    const row = weights.subarray(s * count, (s + 1) * count);
    if (isAnchor) addItem(matrix, model, table, s, item, -1, row);
    let largest = -Infinity;
    for (const v of row) if (v > largest) largest = v;
    let sum = 0;
    for (let q = 0; q < count; q++) {
      row[q] = row[q] > largest - 25 ? Math.exp(row[q] - largest) : 0;
      sum += row[q];
    }
    for (let q = 0; q < count; q++) row[q] /= sum;
    while (row[from[s]] === 0) from[s]++;
    while (row[to[s] - 1] === 0) to[s]--;
  }
  return { matrix, weights, from, to };
}

export interface ItemRefit {
  /** Slopes and intercepts. */
  readonly x: Float64Array;
  /** Their covariance; undefined where the data do not identify it. */
  readonly covariance: Float64Array | undefined;
  readonly logLikelihood: number;
}

/** A normal prior of standard deviation 10 keeps groups that separate finite and is otherwise too wide to matter. */
const ridge = 0.01;

/**
 * Maximises the marginal likelihood of the given groups over one item's slopes and intercepts, its asymptotes and all
 * other items held as calibrated: each subject's ability enters with its posterior from the other anchors.
 */
export function refitItem(
  groups: readonly RestPosterior[],
  model: ResponseModel,
  nodes: Nodes,
  item: number,
  start: Float64Array,
): ItemRefit {
  const { count } = nodes;
  const { categories, dims } = model;
  const moving = dims + categories - 1;
  const whole = start.slice();
  const counts = new Float64Array(categories * count);
  const likelihood = new Float64Array(count);
  const objective = itemObjective(model, nodes, counts);

  const marginal = (x: Float64Array, gradient: Float64Array): number => {
    whole.set(x);
    const logs = logProbabilities(model, whole, nodes);
    const curves = logs.map(Math.exp);
    counts.fill(0);
    let total = 0;
    for (const { matrix, weights, from, to } of groups)
      for (let s = 0; s < matrix.subjects.length; s++) {
        const cell = s * matrix.items.length + item;
        if (!matrix.observed[cell]) continue;
        const score = matrix.scores[cell];
        const n = matrix.trials?.[cell] ?? 1;
        const rest = s * count;
        let sum = 0;
        if (n === 1 && (categories > 2 || score === 0 || score === 1)) {
          const curve = score * count;
          for (let q = from[s]; q < to[s]; q++) {
            likelihood[q] = weights[rest + q] * curves[curve + q];
            sum += likelihood[q];
          }
          const scale = 1 / Math.max(sum, 1e-300);
          for (let q = from[s]; q < to[s]; q++) counts[curve + q] += scale * likelihood[q];
        } else {
          for (let q = from[s]; q < to[s]; q++) {
            const log = n * (score * logs[count + q] + (1 - score) * logs[q]);
            likelihood[q] = weights[rest + q] * Math.exp(log);
            sum += likelihood[q];
          }
          const scale = n / Math.max(sum, 1e-300);
          for (let q = from[s]; q < to[s]; q++) {
            counts[q] += (1 - score) * scale * likelihood[q];
            counts[count + q] += score * scale * likelihood[q];
          }
        }
        total += Math.log(Math.max(sum, 1e-300));
      }
    objective.value(whole, 0, 0, true);
    for (let j = 0; j < moving; j++) {
      gradient[j] = objective.gradient[j] - ridge * x[j];
      total -= (ridge * x[j] ** 2) / 2;
    }
    return total;
  };
  const subjects = groups.reduce((n, { matrix }) => n + matrix.subjects.length, 0);
  const fit = minimizeBfgs(
    (x, g) => {
      const value = marginal(x, g);
      for (let j = 0; j < moving; j++) g[j] /= -subjects;
      return Number.isFinite(value) ? -value / subjects : 1e300;
    },
    start.subarray(0, moving),
    { tolerance: 1e-6 },
  );
  return { x: fit.x, covariance: curvature(marginal, fit.x), logLikelihood: -fit.value * subjects };
}

/** Inverse of minus the Hessian, from central differences of the gradient. */
function curvature(
  marginal: (x: Float64Array, gradient: Float64Array) => number,
  at: Float64Array,
): Float64Array | undefined {
  const size = at.length;
  const h = new Float64Array(size * size);
  const above = new Float64Array(size);
  const below = new Float64Array(size);
  for (let j = 0; j < size; j++) {
    const step = 1e-3;
    const x = at.slice();
    x[j] += step;
    marginal(x, above);
    x[j] -= 2 * step;
    marginal(x, below);
    for (let l = 0; l < size; l++) {
      h[j * size + l] -= (above[l] - below[l]) / (4 * step);
      h[l * size + j] -= (above[l] - below[l]) / (4 * step);
    }
  }
  return inversePositive(h, size);
}
