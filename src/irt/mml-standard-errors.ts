import { cholesky, invertCholesky, solveCholesky } from "../numerics/index.ts";
import { posteriors, type Windows } from "./mml-expectation.ts";
import { itemObjective, logPriorOf, type MaximisationInput } from "./mml-maximisation.ts";
import { curvePoint, type ResponseModel } from "./mml-models.ts";
import type { Nodes } from "./mml-nodes.ts";
import type { Patterns } from "./mml-patterns.ts";

export interface InformationInput extends MaximisationInput {
  readonly x: Float64Array;
  readonly patterns: Patterns;
  readonly logPrior: Float64Array;
  readonly table: Float64Array;
  readonly windows: Windows;
  /** Number of free parameters; `free` holds their indices. */
  readonly parameters: number;
}

/** Nodes of less posterior weight are left out of the covariance of scores. */
const thin = 1e-8;

/** ∂ log P_k/∂ξ_j for every row and node: ((I · K) × size) × Q. */
function scoreTable(model: ResponseModel, x: Float64Array, nodes: Nodes): Float64Array {
  const { size, categories } = model;
  const items = x.length / size;
  const table = new Float64Array(items * categories * size * nodes.count);
  const out = curvePoint(model);
  for (let i = 0; i < items; i++)
    for (let q = 0; q < nodes.count; q++) {
      model.evaluate(x, i * size, nodes.theta, q * nodes.dims, out);
      for (let k = 0; k < categories; k++)
        for (let j = 0; j < size; j++)
          table[((i * categories + k) * size + j) * nodes.count + q] =
            out.dx[k * size + j] / Math.max(out.p[k], 1e-300);
    }
  return table;
}

/** −∂²/∂ξ² of the expected log-likelihood and log prior of item i, by central differences of the gradient. */
function completeInformation(input: InformationInput, i: number): Float64Array {
  const { model, nodes, counts, priors, informed, x } = input;
  const { size, categories } = model;
  const objective = itemObjective(model, nodes, counts);
  const gradientAt = (at: Float64Array) => {
    objective.value(at, 0, i * categories, true);
    logPriorOf(model, priors, informed[i] === 1, at, 0, objective.gradient);
    return objective.gradient.slice();
  };
  const point = x.slice(i * size, (i + 1) * size);
  const h = new Float64Array(size * size);
  for (let j = 0; j < size; j++) {
    const step = 1e-4 * Math.max(1, Math.abs(point[j]));
    const kept = point[j];
    point[j] = kept + step;
    const above = gradientAt(point);
    point[j] = kept - step;
    const below = gradientAt(point);
    point[j] = kept;
    for (let l = 0; l < size; l++) {
      const value = -(above[l] - below[l]) / (4 * step);
      h[j * size + l] += value;
      h[l * size + j] += value;
    }
  }
  return h;
}

/**
 * Observed information of all free parameters, m × m: Louis' identity (1982), the complete-data information less the
 * posterior covariance of the complete-data score, pattern by pattern.
 */
export function observedInformation(input: InformationInput): Float64Array {
  const { model, nodes, x, patterns, free, parameters: m } = input;
  const { size, categories } = model;
  const h = new Float64Array(m * m);
  for (let i = 0; i < x.length / size; i++) {
    const block = completeInformation(input, i);
    for (let j = 0; j < size; j++)
      for (let l = 0; l < size; l++) {
        const [r, c] = [free[i * size + j], free[i * size + l]];
        if (r >= 0 && c >= 0) h[r * m + c] += block[j * size + l];
      }
  }
  const scores = scoreTable(model, x, nodes);
  const s = new Float64Array(m);
  const mean = new Float64Array(m);
  const { start, row, weight, frequency } = patterns;
  posteriors(patterns, nodes, input.logPrior, input.table, input.windows, (p, from, to, posterior) => {
    const kept: number[] = [];
    for (let q = 0; q < to - from; q++) if (posterior[q] > thin) kept.push(q);
    const vectors = kept.map((q) => {
      const vector = new Float64Array(m);
      for (let e = start[p]; e < start[p + 1]; e++) {
        const item = Math.floor(row[e] / categories);
        for (let j = 0; j < size; j++) {
          const to = free[item * size + j];
          if (to >= 0) vector[to] += weight[e] * scores[(row[e] * size + j) * nodes.count + from + q];
        }
      }
      return vector;
    });
    mean.fill(0);
    vectors.forEach((vector, v) => {
      for (let r = 0; r < m; r++) mean[r] += posterior[kept[v]] * vector[r];
    });
    vectors.forEach((vector, v) => {
      const f = frequency[p] * posterior[kept[v]];
      for (let r = 0; r < m; r++) s[r] = vector[r] - mean[r];
      for (let r = 0; r < m; r++) {
        const fs = f * s[r];
        if (fs === 0) continue;
        const base = r * m;
        for (let c = 0; c <= r; c++) h[base + c] -= fs * s[c];
      }
    });
  });
  for (let r = 0; r < m; r++) for (let c = 0; c < r; c++) h[c * m + r] = h[r * m + c];
  return h;
}

/**
 * Inverse of the information under linear constraints G·δ = 0 (rows of `constraints`, k × m), which identify a model
 * whose information is singular (rotation): Z(ZᵀHZ)⁻¹Zᵀ with Z the null space of G, computed as
 * M⁻¹ − M⁻¹Gᵀ(G M⁻¹ Gᵀ)⁻¹G M⁻¹ with M = H + GᵀG. Returns undefined where that is not positive definite.
 */
