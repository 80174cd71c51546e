import { logistic, logit, scoreProbabilities } from "../numerics/index.ts";
import type { ResponseMatrix } from "../responses/index.ts";

/** What held-out responses say about the probabilities of a model. */
export interface CalibrationCheck {
  /** Expected calibration error of the held-out predictions. */
  readonly ece: number;
  /** How to mend them, logit p ← intercept + slope · logit p; absent where they are as good as they are. */
  readonly recalibration?: { readonly slope: number; readonly intercept: number };
}

/**
 * Checks predictions of held-out right/wrong responses, and fits Platt's line (1999) through their logits. The line is
 * kept only if the likelihood-ratio test at .001 says that slope 1 and intercept 0 are wrong: at .05 it would mend by
 * chance more often than by need, and foretell other responses worse.
 * @param logLikelihoods of the observed responses of `heldOut`, in the matrices' order
 * @returns undefined for scores between right and wrong
 */
export function checkCalibration(
  logLikelihoods: Float64Array,
  heldOut: readonly ResponseMatrix[],
): CalibrationCheck | undefined {
  const y = Float64Array.from(
    heldOut.flatMap(({ scores, observed }) => Array.from(scores).filter((_, cell) => observed[cell] === 1)),
  );
  if (y.some((score) => score !== 0 && score !== 1)) return undefined;
  const p = y.map((right, k) => (right ? Math.exp(logLikelihoods[k]) : -Math.expm1(logLikelihoods[k])));
  const { ece } = scoreProbabilities(p, y);
  const x = p.map((value) => logit(Math.min(1 - 1e-12, Math.max(1e-12, value))));
  const line = plattLine(x, y);
  const mended = scoreProbabilities(
    x.map((value) => logistic(line.intercept + line.slope * value)),
    y,
  );
  const gain = mended.logLikelihood * y.length - logLikelihoods.reduce((sum, value) => sum + value, 0);
  // 13.82 is the 99.9 % point of χ² with two degrees of freedom.
  return 2 * gain > 13.82 && line.slope > 0 ? { ece, recalibration: line } : { ece };
}

/** Logistic regression of y on x by Newton's method, from slope 1 and intercept 0. */
function plattLine(x: Float64Array, y: Float64Array): { slope: number; intercept: number } {
  let [slope, intercept] = [1, 0];
  for (let round = 0; round < 25; round++) {
    let [g0, g1, h00, h01, h11] = [0, 0, 1e-9, 0, 1e-9];
    for (let k = 0; k < x.length; k++) {
      const p = logistic(intercept + slope * x[k]);
      const [pull, weight] = [y[k] - p, p * (1 - p)];
      g0 += pull;
      g1 += pull * x[k];
      h00 += weight;
      h01 += weight * x[k];
      h11 += weight * x[k] * x[k];
    }
    const determinant = h00 * h11 - h01 * h01;
    const [da, db] = [(h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant];
    intercept += da;
    slope += db;
    if (Math.abs(da) + Math.abs(db) < 1e-10) break;
  }
  return { slope, intercept };
}
