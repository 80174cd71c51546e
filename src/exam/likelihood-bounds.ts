import { type ItemParameters, type SubjectAbility, slopeAt } from "../irt/index.ts";
import { normalQuantile } from "../numerics/index.ts";
import { parametersOfItems } from "./parameters-of-items.ts";
import { probabilities } from "./pirt.ts";
import type { Pool } from "./pool.ts";

/** Posterior standard deviations to look beyond an ability: P is 0 or 1 there for all that discriminates. */
const farthest = 25;
const halvings = 30;

/** K lowest and K highest scores. */
export interface ScoreBounds {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/**
 * The scores that the answers alone allow, whatever the distribution of ability in the pool: p-IRT at the ends of the
 * likelihood-ratio interval of the ability (Cox & Hinkley 1974, section 7.4), along the direction in which the posterior
 * and the score over all scenarios change together. Where all answers are right, no ability is too high.
 *
 * @param asked indices of the answered items, with their `scores`
 * @returns the bounds at a level; the maximum of the likelihood is found once
 */
export function likelihoodBounds(
  pool: Pool,
  asked: Uint32Array,
  scores: Float64Array,
  { ability, covariance }: SubjectAbility,
): (level: number) => ScoreBounds {
  const direction = steepest(pool, ability, covariance);
  const at = (step: number) => ability.map((x, j) => x + step * direction[j]);
  const own = parametersOfItems(pool.parameters, asked);
  const likelihood = (step: number) => logLikelihood(own, at(step), scores);
  const peak = maximum(likelihood);
  const most = likelihood(peak);
  const end = (sign: number, least: number): number => {
    let [inside, outside] = [peak, sign * farthest];
    if (likelihood(outside) >= least) return outside;
    for (let k = 0; k < halvings; k++) {
      const middle = (inside + outside) / 2;
      if (likelihood(middle) >= least) inside = middle;
      else outside = middle;
    }
    return inside;
  };
  const scoresAt = (step: number): Float64Array => {
    const p = probabilities(pool.parameters, at(step));
    asked.forEach((item, j) => {
      p[item] = scores[j];
    });
    return Float64Array.from(pool.scenarios, ({ items, weights }) =>
      items.reduce((sum, i, m) => sum + weights[m] * p[i], 0),
    );
  };
  return (level) => {
    const least = most - normalQuantile((1 + level) / 2) ** 2 / 2;
    const [below, above] = [scoresAt(end(-1, least)), scoresAt(end(1, least))];
    return { low: below, high: above };
  };
}

function logLikelihood(items: ItemParameters, ability: Float64Array, scores: Float64Array): number {
  return probabilities(items, ability).reduce((sum, p, j) => {
    const inside = Math.min(1 - 1e-15, Math.max(1e-15, p));
    return sum + scores[j] * Math.log(inside) + (1 - scores[j]) * Math.log(1 - inside);
  }, 0);
}

/** Σ g / √(gᵀ Σ g) with g the gradient of the score over all scenarios: one step is a posterior standard deviation. */
function steepest(
  { parameters, scenarios }: Pool,
  ability: Float64Array,
  covariance: Float64Array,
): Float64Array {
  const { dims, discrimination } = parameters;
  const { items, weights } = scenarios[scenarios.length - 1];
  const p = probabilities(parameters, ability);
  const gradient = new Float64Array(dims);
  items.forEach((i, m) => {
    const rise = weights[m] * slopeAt(parameters, i, p[i]);
    for (let j = 0; j < dims; j++) gradient[j] += rise * discrimination[i * dims + j];
  });
  const direction = new Float64Array(dims);
  let square = 0;
  for (let j = 0; j < dims; j++) {
    for (let l = 0; l < dims; l++) direction[j] += covariance[j * dims + l] * gradient[l];
    square += direction[j] * gradient[j];
  }
  return direction.map((x) => x / Math.sqrt(Math.max(1e-300, square)));
}

/** The maximum of a unimodal function within ± `farthest`, by golden sections. */
function maximum(f: (x: number) => number): number {
  const share = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [-farthest, farthest];
  for (let k = 0; k < halvings; k++) {
    const width = share * (high - low);
    if (f(high - width) >= f(low + width)) high = low + width;
    else low = high - width;
  }
  return (low + high) / 2;
}
