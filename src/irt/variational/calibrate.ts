import { InputError } from "../../input-error.ts";
import { type Gaussians, startSweepThreads, sweepHere } from "../../kernels/index.ts";
import { softplus } from "../../numerics/index.ts";
import type { ResponseMatrix } from "../../responses/index.ts";
import type { Abilities, ItemParameters } from "../parameters.ts";
import { canonicalOrder, type Order, reorder, restore } from "./canonical-order.ts";
import { cellsBySubject, transpose } from "./cells.ts";
import { startOf, takeCheckpoint, type VariationalCheckpoint } from "./checkpoint.ts";
import { drive, type Expectation, iterate, type Progress, type Responses, type Sweeping } from "./em.ts";
import { zeroGaussians } from "./gaussian.ts";
import { identify } from "./identify.ts";
import { jointCovariance } from "./joint-covariance.ts";
import { itemPrior, type VariationalPriors } from "./prior.ts";
import { calibrateSaturated } from "./saturated.ts";
import type { Posteriors } from "./start.ts";
import { findStart, type Start } from "./warm-start.ts";

export interface VariationalOptions {
  /** Number of latent dimensions D (1 by default). From the number of subjects on, the model is saturated. */
  readonly dims?: number;
  /** Seed of the frame that a saturated solution is placed in; nothing else is random. */
  readonly seed?: number;
  /** Whether a saturated model's item covariances are wanted (by default): they are large, and slow beside the rest. */
  readonly covariances?: boolean;
  /**
   * "joint" by default: covariances that include what each side's uncertainty does to the other, from the joint information
   * matrix, where that is not too large. "conditional": those of the variational posterior, given the other side; too
   * narrow, but faster, and enough to compare models by their predictions.
   */
  readonly standardErrors?: "joint" | "conditional";
  /**
   * Known items (indices, and parameters one after another) to calibrate the others onto: they stay as they are, the scale
   * is theirs, and the prior of the new items is learned from both.
   */
  readonly fixed?: {
    readonly items: ArrayLike<number>;
    readonly parameters: ItemParameters;
    /** Of each known item, (D + 1) × (D + 1); absent: known exactly. */
    readonly covariance?: Float64Array;
  };
  readonly priors?: Partial<VariationalPriors>;
  /** Told after each iteration to convergence. */
  readonly onIteration?: (iteration: number) => void;
  /** Offered the state after each iteration to convergence, to be kept where a run may be interrupted. */
  readonly onCheckpoint?: (take: () => VariationalCheckpoint) => void;
  /** State of an interrupted run with the same data and options: the result is that of a whole one, bit for bit. */
  readonly from?: VariationalCheckpoint;
  /** "gaussian" by default: see {@link Expectation}. */
  readonly expectation?: Expectation;
  readonly maxIterations?: number;
  /** Gain of the evidence lower bound a trial below which calibration has converged. */
  readonly tolerance?: number;
}

/** A calibrated multidimensional 2PL, logit = a·θ + d, as plain data. */
export interface VariationalCalibration {
  readonly items: ItemParameters;
  /** I × (D + 1) × (D + 1) posterior covariances of (a₁ … a_D, d), item by item. */
  readonly itemCovariance: Float64Array;
  readonly abilities: Abilities;
  /** The priors as given or by default. */
  readonly priors: VariationalPriors;
  readonly seed: number;
  readonly elbo: number;
  /** Σ log P(response) at the point estimates. */
  readonly logLikelihood: number;
  readonly iterations: number;
  readonly converged: boolean;
}

