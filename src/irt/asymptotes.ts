import { gaussHermite, logistic, logit } from "../numerics/index.ts";

const rule = gaussHermite(15);

/**
 * Standard error of an asymptote c that is estimated as a normal t = logit c: the root of E (logistic(t) − c)², exactly
 * rather than by the delta method, c (1 − c) · SE(t), which is too small where t is as uncertain as an asymptote's is.
 */
export function asymptoteError(c: number, logitError: number): number {
  if (!(logitError > 0)) return 0;
  const t = logit(Math.min(1 - 1e-12, Math.max(1e-12, c)));
  let square = 0;
  for (let q = 0; q < rule.nodes.length; q++)
    square += rule.weights[q] * (logistic(t + logitError * rule.nodes[q]) - c) ** 2;
  return Number.isFinite(square) ? Math.sqrt(square) : 0.5;
}
