import type { Gaussians } from "../../kernels/index.ts";
import { cholesky, invertCholesky, logDeterminant } from "../../numerics/index.ts";
import type { LatentNormal } from "../latent.ts";
import type { GaussianPrior } from "./gaussian.ts";

/**
 * Normal prior of the item parameters (a₁ … a_D, d); abilities have N(0, I), which fixes the scale. Slopes of the
 * first dimension may have a mean (a better model is more often right on most items); later dimensions have mean 0.
 */
export interface VariationalPriors {
  readonly slopeMean: number;
  readonly slopeVariance: number;
  /** Variance of the slopes of every dimension after the first. */
  readonly extraVariance: number;
  readonly interceptMean: number;
  readonly interceptVariance: number;
  /**
   * What empirical Bayes replaces during calibration: "none"; "first": means and covariance of (a₁, d); "all": those
   * of every slope too, where an extra dimension's variance stays above a floor of half the given one: factorised
   * posteriors prune what few subjects support (Beal 2003, §4.3), and what is pruned foretells nothing.
   */
  readonly learned: "none" | "first" | "all";
}

/** Priors unless told. */
export const hierarchical: VariationalPriors = {
  slopeMean: 1,
  slopeVariance: 2,
  extraVariance: 0.5,
  interceptMean: 0,
  interceptVariance: 4,
  learned: "all",
};

/**
 * Priors of a saturated model (D ≥ S): weak, standard deviations of 7 to 10 logits, with a general factor, so that what
 * the data leave open leans towards the better subject.
 */
export const weak: VariationalPriors = {
  slopeMean: 5,
  slopeVariance: 100,
  extraVariance: 50,
  interceptMean: 0,
  interceptVariance: 100,
  learned: "none",
};

/** Mean (K) and covariance (K × K) of the items' normal prior, as it stands during calibration. */
export interface ItemPrior {
  readonly mean: Float64Array;
  readonly covariance: Float64Array;
}

/** The given prior of `dims` dimensions, before anything is learned. */
export function itemPrior(priors: VariationalPriors, dims: number): ItemPrior {
  const size = dims + 1;
  const mean = new Float64Array(size);
  const covariance = new Float64Array(size * size);
  mean[0] = priors.slopeMean;
  mean[dims] = priors.interceptMean;
  for (let k = 0; k < dims; k++)
    covariance[k * size + k] = k === 0 ? priors.slopeVariance : priors.extraVariance;
  covariance[size * size - 1] = priors.interceptVariance;
  return { mean, covariance };
}

/** The same prior with one more dimension, before the intercept. */
export function extendPrior(prior: ItemPrior, extraVariance: number): ItemPrior {
  const old = prior.mean.length;
  const size = old + 1;
  const to = (k: number) => (k === old - 1 ? size - 1 : k);
  const mean = new Float64Array(size);
  const covariance = new Float64Array(size * size);
  for (let k = 0; k < old; k++) {
    mean[to(k)] = prior.mean[k];
    for (let l = 0; l < old; l++) covariance[to(k) * size + to(l)] = prior.covariance[k * old + l];
  }
  covariance[(old - 1) * size + old - 1] = extraVariance;
  return { mean, covariance };
}

/** Weight of the given prior in what is learned, in items. */
export const pseudoItems = 2;

/** Which of the K coordinates of an item have a prior that is learned. */
export function learnedCoordinates({ learned }: VariationalPriors, size: number): number[] {
  if (learned === "none") return [];
  return learned === "all" ? Array.from({ length: size }, (_, k) => k) : [0, size - 1];
}

/** Least variance that the slopes of an extra dimension can be taught. */
const leastVariance = ({ extraVariance }: VariationalPriors): number => extraVariance / 2;

/**
 * Greatest variance that can be taught, in given ones, and furthest mean from the given one, in given standard deviations: slopes of
 * 3.8 ± 4, intercepts of 4 ± 5.7. Equal columns or separable ones would drive slopes, and a prior that follows them, beyond all
 * bounds.
 */
const mostVariances = 8;
const furthestMean = 2;

/** Whether the variance of coordinate k is held at its floor rather than learned. */
export function atFloor(prior: ItemPrior, priors: VariationalPriors, k: number): boolean {
  const size = prior.mean.length;
  return k > 0 && k < size - 1 && prior.covariance[k * size + k] <= leastVariance(priors);
}

