import {
  cholesky,
  logDeterminant,
  logSumExp,
  seededNormal,
  seededRandom,
  softplus,
} from "../numerics/index.ts";
import type { ResponseMatrix } from "../responses/index.ts";
import { type LatentNormal, logDensity } from "./latent.ts";
import type { Abilities, ItemParameters } from "./parameters.ts";

/** Work (cells × dimensions × draws) that may be spent, and bounds of the draws for a subject. */
const work = 2e8;
const fewestDraws = 8;
const mostDraws = 128;

/**
 * log P(responses) of a 2PL with the abilities integrated out, as marginal maximum likelihood states it: Σ over subjects of
 * log ∫ P(x | θ) φ(θ) dθ, by importance sampling with each subject's normal posterior as the proposal (Robert & Casella
 * 2004, section 3.3), in antithetic pairs. In expectation a lower bound, which a few draws come close to where the posteriors
 * are near normal. Scores in (0, 1) and trials count as shares of right and wrong answers.
 *
 * @param items (a, d) of I items; @param abilities S posterior means and D × D covariances
 */
export function marginalLogLikelihood(
  matrix: Pick<ResponseMatrix, "scores" | "observed" | "trials">,
  items: ItemParameters,
  abilities: Abilities,
  latent: LatentNormal,
  seed = 1,
): number {
  const { dims, intercept } = items;
  const subjects = abilities.ability.length / dims;
  const cells = matrix.observed.reduce((sum, seen) => sum + seen, 0);
  const pairs = Math.ceil(Math.min(mostDraws, Math.max(fewestDraws, work / (cells * dims))) / 2);
  const prior = logDensity(latent);
  const normal = seededNormal(seededRandom(seed));
  const logs = new Float64Array(2 * pairs);
  const z = new Float64Array(dims);
  const theta = new Float64Array(dims);
  let total = 0;
  for (let s = 0; s < subjects; s++) {
    const row = { at: s * intercept.length, ...matrix };
    const mean = abilities.ability.subarray(s * dims, (s + 1) * dims);
    const factor = factorOf(abilities.covariance.subarray(s * dims * dims, (s + 1) * dims * dims), dims);
    const constant = (logDeterminant(factor, dims) + dims * Math.log(2 * Math.PI)) / 2;
    for (let k = 0; k < logs.length; k++) {
      for (let j = 0; j < dims; j++) z[j] = k % 2 === 0 ? normal() : -z[j];
      let square = 0;
      for (let j = 0; j < dims; j++) {
        square += z[j] * z[j];
        theta[j] = mean[j];
        for (let l = 0; l <= j; l++) theta[j] += factor[j * dims + l] * z[l];
      }
      const proposed = -square / 2 - constant;
      logs[k] = givenAbility(row, items, theta) + prior(theta, 0) - proposed;
    }
    total += logSumExp(logs) - Math.log(logs.length);
  }
  return total;
}

/** Cholesky factor of a covariance. */
function factorOf(covariance: Float64Array, dims: number): Float64Array {
  const factor = covariance.slice();
  // A posterior without spread in some direction proposes its mean there.
  for (let ridge = 1e-12; !cholesky(factor, dims); ridge *= 10) {
    factor.set(covariance);
    for (let j = 0; j < dims; j++) factor[j * dims + j] += ridge;
  }
  return factor;
}

function givenAbility(
  { at, scores, observed, trials }: Pick<ResponseMatrix, "scores" | "observed" | "trials"> & { at: number },
  { dims, discrimination, intercept }: ItemParameters,
  theta: Float64Array,
): number {
  let log = 0;
  for (let i = 0; i < intercept.length; i++) {
    if (!observed[at + i]) continue;
    let logit = intercept[i];
    for (let j = 0; j < dims; j++) logit += discrimination[i * dims + j] * theta[j];
    log += (trials?.[at + i] ?? 1) * (scores[at + i] * logit - softplus(logit));
  }
  return log;
}
