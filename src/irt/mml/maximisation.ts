import { cholesky, solveCholesky } from "../../numerics/index.ts";
import { itemObjective } from "../likelihood.ts";
import type { ResponseModel } from "../models.ts";
import type { Nodes } from "../nodes.ts";
import { type ItemPriors, logPriorOf } from "./priors.ts";

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

/** Steps shorter than this are the last: the next EM step sees to what they leave. */
const settled = 1e-4;

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
    let value = objective.value(x, o, i * categories, true) + prior(x, o, gradient, information);
    for (let iteration = 0; iteration < maxSteps; iteration++) {
      const step = cautiousStep(information, gradient, mask);
      let moved = 0;
      for (let scale = 1; scale > 1e-4; scale /= 2) {
        for (let j = 0; j < size; j++) trial[j] = x[o + j] + scale * step[j];
        // With its derivatives, which the next step needs where this one is taken.
        const next = objective.value(trial, 0, i * categories, true) + prior(trial, 0, gradient, information);
        if (!(next >= value - 1e-12 * Math.abs(value))) continue;
        for (let j = 0; j < size; j++) {
          moved = Math.max(moved, Math.abs(trial[j] - x[o + j]));
          x[o + j] = trial[j];
        }
        value = next;
        break;
      }
      if (moved < settled) break;
    }
  }
}

/**
 * The same with one slope common to all items (Rasch, 1PL): each item's intercepts are eliminated from the scoring
 * equations, which leaves one equation for the slope.
 * @returns the new ξ
 */
export function maximiseCommonSlope(
  start: Float64Array,
  input: MaximisationInput,
  maxSteps = 3,
): Float64Array {
  const x = start.slice();
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
    if (moved < settled) break;
  }
  return x;
}
