import { cholesky, invertCholesky, logistic, softplus, solveCholesky } from "../numerics/index.ts";

export interface LogisticFit {
  readonly coefficients: Float64Array;
  /** k × k. */
  readonly covariance: Float64Array;
  readonly logLikelihood: number;
}

/** Holds coefficients of separable data finite without moving others: a normal prior of standard deviation 10. */
const ridge = 0.01;

/**
 * Logistic regression of scores in [0, 1] (weighted by `trials`) on k columns, by Newton's method.
 * @param design n × k, row by row.
 */
export function logisticRegression(
  design: Float64Array,
  k: number,
  scores: Float64Array,
  trials: Float64Array,
): LogisticFit {
  const n = scores.length;
  const beta = new Float64Array(k);
  const gradient = new Float64Array(k);
  const h = new Float64Array(k * k);
  let logLikelihood = 0;
  for (let iteration = 0; iteration < 50; iteration++) {
    gradient.fill(0);
    h.fill(0);
    logLikelihood = 0;
    for (let r = 0; r < n; r++) {
      let z = 0;
      for (let j = 0; j < k; j++) z += beta[j] * design[r * k + j];
      const p = logistic(z);
      logLikelihood -= trials[r] * (scores[r] * softplus(-z) + (1 - scores[r]) * softplus(z));
      for (let j = 0; j < k; j++) {
        gradient[j] += trials[r] * (scores[r] - p) * design[r * k + j];
        const w = trials[r] * p * (1 - p) * design[r * k + j];
        for (let l = 0; l <= j; l++) h[j * k + l] += w * design[r * k + l];
      }
    }
    for (let j = 0; j < k; j++) {
      gradient[j] -= ridge * beta[j];
      h[j * k + j] += ridge;
    }
    cholesky(h, k);
    const step = solveCholesky(h, k, gradient.slice());
    let moved = 0;
    for (let j = 0; j < k; j++) {
      const bounded = Math.max(-2, Math.min(2, step[j]));
      beta[j] += bounded;
      moved = Math.max(moved, Math.abs(bounded));
    }
    if (moved < 1e-8) break;
  }
  return { coefficients: beta, covariance: invertCholesky(h, k), logLikelihood };
}
