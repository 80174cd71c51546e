import { logistic } from "../numerics/index.ts";

/** Beta calibration (Kull, Silva Filho & Flach 2017): P' = logistic(a ln P − b ln(1 − P) + c), a, b ≥ 0. */
export interface Calibration {
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

const edge = 1e-3;

/** The calibrated probability. */
export function calibrated({ a, b, c }: Calibration, p: number): number {
  const inside = Math.min(1 - edge, Math.max(edge, p));
  return logistic(a * Math.log(inside) - b * Math.log(1 - inside) + c);
}

/**
 * Fits the three parameters to rewards in [0, 1] by penalised maximum likelihood (Newton), drawn towards the identity
 * as strongly as `prior` observations' worth of evidence; `weights` 0 leaves an observation out.
 */
export function fitCalibration(
  p: ArrayLike<number>,
  rewards: ArrayLike<number>,
  weights: ArrayLike<number>,
  prior = 50,
): Calibration {
  let theta = [1, 1, 0];
  const start = theta;
  for (let step = 0; step < 30; step++) {
    const gradient = [0, 0, 0];
    const hessian = [0, 0, 0, 0, 0, 0, 0, 0, 0];
    for (let k = 0; k < 3; k++) {
      gradient[k] = -prior * (theta[k] - start[k]);
      hessian[4 * k] = prior;
    }
    for (let i = 0; i < p.length; i++) {
      if (weights[i] === 0) continue;
      const inside = Math.min(1 - edge, Math.max(edge, p[i]));
      const x = [Math.log(inside), -Math.log(1 - inside), 1];
      const q = logistic(theta[0] * x[0] + theta[1] * x[1] + theta[2]);
      for (let k = 0; k < 3; k++) {
        gradient[k] += weights[i] * (rewards[i] - q) * x[k];
        for (let l = 0; l < 3; l++) hessian[3 * k + l] += weights[i] * q * (1 - q) * x[k] * x[l];
      }
    }
    const move = solve3(hessian, gradient);
    theta = theta.map((value, k) => value + move[k]);
    theta[0] = Math.max(0.05, theta[0]);
    theta[1] = Math.max(0.05, theta[1]);
    if (Math.max(...move.map(Math.abs)) < 1e-9) break;
  }
  return { a: theta[0], b: theta[1], c: theta[2] };
}

/** Solves a symmetric positive definite 3 × 3 system by Cramer's rule. */
function solve3(h: readonly number[], g: readonly number[]): number[] {
  const det = (m: readonly number[]) =>
    m[0] * (m[4] * m[8] - m[5] * m[7]) -
    m[1] * (m[3] * m[8] - m[5] * m[6]) +
    m[2] * (m[3] * m[7] - m[4] * m[6]);
  const whole = det(h);
  return [0, 1, 2].map((k) => det(h.map((value, i) => (i % 3 === k ? g[(i - k) / 3] : value))) / whole);
}
