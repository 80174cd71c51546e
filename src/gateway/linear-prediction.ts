import { inversePositive } from "../numerics/index.ts";
import type { Prediction } from "../routing/index.ts";

/** Right (1) and wrong (0) answers to questions with features. */
export interface GradedQuestions {
  /** questions × dims. */
  readonly features: Float32Array;
  readonly dims: number;
  readonly questions: number;
  /** Models; `right(m, q)` is 1 or 0. */
  readonly models: number;
  readonly right: (model: number, question: number) => number;
}

/** Foretells every model's P for one question. */
export interface LinearPrediction {
  /** Share of the questions that each model had right. */
  readonly means: Float64Array;
  /** Features of the average question. */
  readonly centre: Float64Array;
  /** `home`: the model that is left only for a lead that is `sure` standard errors above nothing. */
  predict(features: ArrayLike<number>, home: number): Prediction;
}

/**
 * Bayesian linear regression of right and wrong on a question's features (Bishop 2006, §3.3): P(m right | x) =
 * mean_m + w_m · (x − x̄), with a normal prior on w that amounts to a ridge penalty. The interval holds the uncertainty of
 * the mean and the weights; a model's lead over `home` has its own standard error, from the residuals' difference.
 *
 * @param penalty the ridge penalty: variance of the residuals over that of a weight
 * @param sure standard errors that a lead has to have
 */
export function linearPrediction(
  { features, dims, questions, models, right }: GradedQuestions,
  penalty: number,
  sure: number,
): LinearPrediction {
  const centre = new Float64Array(dims);
  for (let q = 0, i = 0; q < questions; q++)
    for (let d = 0; d < dims; d++) centre[d] += features[i++] / questions;
  const centred = Float64Array.from({ length: questions * dims }, (_, i) => features[i] - centre[i % dims]);
  const gram = new Float64Array(dims * dims);
  for (let i = 0; i < centred.length; i += dims)
    for (let a = 0; a < dims; a++)
      for (let b = 0; b <= a; b++) gram[a * dims + b] += centred[i + a] * centred[i + b];
  for (let d = 0; d < dims; d++) gram[d * dims + d] += penalty;
  const covariance = inversePositive(gram, dims)!;
  const means = new Float64Array(models);
  const weights = new Float64Array(models * dims);
  const residuals = new Float64Array(models * questions);
  for (let m = 0; m < models; m++) {
    for (let q = 0; q < questions; q++) means[m] += right(m, q) / questions;
    const moments = new Float64Array(dims);
    for (let q = 0, i = 0; q < questions; q++)
      for (let d = 0; d < dims; d++) moments[d] += centred[i++] * (right(m, q) - means[m]);
    const own = weights.subarray(m * dims, (m + 1) * dims);
    for (let a = 0; a < dims; a++) own[a] = dot(covariance, a * dims, moments, dims);
    for (let q = 0; q < questions; q++)
      residuals[m * questions + q] = right(m, q) - means[m] - dot(centred, q * dims, own, dims);
  }
  /** Variance of a model's residuals, and of the difference to another's. */
  const variance = (m: number, less?: number) => {
    let squares = 0;
    for (let q = 0; q < questions; q++)
      squares +=
        (residuals[m * questions + q] - (less === undefined ? 0 : residuals[less * questions + q])) ** 2;
    return squares / (questions - dims);
  };
  const deviations = Float64Array.from({ length: models }, (_, m) => Math.sqrt(variance(m)));
  const differences = Float64Array.from({ length: models * models }, (_, i) =>
    Math.sqrt(variance(Math.floor(i / models), i % models)),
  );
  const x = new Float64Array(dims);

  return {
    means,
    centre,
    predict(features, home) {
      for (let d = 0; d < dims; d++) x[d] = features[d] - centre[d];
      let leverage = 1 / questions;
      for (let a = 0; a < dims; a++) leverage += x[a] * dot(covariance, a * dims, x, dims);
      const error = Math.sqrt(leverage);
      const p = new Float64Array(models);
      const low = new Float64Array(models);
      const high = new Float64Array(models);
      const score = new Float64Array(models);
      for (let m = 0; m < models; m++) {
        const foreseen = means[m] + dot(weights, m * dims, x, dims);
        const half = 1.96 * deviations[m] * error;
        p[m] = between(foreseen);
        low[m] = between(foreseen - half);
        high[m] = between(foreseen + half);
        score[m] = foreseen - sure * differences[m * models + home] * error;
      }
      return { p, low, high, gain: { score, baseline: means }, novelty: 0 };
    },
  };
}

/** Σ a[from + d] · b[d]. */
function dot(a: Float64Array, from: number, b: Float64Array, dims: number): number {
  let sum = 0;
  for (let d = 0; d < dims; d++) sum += a[from + d] * b[d];
  return sum;
}

const between = (value: number): number => Math.min(0.99, Math.max(0.01, value));