export function constrainedInverse(
  h: Float64Array,
  m: number,
  constraints: readonly Float64Array[] = [],
): Float64Array | undefined {
  const factor = h.slice();
  for (const g of constraints)
    for (let r = 0; r < m; r++) for (let c = 0; c < m; c++) factor[r * m + c] += g[r] * g[c];
  if (!cholesky(factor, m)) return undefined;
  const inverse = invertCholesky(factor, m);
  const k = constraints.length;
  if (k === 0) return inverse;
  const solved = constraints.map((g) => solveCholesky(factor, m, g.slice()));
  const small = new Float64Array(k * k);
  for (let a = 0; a < k; a++)
    for (let b = 0; b < k; b++)
      for (let r = 0; r < m; r++) small[a * k + b] += constraints[a][r] * solved[b][r];
  if (!cholesky(small, k)) return undefined;
  const middle = invertCholesky(small, k);
  for (let r = 0; r < m; r++)
    for (let c = 0; c < m; c++)
      for (let a = 0; a < k; a++)
        for (let b = 0; b < k; b++) inverse[r * m + c] -= solved[a][r] * middle[a * k + b] * solved[b][c];
  return inverse;
}

/**
 * Covariance of each item's ξ from its own block of the observed information, I × size × size, for banks too large for
 * the whole. A block holds the other items fixed, and so leaves out that the scale itself is only known from N subjects
 * whose mean and spread are random: with long tests that part is J·V·Jᵀ, where J says how ξ answers to a shift and a
 * stretch of θ, and V is the sampling variance of the mean (1/N) and of the log spread (1/2N) of N normal abilities.
 */
export function blockCovariances(input: InformationInput, subjects: number): Float64Array {
  const { model, nodes, x, patterns, free } = input;
  const { size, categories, dims } = model;
  const items = x.length / size;
  const blocks = new Float64Array(items * size * size);
  for (let i = 0; i < items; i++) blocks.set(completeInformation(input, i), i * size * size);
  const scores = scoreTable(model, x, nodes);
  const { start, row, weight, frequency } = patterns;
  const mean = new Float64Array(size);
  const moment = new Float64Array(size * size);
  posteriors(patterns, nodes, input.logPrior, input.table, input.windows, (p, from, to, posterior) => {
    const width = to - from;
    for (let e = start[p]; e < start[p + 1]; e++) {
      const item = Math.floor(row[e] / categories);
      const next = e + 1 < start[p + 1] && Math.floor(row[e + 1] / categories) === item;
      mean.fill(0);
      moment.fill(0);
      for (let q = 0; q < width; q++) {
        const w = posterior[q];
        for (let j = 0; j < size; j++) {
          const at = (r: number, c: number) =>
            weight[r] * scores[(row[r] * size + c) * nodes.count + from + q];
          const sj = at(e, j) + (next ? at(e + 1, j) : 0);
          mean[j] += w * sj;
          for (let l = 0; l <= j; l++)
            moment[j * size + l] += w * sj * (at(e, l) + (next ? at(e + 1, l) : 0));
        }
      }
      const base = item * size * size;
      for (let j = 0; j < size; j++)
        for (let l = 0; l <= j; l++) {
          const value = frequency[p] * (moment[j * size + l] - mean[j] * mean[l]);
          blocks[base + j * size + l] -= value;
          if (l < j) blocks[base + l * size + j] -= value;
        }
      if (next) e++;
    }
  });
  const covariances = new Float64Array(blocks.length);
  for (let i = 0; i < items; i++) {
    const index = Array.from({ length: size }, (_, j) => j).filter((j) => free[i * size + j] >= 0);
    const n = index.length;
    const part = new Float64Array(n * n);
    index.forEach((j, r) => {
      index.forEach((l, c) => {
        part[r * n + c] = blocks[i * size * size + j * size + l];
      });
    });
    const inverse = constrainedInverse(part, n);
    const at = (j: number, l: number) => i * size * size + j * size + l;
    index.forEach((j, r) => {
      index.forEach((l, c) => {
        covariances[at(j, l)] = inverse ? inverse[r * n + c] : j === l ? Infinity : 0;
      });
    });
    for (const direction of metricDirections(model, x, i * size, dims))
      for (const j of index)
        for (const l of index) covariances[at(j, l)] += (direction[j] * direction[l]) / subjects;
  }
  return covariances;
}

/** How ξ answers to one standard deviation (times √N) of each way the metric of θ can err. */
function metricDirections(model: ResponseModel, x: Float64Array, o: number, dims: number): Float64Array[] {
  const directions: Float64Array[] = [];
  for (let j = 0; j < dims; j++) {
    const shift = new Float64Array(model.size);
    for (let k = 0; k < model.categories - 1; k++)
      shift[dims + k] = x[o + j] * (model.family === "gpcm" ? k + 1 : 1);
    directions.push(shift);
    for (let k = 0; k <= j; k++) {
      const stretch = new Float64Array(model.size);
      stretch[j] += x[o + k] * (j === k ? Math.SQRT1_2 : 0.5);
      if (j !== k) stretch[k] += x[o + j] * 0.5;
      directions.push(stretch);
    }
  }
  return directions;
}
