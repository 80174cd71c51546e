import type { ItemParameters } from "../irt/index.ts";
import { cholesky, invertCholesky, logistic, minimizeBfgs, solveCholesky } from "../numerics/index.ts";
import { tinyBenchmarksClip as clip } from "./pirt.ts";

/** θ of one subject from its answers to some items. */
export interface AbilityEstimate {
  /** D. */
  readonly ability: Float64Array;
  /** −log likelihood of the answers at `ability`, without the prior. */
  readonly negLogLikelihood: number;
}

/** tinyBenchmarks adds this to each probability before taking its logarithm. */
const epsilon = 1e-10;

/**
 * The maximum-likelihood ability to the letter of tinyBenchmarks: BFGS from θ = 0 on
 * −Σ [y log(P + ε) + (1 − y) log(1 − P + ε)], P = logistic(Σ_d clip(a_d θ_d − b, ±30)), b = −d / D. Where the answers
 * can be separated (as many dimensions as informative items) the likelihood has no finite maximum, and θ is where
 * BFGS stops: compare likelihoods and predictions then, not θ.
 *
 * @param answered indices of the answered items; an item given twice counts twice, as in tinyBenchmarks.
 * @param scores the score on each of them, in [0, 1].
 */
export function mleAbility(
  items: ItemParameters,
  answered: ArrayLike<number>,
  scores: ArrayLike<number>,
): AbilityEstimate {
  const { dims, discrimination, intercept } = items;
  const objective = (theta: Float64Array, gradient: Float64Array): number => {
    gradient.fill(0);
    let value = 0;
    for (let k = 0; k < answered.length; k++) {
      const i = answered[k];
      const b = -intercept[i] / dims;
      let z = 0;
      for (let j = 0, p = i * dims; j < dims; j++, p++) {
        const term = discrimination[p] * theta[j] - b;
        z += Math.max(-clip, Math.min(clip, term));
      }
      const right = logistic(z);
      const wrong = 1 - right;
      const y = scores[k];
      value -= y * Math.log(right + epsilon) + (1 - y) * Math.log(wrong + epsilon);
      const slope = ((1 - y) / (wrong + epsilon) - y / (right + epsilon)) * right * wrong;
      for (let j = 0, p = i * dims; j < dims; j++, p++)
        if (Math.abs(discrimination[p] * theta[j] - b) <= clip) gradient[j] += slope * discrimination[p];
    }
    return value;
  };
  // SciPy stops at 1e-5; exact derivatives get nearer to a maximum that lies at infinity only if asked to.
  const { x, value } = minimizeBfgs(objective, new Float64Array(dims), { tolerance: 1e-6 });
  return { ability: x, negLogLikelihood: value };
}

/** A prior or posterior normal distribution of θ. */
export interface NormalAbility {
  /** D. */
  readonly mean: Float64Array;
  /** D × D. */
  readonly covariance: Float64Array;
}

/**
 * The most probable ability under a normal prior, N(0, I) unless given, with the inverse of the posterior's curvature
 * there as covariance (Laplace), by Newton's method with halved steps. Finite whatever the answers.
 *
 * @param scores in [0, 1]; a fraction counts as so much right and so much wrong.
 * @param counts weight of each answer, 1 unless given (number of trials).
 */
export function mapAbility(
  items: ItemParameters,
  answered: ArrayLike<number>,
  scores: ArrayLike<number>,
  { prior, counts }: { readonly prior?: NormalAbility | undefined; readonly counts?: ArrayLike<number> } = {},
): AbilityEstimate & { readonly covariance: Float64Array } {
  const { dims } = items;
  const precision = prior ? inverse(prior.covariance, dims) : identity(dims);
  const mean = prior?.mean ?? new Float64Array(dims);
  let theta = Float64Array.from(mean);
  let here = posterior(items, answered, scores, counts, theta, mean, precision);
  for (let step = 0; step < 100; step++) {
    const factor = here.hessian.slice();
    if (!cholesky(factor, dims)) break;
    const direction = solveCholesky(factor, dims, here.gradient.slice());
    let decrement = 0;
    for (let j = 0; j < dims; j++) decrement += direction[j] * here.gradient[j];
    if (decrement < 1e-12) break;
    let moved = false;
    for (let scale = 1; scale > 1e-6; scale /= 2) {
      const to = theta.map((t, j) => t - scale * direction[j]);
      const there = posterior(items, answered, scores, counts, to, mean, precision);
      if (there.value > here.value - 1e-4 * scale * decrement) continue;
      theta = to;
      here = there;
      moved = true;
      break;
    }
    if (!moved) break;
  }
  return {
    ability: theta,
    negLogLikelihood: here.negLogLikelihood,
    covariance: inverse(here.hessian, dims),
  };
}

/** Negative log posterior with its gradient and the expected information as Hessian (positive definite for 3PL too). */
function posterior(
  { dims, discrimination, intercept, guessing, upper }: ItemParameters,
  answered: ArrayLike<number>,
  scores: ArrayLike<number>,
  counts: ArrayLike<number> | undefined,
  theta: Float64Array,
  mean: Float64Array,
  precision: Float64Array,
) {
  const gradient = new Float64Array(dims);
  const hessian = precision.slice();
  let penalty = 0;
  for (let j = 0; j < dims; j++) {
    for (let l = 0; l < dims; l++) gradient[j] += precision[j * dims + l] * (theta[l] - mean[l]);
    penalty += (gradient[j] * (theta[j] - mean[j])) / 2;
  }
  let negLogLikelihood = 0;
  for (let k = 0; k < answered.length; k++) {
    const i = answered[k];
    const row = i * dims;
    let z = intercept[i];
    for (let j = 0; j < dims; j++) z += discrimination[row + j] * theta[j];
    const core = logistic(z);
    const low = guessing ? guessing[i] : 0;
    const range = (upper ? upper[i] : 1) - low;
    const right = Math.min(1 - 1e-15, Math.max(1e-300, low + range * core));
    const rise = range * core * (1 - core);
    const n = counts ? counts[k] : 1;
    const y = scores[k];
    negLogLikelihood -= n * (y * Math.log(right) + (1 - y) * Math.log1p(-right));
    // y/P − (1 − y)/(1 − P) times P′; for c = 0, u = 1 this is y − P.
    const residual = range === 1 ? y - core : (rise * (y - right)) / (right * (1 - right));
    const information = range === 1 ? core * (1 - core) : (rise * rise) / (right * (1 - right));
    for (let j = 0; j < dims; j++) {
      const a = discrimination[row + j];
      gradient[j] -= n * residual * a;
      const weight = n * information * a;
      for (let l = 0; l < dims; l++) hessian[j * dims + l] += weight * discrimination[row + l];
    }
  }
  return { value: negLogLikelihood + penalty, negLogLikelihood, gradient, hessian };
}

function inverse(matrix: Float64Array, n: number): Float64Array {
  const factor = matrix.slice();
  if (!cholesky(factor, n)) throw new RangeError("the covariance of the prior is not positive definite");
  return invertCholesky(factor, n);
}

function identity(n: number): Float64Array {
  const matrix = new Float64Array(n * n);
  for (let j = 0; j < n; j++) matrix[j * n + j] = 1;
  return matrix;
}
