import { InputError } from "../input-error.ts";
import { cholesky, invertCholesky, logistic, softplus, solveCholesky } from "../numerics/index.ts";
import { logitAt } from "./curve.ts";
import type { ItemParameters } from "./parameters.ts";

/** Scored answers of one subject: `scores[j]` in [0, 1] to the item with index `items[j]`. */
export interface SubjectResponses {
  readonly items: ArrayLike<number>;
  readonly scores: ArrayLike<number>;
  /** Trials behind each score (mean of n samples, k of n); absent: 1 each. */
  readonly trials?: ArrayLike<number>;
}

/** Normal prior of the ability; absent parts are those of N(0, I). */
export interface AbilityPrior {
  /** D prior means. */
  readonly mean?: ArrayLike<number>;
  /** D × D prior covariance. */
  readonly covariance?: ArrayLike<number>;
}

/** Ability of one subject with its uncertainty. */
export interface SubjectAbility {
  /** D coordinates. */
  readonly ability: Float64Array;
  /** D × D posterior covariance; square roots of its diagonal are the standard errors. */
  readonly covariance: Float64Array;
  /** Σ log P(response) at the estimate, without the prior. */
  readonly logLikelihood: number;
  readonly converged: boolean;
}

/**
 * Maximum a posteriori ability of one subject given known items (1PL to 4PL, any number of dimensions), by Fisher
 * scoring with step halving; the covariance is the inverse of information plus prior precision (Segall 1996, equations
 * 8 and 15). Without responses it returns the prior.
 *
 * @throws InputError for an item outside the bank, a score outside [0, 1] or an ordered family.
 */
export function estimateAbility(
  items: ItemParameters,
  responses: SubjectResponses,
  prior: AbilityPrior = {},
): SubjectAbility {
  const { dims, discrimination } = items;
  checkResponses(items, responses);
  const count = responses.items.length;
  const mean = Float64Array.from({ length: dims }, (_, k) => prior.mean?.[k] ?? 0);
  const precision = priorPrecision(dims, prior);
  const gradient = new Float64Array(dims);
  const information = new Float64Array(dims * dims);
  const cell = { logLikelihood: 0, pull: 0, weight: 0 };

  /** Log-posterior up to a constant; with `derivatives`, fills gradient and expected information. */
  const evaluate = (
    ability: Float64Array,
    derivatives: boolean,
  ): { posterior: number; likelihood: number } => {
    if (derivatives) {
      gradient.fill(0);
      information.set(precision);
    }
    let likelihood = 0;
    for (let j = 0; j < count; j++) {
      const item = responses.items[j];
      const at = item * dims;
      const z = logitAt(items, item, ability);
      response(items, item, z, responses.scores[j], responses.trials?.[j] ?? 1, cell);
      likelihood += cell.logLikelihood;
      if (!derivatives) continue;
      for (let k = 0; k < dims; k++) {
        const a = discrimination[at + k];
        gradient[k] += cell.pull * a;
        const scaled = cell.weight * a;
        for (let l = 0; l <= k; l++) information[k * dims + l] += scaled * discrimination[at + l];
      }
    }
    let penalty = 0;
    for (let k = 0; k < dims; k++) {
      let sum = 0;
      for (let l = 0; l < dims; l++) sum += precision[k * dims + l] * (ability[l] - mean[l]);
      penalty += (sum * (ability[k] - mean[k])) / 2;
      if (derivatives) gradient[k] -= sum;
    }
    return { posterior: likelihood - penalty, likelihood };
  };

  let ability = mean.slice();
  let value = evaluate(ability, true);
  let converged = count === 0;
  for (let iteration = 0; iteration < 100 && !converged; iteration++) {
    if (!cholesky(information, dims)) break;
    const step = solveCholesky(information, dims, gradient.slice());
    let slope = 0;
    for (let k = 0; k < dims; k++) slope += step[k] * gradient[k];
    // The expected gain is slope / 2: what is left to win is below what the log-likelihood can resolve.
    converged = slope < 1e-12 * (1 + Math.abs(value.posterior));
    for (let scale = 1; ; scale /= 2) {
      const next = ability.map((x, k) => x + scale * step[k]);
      const reached = evaluate(next, false);
      if (reached.posterior >= value.posterior + 1e-4 * scale * slope || scale < 1e-8) {
        if (reached.posterior >= value.posterior) {
          ability = next;
          value = reached;
        }
        break;
      }
    }
    value = evaluate(ability, true);
  }
  for (let k = 0; k < dims; k++)
    for (let l = 0; l < k; l++) information[l * dims + k] = information[k * dims + l];
  cholesky(information, dims);
  return {
    ability,
    covariance: invertCholesky(information, dims),
    logLikelihood: value.likelihood,
    converged,
  };
}

/** Log-likelihood of n trials with mean score y at logit z, its derivative by z and the expected information. */
function response(
  { guessing, upper }: ItemParameters,
  item: number,
  z: number,
  y: number,
  n: number,
  out: { logLikelihood: number; pull: number; weight: number },
): void {
  if (!guessing && !upper) {
    const p = logistic(z);
    out.logLikelihood = n * (y * z - softplus(z));
    out.pull = n * (y - p);
    out.weight = n * p * (1 - p);
    return;
  }
  const low = guessing?.[item] ?? 0;
  const high = upper?.[item] ?? 1;
  const share = logistic(z);
  const p = low + (high - low) * share;
  const slope = (high - low) * share * (1 - share);
  const variance = Math.max(p * (1 - p), 1e-300);
  out.logLikelihood = n * ((y > 0 ? y * Math.log(p) : 0) + (y < 1 ? (1 - y) * Math.log1p(-p) : 0));
  out.pull = (n * (y - p) * slope) / variance;
  out.weight = (n * slope * slope) / variance;
}

function priorPrecision(dims: number, { covariance }: AbilityPrior): Float64Array {
  const matrix = new Float64Array(dims * dims);
  for (let k = 0; k < dims; k++) matrix[k * dims + k] = 1;
  if (!covariance) return matrix;
  matrix.set(covariance);
  if (!cholesky(matrix, dims))
    throw new InputError("the prior covariance of the ability is not positive definite");
  return invertCholesky(matrix, dims);
}

function checkResponses(items: ItemParameters, { items: asked, scores, trials }: SubjectResponses): void {
  if (items.family === "graded" || items.family === "gpcm")
    throw new InputError(`abilities from ${items.family} items are estimated by their own likelihood`);
  if (scores.length !== asked.length || (trials && trials.length !== asked.length))
    throw new InputError("items, scores and trials of a subject differ in number", {
      found: `${asked.length} items, ${scores.length} scores`,
    });
  for (let j = 0; j < asked.length; j++) {
    if (!(asked[j] >= 0 && asked[j] < items.intercept.length && Number.isInteger(asked[j])))
      throw new InputError("no such item", { at: `response ${j}`, found: String(asked[j]) });
    if (!(scores[j] >= 0 && scores[j] <= 1))
      throw new InputError("a score lies outside the model's range", {
        at: `response ${j}`,
        found: String(scores[j]),
        expected: "0 to 1",
      });
  }
}