const hierarchical: VariationalPriors = {
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
const weak: VariationalPriors = {
  slopeMean: 5,
  slopeVariance: 100,
  extraVariance: 50,
  interceptMean: 0,
  interceptVariance: 100,
  learned: "none",
};

/**
 * Calibrates a multidimensional 2PL by variational EM: Gaussian posteriors with full covariance for every ability
 * and every item's (a, d), closed-form updates through Pólya-Gamma augmentation (Jaakkola & Jordan 2000; Polson,
 * Scott & Windle 2013; Cho et al. 2021), then, by default, updates under the exact Gaussian expectation of the
 * log-likelihood, which shrink less. Missing responses are left out (missing at random); scores in [0, 1] and binomial
 * counts count as trials. New dimensions start from singular vectors of the standardised residuals. The same data and
 * options give the same numbers, bit for bit, in whatever order its rows and columns stand.
 *
 * @throws InputError for no subject or item, a score outside [0, 1], or a number of dimensions that is not a positive
 * integer.
 */
export function calibrateVariational(
  matrix: ResponseMatrix,
  options: VariationalOptions = {},
): VariationalCalibration {
  const { order, ...responses } = bothSides(matrix, options);
  const run = sweepHere([responses.bySubject, responses.byItem]);
  return asGiven(drive(calibration(responses, options), run), order);
}

/**
 * {@link calibrateVariational} on several threads, with the same result bit for bit; on this thread alone where the
 * host has no workers or shared memory.
 */
export async function calibrateVariationalInThreads(
  matrix: ResponseMatrix,
  options: VariationalOptions & { readonly threads: number },
): Promise<VariationalCalibration> {
  const { order, ...responses } = bothSides(matrix, options);
  const sides = [responses.bySubject, responses.byItem] as const;
  const threads = options.threads > 1 ? await startSweepThreads(sides, options.threads) : undefined;
  if (!threads) return asGiven(drive(calibration(responses, options), sweepHere(sides)), order);
  try {
    const work = calibration(responses, options);
    for (;;) {
      const next = work.next();
      if (next.done) return asGiven(next.value, order);
      await threads.run(next.value);
    }
  } finally {
    threads.stop();
  }
}

/** The responses in their canonical order; as they stand where some items are known by their place. */
function bothSides(
  matrix: ResponseMatrix,
  { dims = 1, fixed }: VariationalOptions,
): Responses & { order?: Order } {
  check(matrix, fixed?.parameters.dims ?? dims);
  const given = cellsBySubject(matrix);
  const order = fixed ? undefined : canonicalOrder(given);
  const bySubject = order ? reorder(given, order) : given;
  let trials = 0;
  for (const n of bySubject.trials) trials += n;
  return { bySubject, byItem: transpose(bySubject), trials, ...(order && { order }) };
}

/** A calibration in canonical order as one in the order of the matrix. */
function asGiven(found: VariationalCalibration, order: Order | undefined): VariationalCalibration {
  if (!order) return found;
  const { items, itemCovariance, abilities } = found;
  return {
    ...found,
    items: {
      ...items,
      discrimination: restore(items.discrimination, order.columns),
      intercept: restore(items.intercept, order.columns),
    },
    itemCovariance: restore(itemCovariance, order.columns),
    abilities: {
      ...abilities,
      ability: restore(abilities.ability, order.rows),
      covariance: restore(abilities.covariance, order.rows),
    },
  };
}

function* calibration(responses: Responses, options: VariationalOptions): Sweeping<VariationalCalibration> {
  const { dims = 1, seed = 1, expectation = "gaussian", maxIterations = 300, tolerance = 1e-6 } = options;
  const { bySubject, trials } = responses;
  if (options.fixed) return yield* onto(responses, options.fixed, options);
  if (dims >= bySubject.rows && dims > 1) {
    const priors = { ...weak, ...options.priors };
    const { covariances = true } = options;
    const { posteriors, run } = yield* calibrateSaturated(responses, dims, priors, seed, covariances);
    return { ...asPlainData(responses, posteriors), priors, seed, ...run };
  }
  const priors = { ...hierarchical, ...options.priors };
  const start = options.from
    ? startOf(options.from)
    : yield* findStart(responses, dims, priors, expectation, tolerance);
  const { posteriors, prior } = start;
  const run = yield* iterate(
    ...([trials, posteriors, prior, priors, expectation, maxIterations, tolerance] as const),
    following(start, options),
  );
  const iterations = start.iterations + run.iterations;
  if (options.standardErrors !== "conditional")
    jointCovariance(responses.bySubject, posteriors, prior, priors);
  return { ...asPlainData(responses, identify(posteriors)), priors, seed, ...run, iterations };
}

/** New items, and abilities of all subjects, on the scale of known items. */
function* onto(
  responses: Responses,
  fixed: NonNullable<VariationalOptions["fixed"]>,
  options: VariationalOptions,
): Sweeping<VariationalCalibration> {
  const { seed = 1, expectation = "gaussian", maxIterations = 300, tolerance = 1e-6 } = options;
  const { bySubject, byItem, trials } = responses;
  const { dims, discrimination, intercept } = fixed.parameters;
  const size = dims + 1;
  const priors = { ...hierarchical, ...options.priors };
  const prior = itemPrior(priors, dims);
  const subjects = zeroGaussians(bySubject.rows, size);
  const items = zeroGaussians(byItem.rows, size);
  const hold = ({ mean, covariance }: Gaussians) => {
    for (let j = 0; j < fixed.items.length; j++) {
      const i = fixed.items[j];
      mean.set(discrimination.subarray(j * dims, (j + 1) * dims), i * size);
      mean[i * size + dims] = intercept[j];
      covariance.fill(0, i * size ** 2, (i + 1) * size ** 2);
      if (fixed.covariance)
        covariance.set(fixed.covariance.subarray(j * size ** 2, (j + 1) * size ** 2), i * size ** 2);
    }
  };
  for (let s = 0; s < subjects.rows; s++) {
    subjects.mean[s * size + dims] = 1;
    for (let k = 0; k < dims; k++) subjects.covariance[(s * size + k) * size + k] = 1;
  }
  for (let i = 0; i < items.rows; i++) {
    items.mean.set(prior.mean, i * size);
    items.covariance.set(prior.covariance, i * size ** 2);
  }
  hold(items);
  const begun = { posteriors: { subjects, items }, prior, iterations: 0 };
  // A few rounds of the safe bound find the abilities, which the known items speak for loudest.
  if (!options.from) {
    const given: VariationalPriors = { ...priors, learned: "none" };
    yield* iterate(trials, begun.posteriors, prior, given, "polya-gamma", 20, tolerance, { hold });
  }
  const start = options.from ? startOf(options.from) : begun;
  const run = yield* iterate(
    ...([trials, start.posteriors, start.prior, priors, expectation, maxIterations, tolerance] as const),
    { hold, ...following(start, options) },
  );
  return { ...asPlainData(responses, start.posteriors), priors, seed, ...run };
}

/** How the iterations to convergence are followed, and where they go on. */
function following(start: Start, { onIteration, onCheckpoint, from }: VariationalOptions) {
  return {
    ...(onIteration && { onIteration }),
    ...(onCheckpoint && {
      onCheckpoint: (state: Progress) => onCheckpoint(() => takeCheckpoint(start, state)),
    }),
    ...(from && { from }),
  };
}

function check({ subjects, items, scores, observed }: ResponseMatrix, dims: number): void {
  if (!Number.isInteger(dims) || dims < 1)
    throw new InputError("the number of dimensions is not a positive integer", {
      field: "dims",
      found: String(dims),
    });
  if (subjects.length === 0 || items.length === 0)
    throw new InputError("there is nothing to calibrate", {
      found: `${subjects.length} subjects, ${items.length} items`,
    });
  for (let at = 0; at < scores.length; at++)
    if (observed[at] && !(scores[at] >= 0 && scores[at] <= 1))
      throw new InputError("a score lies outside the model's range", {
        at: `subject "${subjects[Math.floor(at / items.length)]}", item "${items[at % items.length]}"`,
        found: String(scores[at]),
        expected: "0 to 1",
      });
}

function asPlainData({ bySubject }: Responses, { subjects, items }: Posteriors) {
  const dims = items.size - 1;
  const discrimination = firstCoordinates(items);
  const ability = firstCoordinates(subjects);
  const intercept = Float64Array.from({ length: items.rows }, (_, i) => items.mean[i * items.size + dims]);
  const covariance = new Float64Array(subjects.rows * dims * dims);
  for (let s = 0, o = 0; s < subjects.rows; s++)
    for (let k = 0; k < dims; k++)
      for (let l = 0; l < dims; l++, o++)
        covariance[o] = subjects.covariance[(s * subjects.size + k) * subjects.size + l];
  let logLikelihood = 0;
  for (let s = 0, at = 0; s < bySubject.rows; s++)
    for (let i = 0; i < bySubject.columns; i++, at++) {
      if (bySubject.trials[at] === 0) continue;
      let z = intercept[i];
      for (let k = 0; k < dims; k++) z += discrimination[i * dims + k] * ability[s * dims + k];
      logLikelihood += bySubject.successes[at] * z - bySubject.trials[at] * softplus(z);
    }
  return {
    items: { family: "2pl", dims, discrimination, intercept } satisfies ItemParameters,
    itemCovariance: items.covariance,
    abilities: { dims, ability, covariance } satisfies Abilities,
    logLikelihood,
  };
}

function firstCoordinates({ rows, size, mean }: Gaussians): Float64Array {
  const out = new Float64Array(rows * (size - 1));
  for (let r = 0; r < rows; r++) out.set(mean.subarray(r * size, (r + 1) * size - 1), r * (size - 1));
  return out;
}
