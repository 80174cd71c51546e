import type { AbilityPrior, ItemParameters, SubjectAbility } from "../irt/index.ts";
import { cholesky, logistic, solveCholesky } from "../numerics/index.ts";

/**
 * l_z*, how far a response pattern's likelihood lies from what its ability leads to expect, standard normal for long
 * exams when the model holds; below −2 the pattern is odd (right on hard, wrong on easy questions). Corrects l_z for
 * the estimated ability (Snijders 2001; Magis, Raîche & Béland 2012 for the prior's term; Albers, Meijer & Tendeiro
 * 2016 for several dimensions). NaN where nothing is left to judge.
 *
 * @param answered indices of the items. @param scores in [0, 1].
 */
export function personFit(
  { dims, discrimination, intercept, guessing, upper }: ItemParameters,
  answered: ArrayLike<number>,
  scores: ArrayLike<number>,
  { ability }: SubjectAbility,
  prior: AbilityPrior = {},
): number {
  const n = answered.length;
  const d = dims;
  const weights = new Float64Array(n);
  const rates = new Float64Array(n * d);
  const variances = new Float64Array(n);
  const information = new Float64Array(d * d);
  const cross = new Float64Array(d);
  let distance = 0;
  for (let k = 0; k < n; k++) {
    const i = answered[k];
    let z = intercept[i];
    for (let j = 0; j < d; j++) z += discrimination[i * d + j] * ability[j];
    const core = logistic(z);
    const low = guessing?.[i] ?? 0;
    const range = (upper?.[i] ?? 1) - low;
    const p = Math.min(1 - 1e-12, Math.max(1e-12, low + range * core));
    const variance = p * (1 - p);
    const rise = range * core * (1 - core);
    weights[k] = Math.log(p / (1 - p));
    variances[k] = variance;
    distance += weights[k] * (scores[k] - p);
    for (let j = 0; j < d; j++) {
      rates[k * d + j] = (rise * discrimination[i * d + j]) / variance;
      cross[j] += variance * rates[k * d + j] * weights[k];
      for (let l = 0; l <= j; l++) information[j * d + l] += variance * rates[k * d + j] * rates[k * d + l];
    }
  }
  for (let j = 0; j < d; j++) information[j * d + j] += 1e-12;
  if (!cholesky(information, d)) return Number.NaN;
  const slopes = solveCholesky(information, d, cross.slice());
  const pulls = priorPull(ability, d, prior);
  for (let j = 0; j < d; j++) distance += slopes[j] * pulls[j];
  let total = 0;
  for (let k = 0; k < n; k++) {
    let weight = weights[k];
    for (let j = 0; j < d; j++) weight -= slopes[j] * rates[k * d + j];
    total += weight * weight * variances[k];
  }
  return total > 1e-9 ? distance / Math.sqrt(total) : Number.NaN;
}

/** Derivative of the log prior at the ability. */
function priorPull(ability: Float64Array, d: number, { mean, covariance }: AbilityPrior): Float64Array {
  const pull = Float64Array.from(ability, (x, j) => (mean?.[j] ?? 0) - x);
  if (!covariance) return pull;
  const factor = Float64Array.from(covariance);
  return cholesky(factor, d) ? solveCholesky(factor, d, pull) : pull;
}
