import { cholesky, logistic, softplus, solveCholesky } from "../numerics/index.ts";
import { type CurvePoint, curvePoint, type ResponseModel } from "./mml-models.ts";
import type { Nodes } from "./mml-nodes.ts";

/**
 * Priors of item parameters, on the scale of logit = a·θ + d with θ ~ N(0, 1). Normal for slopes (both signs are
 * possible: a mislabelled key has a negative one) and intercepts, beta for asymptotes.
 */
export interface ItemPriors {
  readonly discrimination: { readonly mean: number; readonly sd: number };
  readonly intercept: { readonly mean: number; readonly sd: number };
  /**
   * Beta(alpha, beta) of c. Estimates are modes on the logit scale, where posteriors are closest to normal; there the
   * prior's mode is its mean, alpha / (alpha + beta).
   */
  readonly guessing: { readonly alpha: number; readonly beta: number };
  /** Beta(alpha, beta) of u. */
  readonly upper: { readonly alpha: number; readonly beta: number };
}

/** The priors used unless told. The one of c is BILOG-MG's for a guess among five, that of u its mirror at .95. */
export function defaultPriors(dims: number): ItemPriors {
  return {
    discrimination: { mean: dims === 1 ? 1 : 0, sd: 1 },
    intercept: { mean: 0, sd: 3 },
    guessing: { alpha: 5, beta: 17 },
    upper: { alpha: 20, beta: 2 },
  };
}

/** Log prior of one item's ξ and its derivatives; `informed` says whether slopes and intercepts have a prior. */
export function logPriorOf(
  model: ResponseModel,
  priors: ItemPriors,
  informed: boolean,
  x: Float64Array,
  offset: number,
  gradient?: Float64Array,
  curvature?: Float64Array,
): number {
  const { dims, size, categories } = model;
  const asymptotes = size - dims - (categories - 1);
  let value = 0;
  const add = (j: number, log: number, first: number, second: number) => {
    value += log;
    if (gradient) gradient[j] += first;
    if (curvature) curvature[j * size + j] -= second;
  };
  if (informed)
    for (let j = 0; j < size - asymptotes; j++) {
      const { mean, sd } = j < dims ? priors.discrimination : priors.intercept;
      const z = (x[offset + j] - mean) / sd;
      add(j, (-z * z) / 2, -z / sd, -1 / (sd * sd));
    }
  for (let j = size - asymptotes; j < size; j++) {
    const { alpha, beta } = j === size - asymptotes ? priors.guessing : priors.upper;
    const t = x[offset + j];
    const p = logistic(t);
    add(
      j,
      -alpha * softplus(-t) - beta * softplus(t),
      alpha * (1 - p) - beta * p,
      -(alpha + beta) * p * (1 - p),
    );
  }
  return value;
}

/** Expected log-likelihood of one item, its gradient and Fisher information, at ξ = x[offset …]. */
export interface ItemObjective {
  readonly gradient: Float64Array;
  readonly information: Float64Array;
  value(x: Float64Array, offset: number, row: number, derivatives: boolean): number;
}

/** @param counts (I · K) × Q expected responses, as the expectation step gives them. */
export function itemObjective(model: ResponseModel, nodes: Nodes, counts: Float64Array): ItemObjective {
  const { size, categories } = model;
  const gradient = new Float64Array(size);
  const information = new Float64Array(size * size);
  const out: CurvePoint = curvePoint(model);
  return {
    gradient,
    information,
    value(x, offset, row, derivatives) {
      if (derivatives) {
        gradient.fill(0);
        information.fill(0);
      }
      const { p, dx } = out;
      let sum = 0;
      for (let q = 0; q < nodes.count; q++) {
        let n = 0;
        for (let k = 0; k < categories; k++) n += counts[(row + k) * nodes.count + q];
        if (n < 1e-9) continue;
        model.evaluate(x, offset, nodes.theta, q * nodes.dims, out);
        for (let k = 0; k < categories; k++) {
          const r = counts[(row + k) * nodes.count + q];
          if (r > 0) sum += p[k] > 1e-300 ? r * Math.log(p[k]) : p[k] >= 0 ? r * -690 : -Infinity;
          if (!derivatives) continue;
          const inverse = 1 / Math.max(p[k], 1e-300);
          for (let j = 0; j < size; j++) {
            const dj = dx[k * size + j] * inverse;
            gradient[j] += r * dj;
            for (let l = 0; l <= j; l++) information[j * size + l] += n * dj * dx[k * size + l];
          }
        }
      }
      for (let j = 0; j < size; j++)
        for (let l = 0; l < j; l++) information[l * size + j] = information[j * size + l];
      return sum;
    },
  };
}

/** Parameters that leave this box mean that the likelihood has no maximum (separable data). */
export const slopeLimit = 8;

/**
 * Solves H·step = g for the free entries, with a ridge where H is not positive definite, and keeps the step from
 * leaping. `free[j] < 0` fixes entry j.
 */
