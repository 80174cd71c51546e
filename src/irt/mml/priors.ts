import { logistic, softplus } from "../../numerics/index.ts";
import type { ResponseModel } from "../models.ts";

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
