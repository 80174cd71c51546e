import { type Cells, type Gaussians, type SweepJob, sharedDoubles } from "../../kernels/index.ts";
import { cholesky, logDeterminant } from "../../numerics/index.ts";
import { type LatentNormal, standardNormal } from "../latent.ts";
import { expand } from "./expand.ts";
import type { GaussianPrior } from "./gaussian.ts";
import {
  abilityPrior,
  boundPrior,
  type ItemPrior,
  learnLatent,
  learnPrior,
  precisionOf,
  type VariationalPriors,
} from "./prior.ts";
import type { Posteriors } from "./start.ts";

/**
 * How the expected log-likelihood of a response is bounded. "polya-gamma": Jaakkola & Jordan's (2000) bound, the
 * Pólya-Gamma augmentation of Polson, Scott & Windle (2013), closed form and monotone. "gaussian": the expectation itself
 * under the Gaussian posterior of the logit (Opper & Archambeau 2009) by quadrature: tighter, so that slopes shrink less
 * and posterior variances are closer to the truth.
 */
export type Expectation = "polya-gamma" | "gaussian";

/** The responses from both sides. */
export interface Responses {
  readonly bySubject: Cells;
  readonly byItem: Cells;
  /** Σ trials. */
  readonly trials: number;
}

/** How an iteration ended. */
export interface Run {
  /** Evidence lower bound at the last iteration that computed it. */
  readonly elbo: number;
  readonly iterations: number;
  readonly converged: boolean;
}

/** What an iteration hands to the next beside the posteriors and the prior. */
export interface Progress extends Pick<Run, "iterations" | "elbo"> {
  /** Whether the bound has fallen so far that the updates must have overshot. */
  readonly overshot: boolean;
}

/** A computation that hands out its sweeps to whoever drives it, on this thread or on several. */
export type Sweeping<T> = Generator<SweepJob, T, void>;

/** Sides of the responses as the sweeps number them: rows are subjects, or items. */
const subjectSide = 0;
const itemSide = 1;

/** Runs a computation on this thread. */
export function drive<T>(work: Sweeping<T>, run: (job: SweepJob) => void): T {
  for (;;) {
    const next = work.next();
    if (next.done) return next.value;
    run(next.value);
  }
}

/** The update of all items given the subjects, or of all subjects given the items. */
export function sweepJob(
  { subjects, items }: Posteriors,
  rows: "subjects" | "items",
  prior: GaussianPrior,
  expectation: Expectation,
  bound: boolean,
): SweepJob {
  const target = rows === "subjects" ? subjects : items;
  return {
    side: rows === "subjects" ? subjectSide : itemSide,
    target,
    source: rows === "subjects" ? items : subjects,
    priorMean: prior.mean,
    priorPrecision: prior.precision,
    fixed: rows === "subjects",
    tight: expectation === "gaussian",
    bound,
    expected: sharedDoubles(target.rows),
    logDeterminants: sharedDoubles(target.rows),
  };
}

/** The bound is computed, and convergence judged, every so many iterations. */
const every = 5;

/**
 * Fall of the bound a trial after which the updates go on under the Pólya-Gamma bound, which cannot fall: those under the
 * Gaussian expectation are Newton steps, which overshoot where the data are separable and the prior learned is wide.
 */
const deepFall = 0.1;

/**
 * Alternates the updates of all items and all subjects, in place, until the evidence lower bound gains less than
 * `tolerance` a trial in an iteration. Where the prior is learned, it moves to the abilities' own scale on the way.
 */