function cautiousStep(h: Float64Array, g: Float64Array, free: Int32Array): Float64Array {
  const size = g.length;
  const index = Array.from(free.keys()).filter((j) => free[j] >= 0);
  const n = index.length;
  const step = new Float64Array(size);
  for (let ridge = 1e-9; ridge < 1e9; ridge *= 100) {
    const a = new Float64Array(n * n);
    const b = new Float64Array(n);
    index.forEach((j, r) => {
      b[r] = g[j];
      index.forEach((l, c) => {
        a[r * n + c] = h[j * size + l];
      });
      a[r * n + r] += ridge * (1 + a[r * n + r]);
    });
    if (!cholesky(a, n)) continue;
    solveCholesky(a, n, b);
    let largest = 0;
    for (const v of b) largest = Math.max(largest, Math.abs(v));
    const scale = largest > 2 ? 2 / largest : 1;
    index.forEach((j, r) => {
      step[j] = scale * b[r];
    });
    break;
  }
  return step;
}

export interface MaximisationInput {
  readonly model: ResponseModel;
  readonly nodes: Nodes;
  readonly counts: Float64Array;
  readonly priors: ItemPriors;
  /** I: 1 where slopes and intercepts of the item have a prior. */
  readonly informed: Uint8Array;
  /** I × size: −1 for a fixed parameter. */
  readonly free: Int32Array;
}

/** Improves every item's ξ in place by Fisher scoring with step halving. */
export function maximiseItems(x: Float64Array, input: MaximisationInput, maxSteps = 3): void {
  const { model, nodes, counts, priors, informed, free } = input;
  const { size, categories } = model;
  const objective = itemObjective(model, nodes, counts);
  const { gradient, information } = objective;
  const trial = new Float64Array(size);
  for (let i = 0; i < x.length / size; i++) {
    const o = i * size;
    const mask = free.subarray(o, o + size);
    if (mask.every((f) => f < 0)) continue;
    const prior = (at: Float64Array, from: number, g?: Float64Array, h?: Float64Array) =>
      logPriorOf(model, priors, informed[i] === 1, at, from, g, h);
    for (let iteration = 0; iteration < maxSteps; iteration++) {
      const value = objective.value(x, o, i * categories, true) + prior(x, o, gradient, information);
      const step = cautiousStep(information, gradient, mask);
      let moved = 0;
      for (let scale = 1; scale > 1e-4; scale /= 2) {
        for (let j = 0; j < size; j++) trial[j] = x[o + j] + scale * step[j];
        const next = objective.value(trial, 0, i * categories, false) + prior(trial, 0);
        if (!(next >= value - 1e-12 * Math.abs(value))) continue;
        for (let j = 0; j < size; j++) {
          moved = Math.max(moved, Math.abs(trial[j] - x[o + j]));
          x[o + j] = trial[j];
        }
        break;
      }
      if (moved < 1e-8) break;
    }
  }
}

/**
 * The same with one slope common to all items (Rasch, 1PL): each item's intercepts are eliminated from the scoring
 * equations, which leaves one equation for the slope.
 */
export function maximiseCommonSlope(x: Float64Array, input: MaximisationInput, maxSteps = 3): void {
  const { model, nodes, counts, priors, informed } = input;
  const { size, categories } = model;
  const items = x.length / size;
  const objective = itemObjective(model, nodes, counts);
  const { gradient, information } = objective;
  const g = new Float64Array(x.length);
  const h = new Float64Array(items * size * size);
  const total = (at: Float64Array, derivatives: boolean) => {
    let sum = 0;
    for (let i = 0; i < items; i++) {
      sum += objective.value(at, i * size, i * categories, derivatives);
      sum += logPriorOf(model, priors, informed[i] === 1, at, i * size, gradient, information);
      if (!derivatives) continue;
      g.set(gradient, i * size);
      h.set(information, i * size * size);
    }
    return sum;
  };
  for (let iteration = 0; iteration < maxSteps; iteration++) {
    const value = total(x, true);
    let left = 1e-12;
    let right = 0;
    for (let i = 0; i < items; i++) {
      const e = i * size * size;
      left += h[e] - h[e + 1] ** 2 / h[e + size + 1];
      right += g[i * size] - (h[e + 1] * g[i * size + 1]) / h[e + size + 1];
    }
    const slope = Math.max(-1, Math.min(1, right / left));
    const step = new Float64Array(x.length);
    for (let i = 0; i < items; i++) {
      const e = i * size * size;
      step[i * size] = slope;
      const d = (g[i * size + 1] - h[e + 1] * slope) / (h[e + size + 1] + 1e-9);
      step[i * size + 1] = Math.max(-2, Math.min(2, d));
    }
    let moved = 0;
    for (let scale = 1; scale > 1e-4; scale /= 2) {
      const trial = x.map((v, e) => v + scale * step[e]);
      if (!(total(trial, false) >= value - 1e-12 * Math.abs(value))) continue;
      trial.forEach((v, e) => {
        moved = Math.max(moved, Math.abs(v - x[e]));
      });
      x.set(trial);
      break;
    }
    if (moved < 1e-8) break;
  }
}
