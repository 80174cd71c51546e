import type { GaussianPrior, Gaussians } from "./gaussian.ts";
import { type ItemPrior, learnPrior, precisionOf, standardNormal, type VariationalPriors } from "./prior.ts";
import type { Posteriors } from "./start.ts";
import { type Cells, type Expectation, sweep } from "./sweep.ts";

/** The responses from both sides. */
export interface Responses {
  readonly bySubject: Cells;
  readonly byItem: Cells;
  /** Σ trials. */
  readonly trials: number;
}

/** How an iteration ended. */
export interface Run {
  /** Evidence lower bound of the last iteration. */
  readonly elbo: number;
  readonly iterations: number;
  readonly converged: boolean;
}

/**
 * Alternates the closed-form updates of all items and all subjects, in place, until the evidence lower bound gains
 * less than `tolerance` a trial.
 */
export function iterate(
  { bySubject, byItem, trials }: Responses,
  { subjects, items }: Posteriors,
  prior: ItemPrior,
  priors: VariationalPriors,
  expectation: Expectation,
  maxIterations: number,
  tolerance: number,
): Run {
  const { size } = items;
  const abilityPrior = standardNormal(size);
  let elbo = Number.NEGATIVE_INFINITY;
  // Σ log |covariance| of the abilities, known once they were updated here.
  let abilityLogDeterminant = Number.NEGATIVE_INFINITY;
  let iterations = 0;
  let converged = false;
  while (iterations < maxIterations && !converged) {
    iterations++;
    const given = precisionOf(prior);
    const forItems = sweep(byItem, items, subjects, given.prior, false, expectation);
    const itemDivergence =
      divergence(items, given.prior, size) -
      (given.logDeterminant * items.rows + forItems.logDeterminant) / 2;
    const abilitiesBefore = divergence(subjects, abilityPrior, size - 1);
    learnPrior(prior, items, priors);
    const forSubjects = sweep(bySubject, subjects, items, abilityPrior, true, expectation);
    const next =
      forSubjects.expectedLogLikelihood - itemDivergence - abilitiesBefore + abilityLogDeterminant / 2;
    abilityLogDeterminant = forSubjects.logDeterminant;
    converged = Math.abs(next - elbo) < tolerance * trials;
    elbo = next;
  }
  return { elbo, iterations, converged };
}

/** Σ_r ½[tr P(Σ_r + (μ_r − μ)(μ_r − μ)ᵀ) − K], the divergence from the prior without its log-determinants. */
function divergence({ rows, size, mean, covariance }: Gaussians, prior: GaussianPrior, free: number): number {
  let total = -rows * free;
  for (let r = 0; r < rows; r++)
    for (let i = 0; i < free; i++) {
      const di = mean[r * size + i] - prior.mean[i];
      for (let j = 0; j < free; j++) {
        const p = prior.precision[i * size + j];
        if (p !== 0)
          total += p * (covariance[(r * size + i) * size + j] + di * (mean[r * size + j] - prior.mean[j]));
      }
    }
  return total / 2;
}
