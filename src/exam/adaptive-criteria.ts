import { type ItemParameters, logitAt, rightAt, slopeAt } from "../irt/index.ts";
import { cholesky } from "../numerics/index.ts";
import { informationWeight } from "./information-criterion.ts";

/** What the next question of an adaptive exam makes large. */
export const adaptiveCriteria = [
  "fisher",
  "kullback-leibler",
  "d-optimal",
  "posterior",
  "score",
  "random",
] as const;
export type AdaptiveCriterion = (typeof adaptiveCriteria)[number];

/** Where an exam stands: the normal posterior of the ability. */
export interface Standpoint {
  readonly ability: ArrayLike<number>;
  /** D × D. */
  readonly covariance: ArrayLike<number>;
}

/**
 * Worth of asking each item next, I numbers.
 *
 * fisher: trace of the information at the ability (Lord 1980; Hofmann et al. 2025 in one dimension). d-optimal: gain of
 * the posterior's log determinant, log(1 + w aᵀΣa) (Segall 1996). posterior: information averaged over the posterior
 * (van der Linden 1998). kullback-leibler: divergence between the answer's distributions at the ability and around it,
 * averaged over the posterior (Chang & Ying 1996; Veldkamp & van der Linden 2002). score: decrease of the variance of
 * the expected score g·θ, w (aᵀΣg)² / (1 + w aᵀΣa), with g the gradient of Σ weight · P.
 *
 * @param weights I weights of the score, for "score"; absent: all alike.
 */
export function questionWorth(
  items: ItemParameters,
  { ability, covariance }: Standpoint,
  criterion: Exclude<AdaptiveCriterion, "random">,
  weights?: Float64Array,
): Float64Array {
  const { dims, discrimination, intercept } = items;
  const n = intercept.length;
  const out = new Float64Array(n);
  const points =
    criterion === "posterior" || criterion === "kullback-leibler" ? around(ability, covariance, dims) : [];
  const gradient = criterion === "score" ? scoreGradient(items, ability, weights) : undefined;
  const along = new Float64Array(dims);
  if (gradient)
    for (let j = 0; j < dims; j++)
      for (let l = 0; l < dims; l++) along[j] += covariance[j * dims + l] * gradient[l];
  for (let i = 0; i < n; i++) {
    const row = i * dims;
    let spread = 0;
    let length = 0;
    let shared = 0;
    for (let j = 0; j < dims; j++) {
      const a = discrimination[row + j];
      length += a * a;
      shared += a * along[j];
      for (let l = 0; l < dims; l++) spread += a * covariance[j * dims + l] * discrimination[row + l];
    }
    if (criterion === "kullback-leibler") out[i] = divergence(items, i, ability, points);
    else if (criterion === "posterior") {
      for (const point of points) out[i] += (informationWeight(items, i, point) * spread) / points.length;
    } else {
      const w = informationWeight(items, i, ability);
      if (criterion === "fisher") out[i] = w * length;
      else if (criterion === "d-optimal") out[i] = Math.log1p(w * spread);
      else out[i] = (w * shared * shared) / (1 + w * spread);
    }
  }
  return out;
}

/** 2D + 1 points of equal weight with the posterior's mean and covariance (Julier & Uhlmann 1997, κ = ½). */
function around(ability: ArrayLike<number>, covariance: ArrayLike<number>, dims: number): Float64Array[] {
  const factor = Float64Array.from(covariance);
  cholesky(factor, dims);
  const centre = Float64Array.from(ability);
  const reach = Math.sqrt(dims + 0.5);
  const points = [centre];
  for (let j = 0; j < dims; j++)
    for (const sign of [-reach, reach])
      points.push(centre.map((x, l) => x + (l >= j ? sign * factor[l * dims + j] : 0)));
  return points;
}

function divergence(
  items: ItemParameters,
  i: number,
  ability: ArrayLike<number>,
  points: readonly Float64Array[],
): number {
  const p = inside(items, i, ability);
  let sum = 0;
  for (const point of points) {
    const q = inside(items, i, point);
    sum += p * Math.log(p / q) + (1 - p) * Math.log((1 - p) / (1 - q));
  }
  return sum / points.length;
}

/** P(right), so far from 0 and 1 that logarithms are finite. */
function inside(items: ItemParameters, i: number, ability: ArrayLike<number>): number {
  return Math.min(1 - 1e-12, Math.max(1e-12, rightAt(items, i, logitAt(items, i, ability))));
}

function scoreGradient(
  items: ItemParameters,
  ability: ArrayLike<number>,
  weights?: Float64Array,
): Float64Array {
  const { dims, discrimination, intercept } = items;
  const gradient = new Float64Array(dims);
  for (let i = 0; i < intercept.length; i++) {
    const rise = (weights?.[i] ?? 1) * slopeAt(items, i, inside(items, i, ability));
    for (let j = 0; j < dims; j++) gradient[j] += rise * discrimination[i * dims + j];
  }
  return gradient;
}
