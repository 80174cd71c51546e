import { InputError } from "../../input-error.ts";
import { breathing, startSweepThreads, sweepHere } from "../../kernels/index.ts";
import type { ResponseMatrix } from "../../responses/index.ts";
import { type LatentNormal, standardNormal } from "../latent.ts";
import type { ItemParameters } from "../parameters.ts";
import { canonicalOrder, type Order, reorder } from "./canonical-order.ts";
import { cellsBySubject, transpose } from "./cells.ts";
import { startOf, type VariationalCheckpoint } from "./checkpoint.ts";
import { drive, type Expectation, iterate, type Responses, type Sweeping } from "./em.ts";
import { following } from "./following.ts";
import { identify } from "./identify.ts";
import { jointCovariance } from "./joint-covariance.ts";
import { widenLaterAxes } from "./later-axes.ts";
import { onto } from "./onto.ts";
import { asGiven, asPlainData, type VariationalCalibration } from "./outcome.ts";
import { hierarchical, learnPrior, type VariationalPriors, weak } from "./prior.ts";
import { calibrateSaturated } from "./saturated.ts";
import { isShortTest, marginalPosteriors } from "./short-tests.ts";
import type { Posteriors } from "./start.ts";
import { findStart, fromSelected } from "./warm-start.ts";

export interface VariationalOptions {
  /** Number of latent dimensions D (1 by default). From the number of subjects on, the model is saturated. */
  readonly dims?: number;
  /** Seed of the frame that a saturated solution is placed in; nothing else is random. */
  readonly seed?: number;
  /** Whether a saturated model's item covariances are wanted (by default): they are large, and slow beside the rest. */
  readonly covariances?: boolean;
  /**
   * "joint" by default: covariances that include what each side's uncertainty does to the other, from the joint information
   * matrix, where that is not too large; "quick": by the expected information of the means alone. "conditional": those of the variational posterior, given the other side; too
   * narrow, but faster, and enough to compare models by their predictions.
   */
  readonly standardErrors?: "joint" | "quick" | "conditional";
  /**
   * Known items (indices, and parameters one after another) to calibrate the others onto: they stay as they are, the scale
   * is theirs, and the prior of the new items is learned from both.
   */
  readonly fixed?: {
    readonly items: ArrayLike<number>;
    readonly parameters: ItemParameters;
    /** Of each known item, (D + 1) × (D + 1); absent: known exactly. */
    readonly covariance?: Float64Array;
    /** Distribution of ability where the known items are from; N(0, I) unless told. That of the subjects is learned. */
    readonly latent?: LatentNormal;
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
  /**
   * Gain of the evidence lower bound a trial, in an iteration, below which calibration has converged: 1e-6, and 1e-5 for more
   * than a million trials, whose estimates are so exact that the rest would not be seen in held-out responses.
   */
  readonly tolerance?: number;
}

/** Trials beyond which calibration ends earlier. */
const many = 1e6;

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
  const here = threads ? undefined : sweepHere(sides);
  const breathe = breathing();
  try {
    const work = calibration(responses, options);
    for (;;) {
      const next = work.next();
      if (next.done) return asGiven(next.value, order);
      here?.(next.value);
      await (threads?.run(next.value) ?? breathe());
    }
  } finally {
    threads?.stop();
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

function* calibration(responses: Responses, options: VariationalOptions): Sweeping<VariationalCalibration> {
  const { bySubject, trials } = responses;
  const { dims = 1, seed = 1, expectation = "gaussian", maxIterations = 300 } = options;
  const { tolerance = trials > many ? 1e-5 : 1e-6 } = options;
  if (options.fixed) return yield* onto(responses, options.fixed, options);
  if (dims >= bySubject.rows && dims > 1) {
    const priors = { ...weak, ...options.priors };
    const { covariances = true } = options;
    const { posteriors, run } = yield* calibrateSaturated(responses, dims, priors, seed, covariances);
    return { ...asPlainData(responses, posteriors), latent: standardNormal(dims), priors, seed, ...run };
  }
  const priors = { ...hierarchical, ...options.priors };
  const start = options.from
    ? startOf(options.from)
    : yield* findStart(responses, dims, priors, expectation, tolerance);
  const { posteriors, prior } = start;
  const run = yield* iterate(
    ...([trials, posteriors, prior, priors, expectation, maxIterations, tolerance] as const),
    { settled: fromSelected(responses), ...following(start, options) },
  );
  const latent = standardNormal(dims);
  const iterations = start.iterations + run.iterations;
  const plain = (found: Posteriors, widen = (identified: Posteriors) => identified) => {
    const identified = identify(found, prior);
    return {
      ...asPlainData(responses, widen(identified)),
      latent,
      priors,
      itemPrior: identified.prior,
      seed,
      ...run,
      iterations,
    };
  };
  if (options.standardErrors === "conditional") return plain(posteriors);
  learnPrior(prior, posteriors.items, priors);
  if (isShortTest(bySubject, dims)) return plain(marginalPosteriors(bySubject, prior));
  const ways = options.standardErrors === "quick" ? (["expected"] as const) : undefined;
  const joint = jointCovariance(bySubject, posteriors, prior, priors, ways);
  return plain(posteriors, joint ? widenLaterAxes : undefined);
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