export function* iterate(
  trials: number,
  posteriors: Posteriors,
  prior: ItemPrior,
  priors: VariationalPriors,
  expectation: Expectation,
  maxIterations: number,
  tolerance: number,
  options: {
    /** Puts back the items that are known, after each sweep; the scale is then theirs. */
    readonly hold?: (items: Gaussians) => void;
    /** Distribution of ability, N(0, I) unless told, learned in place together with the weight that the given one keeps. */
    readonly latent?: { readonly learned: LatentNormal; readonly given: LatentNormal };
    /** Whether the dimensions have found their items, so that the scale may be let go at once. */
    readonly settled?: boolean;
    readonly onIteration?: (iteration: number) => void;
    /** Told after each iteration, when all that it changes is changed. */
    readonly onCheckpoint?: (state: Progress) => void;
    /** What `onCheckpoint` was told, to go on from with the posteriors and the prior of then. */
    readonly from?: Progress;
  } = {},
): Sweeping<Run> {
  const { subjects, items } = posteriors;
  const { size } = items;
  const { latent } = options;
  let { elbo, iterations, overshot } = options.from ?? {
    elbo: Number.NEGATIVE_INFINITY,
    iterations: 0,
    overshot: false,
  };
  let converged = false;
  const expanding = !options.hold && priors.learned === "all";
  const held = options.settled ? 0 : beforeExpanding;
  while (iterations < maxIterations && !converged) {
    iterations++;
    const judged = iterations % every === 0 || iterations === maxIterations;
    const given = precisionOf(prior);
    const population = abilityPrior(latent?.learned ?? standardNormal(size - 1));
    const bound = overshot ? "polya-gamma" : expectation;
    const forItems = sweepJob(posteriors, "items", given.prior, bound, false);
    yield forItems;
    if (priors.learned === "all" && !overshot) overshot = reined(items, prior);
    options.hold?.(items);
    const itemDivergence = judged
      ? divergence(items, given.prior, size) -
        (given.logDeterminant * items.rows + sum(forItems.logDeterminants)) / 2
      : 0;
    const abilityDivergence = judged
      ? divergence(subjects, population.prior, size - 1) -
        (population.logDeterminant * subjects.rows + logDeterminants(subjects)) / 2
      : 0;
    learnPrior(prior, items, priors);
    const forSubjects = sweepJob(posteriors, "subjects", population.prior, bound, judged);
    yield forSubjects;
    if (latent) learnLatent(latent.learned, subjects, latent.given);
    if (judged) {
      const next = sum(forSubjects.expected) - itemDivergence - abilityDivergence;
      const still = Math.abs(next - elbo) < every * tolerance * trials;
      converged = still && !(expanding && iterations <= held + every);
      overshot ||= !(next >= elbo - deepFall * trials);
      elbo = next;
    }
    options.onIteration?.(iterations);
    if (expanding && iterations > held && (judged || items.rows < 4000)) {
      expand(posteriors, prior, options.settled ? priors : undefined);
      boundPrior(prior, priors);
    }
    if (!converged) options.onCheckpoint?.({ iterations, elbo, overshot });
  }
  return { elbo, iterations, converged };
}

/** Slopes and intercepts beyond which an update must have overshot: no response tells such numbers apart. */
const beyondSense = 40;

/** Puts items beyond sense back to their prior, in place; whether there were any. */
function reined({ rows, size, mean, covariance }: Gaussians, prior: ItemPrior): boolean {
  let any = false;
  for (let r = 0; r < rows; r++) {
    if (mean.subarray(r * size, (r + 1) * size).every((value) => Math.abs(value) <= beyondSense)) continue;
    any = true;
    mean.set(prior.mean, r * size);
    covariance.set(prior.covariance, r * size * size);
  }
  return any;
}

/** Iterations before the scale is let go: moving it at once prunes dimensions that have not found their items. */
const beforeExpanding = 20;

const sum = (values: Float64Array): number => values.reduce((total, x) => total + x, 0);

/** Σ log |covariance| over the rows of the subjects, without their constant. */
function logDeterminants({ rows, size, covariance }: Gaussians): number {
  const free = size - 1;
  const block = new Float64Array(free * free);
  let total = 0;
  for (let r = 0; r < rows; r++) {
    for (let k = 0; k < free; k++)
      for (let l = 0; l < free; l++) block[k * free + l] = covariance[(r * size + k) * size + l];
    total += cholesky(block, free) ? logDeterminant(block, free) : Number.NEGATIVE_INFINITY;
  }
  return total;
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
