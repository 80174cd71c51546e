import { cholesky, invertCholesky, solveCholesky } from "../numerics/index.ts";
import { type PosteriorInput, posteriors } from "./mml-expectation.ts";
import { itemObjective, logPriorOf, type MaximisationInput } from "./mml-maximisation.ts";
import { curvePoint, type ResponseModel } from "./mml-models.ts";
import type { Nodes } from "./mml-nodes.ts";

export interface InformationInput extends MaximisationInput, PosteriorInput {
  readonly x: Float64Array;
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
  posteriors(input, (p, from, to, posterior) => {
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
  // E ssᵀ of whole answers, for all subjects at once; what is left of the covariance is −(E s)(E s)ᵀ of each.
  const whole = new Float64Array(input.counts.length);
  const mean = new Float64Array(size);
  posteriors(input, (p, from, to, posterior) => {
    const width = to - from;
    const f = frequency[p];
    const partOf = (entry: number) => ({
      weight: weight[entry],
      scores: Array.from({ length: size }, (_, j) => {
        const at = (row[entry] * size + j) * nodes.count + from;
        return scores.subarray(at, at + width);
      }),
    });
    for (let e = start[p]; e < start[p + 1]; e++) {
      const item = Math.floor(row[e] / categories);
      const base = item * size * size;
      if (e + 1 < start[p + 1] && Math.floor(row[e + 1] / categories) === item) {
        subtractCovariance(blocks, base, size, f, [e, e + 1].map(partOf), posterior, width);
        e++;
        continue;
      }
      if (weight[e] !== 1) {
        subtractCovariance(blocks, base, size, f, [partOf(e)], posterior, width);
        continue;
      }
      const at = row[e] * nodes.count + from;
      for (let q = 0; q < width; q++) whole[at + q] += f * posterior[q];
      for (let j = 0; j < size; j++) {
        const first = (row[e] * size + j) * nodes.count + from;
        let sum = 0;
        for (let q = 0; q < width; q++) sum += posterior[q] * scores[first + q];
        mean[j] = sum;
        for (let l = 0; l <= j; l++) blocks[base + j * size + l] += f * sum * mean[l];
      }
    }
  });
  for (let r = 0; r < (x.length / size) * categories; r++) {
    const base = Math.floor(r / categories) * size * size;
    for (let j = 0; j < size; j++)
      for (let l = 0; l <= j; l++) {
        let sum = 0;
        for (let q = 0; q < nodes.count; q++)
          sum +=
            whole[r * nodes.count + q] *
            scores[(r * size + j) * nodes.count + q] *
            scores[(r * size + l) * nodes.count + q];
        blocks[base + j * size + l] -= sum;
      }
  }
  for (let i = 0; i < items; i++)
    for (let j = 0; j < size; j++)
      for (let l = 0; l < j; l++)
        blocks[i * size * size + l * size + j] = blocks[i * size * size + j * size + l];
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

/** Subtracts f times the posterior covariance of Σ weight · score from the lower triangle at `base`. */
function subtractCovariance(
  blocks: Float64Array,
  base: number,
  size: number,
  f: number,
  parts: readonly { readonly weight: number; readonly scores: readonly Float64Array[] }[],
  posterior: Float64Array,
  width: number,
): void {
  const mean = new Float64Array(size);
  const moment = new Float64Array(size * size);
  const s = new Float64Array(size);
  for (let q = 0; q < width; q++) {
    s.fill(0);
    for (const part of parts) for (let j = 0; j < size; j++) s[j] += part.weight * part.scores[j][q];
    for (let j = 0; j < size; j++) {
      mean[j] += posterior[q] * s[j];
      for (let l = 0; l <= j; l++) moment[j * size + l] += posterior[q] * s[j] * s[l];
    }
  }
  for (let j = 0; j < size; j++)
    for (let l = 0; l <= j; l++)
      blocks[base + j * size + l] -= f * (moment[j * size + l] - mean[j] * mean[l]);
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
