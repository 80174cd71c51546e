import { logistic } from "../numerics/index.ts";

/** What is known of an item's (a₁ … a_D, d), as a normal distribution. */
export interface UncertainItem {
  readonly mean: ArrayLike<number>;
  /** Row by row, `width` numbers a row; further parameters may follow the first D + 1. */
  readonly covariance: ArrayLike<number>;
  readonly width: number;
}

/** What is known of an ability, as a normal distribution. */
export interface UncertainAbility {
  readonly mean: ArrayLike<number>;
  /** D × D. */
  readonly covariance: ArrayLike<number>;
}

// What an engine could not tell (NaN, Infinity) is left out rather than drowning the rest.
const known = (v: number): number => (Number.isFinite(v) ? v : 0);

/** Mean and variance of the logit a·θ + d, with θ independent of (a, d). */
export function logitMoments(
  item: UncertainItem,
  ability: UncertainAbility,
): { mean: number; variance: number } {
  const dims = ability.mean.length;
  let mean = 0;
  let variance = 0;
  for (let j = 0; j <= dims; j++) {
    const theta = j < dims ? ability.mean[j] : 1;
    mean += item.mean[j] * theta;
    for (let k = 0; k <= dims; k++) {
      const ofItem = known(item.covariance[j * item.width + k]);
      variance += ofItem * theta * (k < dims ? ability.mean[k] : 1);
      if (j < dims && k < dims)
        variance += known(ability.covariance[j * dims + k]) * (item.mean[j] * item.mean[k] + ofItem);
    }
  }
  return { mean, variance: Math.max(0, variance) };
}

/** Nodes and weights of a quadrature over N(0, 1). */
interface Rule {
  readonly nodes: ArrayLike<number>;
  readonly weights: ArrayLike<number>;
}

/** E logistic(z) of a normal logit z: P(right) averaged over what is unknown, by Gauss–Hermite quadrature. */
export function expectedLogistic(
  { mean, variance }: { readonly mean: number; readonly variance: number },
  { nodes, weights }: Rule,
): number {
  const deviation = Math.sqrt(variance);
  let p = 0;
  for (let q = 0; q < nodes.length; q++) p += weights[q] * logistic(mean + deviation * nodes[q]);
  return p;
}
