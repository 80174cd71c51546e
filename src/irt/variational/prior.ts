import type { Gaussians } from "../../kernels/index.ts";
import { cholesky, invertCholesky, logDeterminant } from "../../numerics/index.ts";
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
const pseudoItems = 2;

/** Which of the K coordinates of an item have a prior that is learned. */
export function learnedCoordinates({ learned }: VariationalPriors, size: number): number[] {
  if (learned === "none") return [];
  return learned === "all" ? Array.from({ length: size }, (_, k) => k) : [0, size - 1];
}

/** Least variance that the slopes of an extra dimension can be taught. */
const leastVariance = ({ extraVariance }: VariationalPriors): number => extraVariance / 2;

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

/** N(0, I) for the first K − 1 coordinates of the subjects. */
export function standardNormal(size: number): GaussianPrior {
  const precision = new Float64Array(size * size);
  for (let k = 0; k < size - 1; k++) precision[k * size + k] = 1;
  return { mean: new Float64Array(size), precision };
}
