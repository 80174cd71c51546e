import { assessFit, type ModelFamily } from "../irt/index.ts";
import { binarisingThresholds, type ResponseMatrix } from "../responses/index.ts";
import type { BankInput, ItemBank } from "./bank.ts";
import { chooseModel, describe } from "./choose-model.ts";
import { type EstimateCheckpoint, estimate, type ModelChoice } from "./estimate.ts";
import { grown, knownCovariance, linkWarning } from "./grow.ts";
import { scoredAs, scoringOf } from "./scoring.ts";
import {
  flagsOf,
  itemStatistics,
  slopeErrors,
  subjectStatistics,
  warningsOf,
  wholeFit,
} from "./statistics.ts";

/** What is kept of a calibration that may be interrupted, and what an interrupted one has left. */
export interface Resuming {
  /** Held-out log-likelihoods of finished comparisons, by name. */
  readonly finished: ReadonlyMap<string, Float64Array>;
  /** The estimation that was interrupted, and its state then. */
  readonly running?: { readonly name: string; readonly state: EstimateCheckpoint };
  /** Told each finished comparison. */
  keep(name: string, logLikelihoods: Float64Array): void;
  /** Offered the state of an estimation after each iteration; `take` copies it. */
  offer(name: string, take: () => EstimateCheckpoint): void;
}

export interface CalibrationOptions {
  /**
   * "2pl" unless told, "auto" where scores are whole points; "auto" compares 1PL, 2PL and, with 200 subjects or more, 3PL,
   * or the graded and the partial-credit model for whole points.
   */
  readonly model?: ModelFamily | "auto";
  /** "auto" unless told: by held-out likelihood. */
  readonly dims?: number | "auto";
  /** "auto" unless told: see `methodFor`. */
  readonly engine?: "auto" | ModelChoice["method"];
  /** Known lower asymptote of all items, for the 3PL and the 4PL; estimated unless told. */
  readonly guessing?: number;
  /** Measures the held-out likelihood also where model and dimensions are told, and nothing is compared. */
  readonly heldOut?: boolean;
  /** "hard" unless told: a score > 0 is right. Ordered models always take the score. */
  readonly scoring?: ItemBank["scoring"];
  /**
   * Continuous scores become right or wrong at the threshold of each scenario that keeps the means (tinyBenchmarks), which
   * stays in the bank; without it a score > 0 is right.
   */
  readonly binarise?: boolean;
  /** Of starting values and of what is held out; 1 unless told. */
  readonly seed?: number;
  /** Threads to compute with, 1 unless told; the result does not depend on them. */
  readonly threads?: number;
  /** A bank to grow: its items stay as they are, new items and subjects are put on its scale. */
  readonly onto?: { readonly bank: ItemBank; readonly hash: string };
  /** Whether the bank keeps the responses, so that fit can be looked at later; true unless told. */
  readonly keepResponses?: boolean;
  /** For the provenance. */
  readonly tripos: string;
  readonly inputs?: readonly BankInput[];
  /** Makes the run one that can be resumed, with the same result bit for bit. */
  readonly resuming?: Resuming;
  /**
   * Told what is going on: a step's title, and how much of it is done where that is known, in equal parts or in iterations, of
   * which the total is the most that there will be.
   */
  readonly onProgress?: (step: string, done?: number, total?: number, unit?: "parts" | "iterations") => void;
}

/**
 * Calibrates an item bank from responses: chooses engine and, where asked, model and dimensions by held-out likelihood,
 * estimates parameters, abilities and their uncertainty, and assesses the fit.
 * @throws InputError for scores outside the model's range, or a model that contradicts the bank to grow
 */
export async function calibrateBank(
  responses: ResponseMatrix,
  options: CalibrationOptions,
): Promise<ItemBank> {
  const { onto, seed = 1, onProgress = () => {} } = options;
  const scoring = scoringOf(options, responses);
  const thresholds = onto
    ? onto.bank.thresholds
    : options.binarise
      ? binarisingThresholds(responses)
      : undefined;
  const scored = scoredAs({ ...onto?.bank, scoring, ...(thresholds && { thresholds }) }, responses);
  const matrix = onto ? grown(onto.bank, scored) : scored;
  const known = onto && {
    parameters: onto.bank.parameters,
    covariance: onto.bank.covariance,
    latent: onto.bank.latent,
    method: onto.bank.method,
  };
  const { choice, candidates, check, warnings } = await chooseModel(matrix, options, known);
  onProgress(`calibrating ${describe(choice)}`);
  const found = await estimate(matrix, choice, {
    seed,
    threads: options.threads ?? 1,
    ...(known && { known }),
    ...(options.guessing !== undefined && { guessing: options.guessing }),
    ...(options.resuming && { resuming: options.resuming, name: "final" }),
    onIteration: (iteration, left) => {
      const step = `calibrating ${describe(choice)}, iteration ${iteration}`;
      if (left === undefined) onProgress(step);
      else onProgress(step, iteration, iteration + left, "iterations");
    },
  });
  onProgress("assessing the fit");
  const fit = assessFit(matrix, {
    items: found.parameters,
    abilities: found.abilities,
    latent: found.latent,
    standardErrors: slopeErrors(found),
    guessingKnown: options.guessing !== undefined,
  });
  const provenance: ItemBank["provenance"] = [
    ...(onto?.bank.provenance ?? []),
    {
      action: onto ? "onto" : "calibrate",
      tripos: options.tripos,
      inputs: options.inputs ?? [],
      items: matrix.items.length - (onto?.bank.items.length ?? 0),
      subjects: matrix.subjects.length - (onto?.bank.subjects.length ?? 0),
      ...(onto && { bank: onto.hash }),
    },
  ];
  const recalibration = check?.recalibration ?? onto?.bank.recalibration;
  const { subjects, items, texts, scenarios, subscenarios } = matrix;
  const { logLikelihood: _, parameterCount: __, iterations: ___, converged: ____, ...estimated } = found;
  return {
    ...estimated,
    covariance: onto ? knownCovariance(found.covariance, onto.bank) : found.covariance,
    subjects,
    items,
    ...(texts && { texts }),
    ...(scenarios && { scenarios }),
    ...(subscenarios && { subscenarios }),
    itemFit: itemStatistics(matrix, fit),
    subjectFit: subjectStatistics(matrix, fit),
    flags: flagsOf(items.length, fit),
    origins: Uint32Array.from(items, (_, i) =>
      onto && i < onto.bank.items.length ? onto.bank.origins[i] : provenance.length - 1,
    ),
    method: choice.method,
    scoring,
    ...(thresholds && { thresholds }),
    seed,
    candidates,
    ...(recalibration && { recalibration }),
    fit: wholeFit(found, fit, candidates, check, subjects.length),
    warnings: [...warnings, ...(onto ? linkWarning(onto.bank, matrix) : []), ...warningsOf(matrix, found)],
    provenance,
    ...(options.keepResponses !== false && { responses: matrix }),
  };
}