/**
 * Empirical Bayes: moves the prior in place to the mean and covariance of the items' posteriors, with some
 * weight held by the given prior so that few items cannot collapse it.
 */
export function learnPrior(prior: ItemPrior, items: Gaussians, priors: VariationalPriors): void {
  const { rows, size, mean, covariance } = items;
  const which = learnedCoordinates(priors, size);
  const given = itemPrior(priors, size - 1);
  for (const k of which) {
    let sum = pseudoItems * given.mean[k];
    for (let r = 0; r < rows; r++) sum += mean[r * size + k];
    prior.mean[k] = sum / (rows + pseudoItems);
  }
  for (const k of which)
    for (const l of which) {
      let sum = pseudoItems * given.covariance[k * size + l];
      for (let r = 0; r < rows; r++)
        sum +=
          covariance[(r * size + k) * size + l] +
          (mean[r * size + k] - prior.mean[k]) * (mean[r * size + l] - prior.mean[l]);
      prior.covariance[k * size + l] = sum / (rows + pseudoItems);
    }
  for (const k of which)
    if (atFloor(prior, priors, k)) prior.covariance[k * size + k] = leastVariance(priors);
  boundPrior(prior, priors);
}

/** Keeps in place what is learned within bounds. */
export function boundPrior(prior: ItemPrior, priors: VariationalPriors): void {
  const size = prior.mean.length;
  const given = itemPrior(priors, size - 1);
  for (const k of learnedCoordinates(priors, size)) {
    const variance = given.covariance[k * size + k];
    const most = furthestMean * Math.sqrt(variance);
    prior.mean[k] = Math.min(given.mean[k] + most, Math.max(given.mean[k] - most, prior.mean[k]));
    const excess = prior.covariance[k * size + k] / (mostVariances * variance);
    if (excess > 1)
      for (let l = 0; l < size; l++) {
        prior.covariance[k * size + l] /= Math.sqrt(excess);
        prior.covariance[l * size + k] /= Math.sqrt(excess);
      }
  }
}

/** Prior precision of the items and log |precision|. */
export function precisionOf(prior: ItemPrior): { prior: GaussianPrior; logDeterminant: number } {
  const size = prior.mean.length;
  const factor = prior.covariance.slice();
  cholesky(factor, size);
  return {
    prior: { mean: prior.mean.slice(), precision: invertCholesky(factor, size) },
    logDeterminant: -logDeterminant(factor, size),
  };
}

/** Weight of the given distribution in the one learned of new subjects, in subjects. */
const pseudoSubjects = 2;

/** Moves the distribution of ability in place to that of the subjects' posteriors, some weight held by the `given` one. */
export function learnLatent(
  latent: LatentNormal,
  { rows, size, mean, covariance }: Gaussians,
  given: LatentNormal,
): void {
  const dims = size - 1;
  const total = rows + pseudoSubjects;
  for (let k = 0; k < dims; k++) {
    let sum = pseudoSubjects * given.mean[k];
    for (let r = 0; r < rows; r++) sum += mean[r * size + k];
    latent.mean[k] = sum / total;
  }
  const off = (values: Float64Array, at: number, k: number) => values[at + k] - latent.mean[k];
  for (let k = 0; k < dims; k++)
    for (let l = 0; l < dims; l++) {
      let sum =
        pseudoSubjects * (given.covariance[k * dims + l] + off(given.mean, 0, k) * off(given.mean, 0, l));
      for (let r = 0; r < rows; r++)
        sum += covariance[(r * size + k) * size + l] + off(mean, r * size, k) * off(mean, r * size, l);
      latent.covariance[k * dims + l] = sum / total;
    }
}

/** Prior of the subjects' rows, whose last coordinate is constant, and log |precision|. */
export function abilityPrior({ mean, covariance }: LatentNormal): {
  prior: GaussianPrior;
  logDeterminant: number;
} {
  const dims = mean.length;
  const size = dims + 1;
  const { prior, logDeterminant } = precisionOf({ mean, covariance });
  const precision = new Float64Array(size * size);
  for (let k = 0; k < dims; k++)
    for (let l = 0; l < dims; l++) precision[k * size + l] = prior.precision[k * dims + l];
  return { prior: { mean: Float64Array.of(...mean, 0), precision }, logDeterminant };
}
