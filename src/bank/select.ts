import { permutation, seededRandom } from "../numerics/index.ts";
import type { ResponseMatrix } from "../responses/index.ts";
import type { Candidate } from "./bank.ts";
import type { ModelChoice } from "./estimate.ts";

/** Log-likelihood of every held-out response under one candidate, in one order for all. */
export interface HeldOut {
  readonly choice: ModelChoice;
  readonly logLikelihoods: Float64Array;
}

/** Responses to fit on and responses to foretell. */
export interface Fold {
  readonly train: ResponseMatrix;
  readonly test: ResponseMatrix;
}

/**
 * Splits responses at random: every fold holds out its own tenth. Small data need more folds for the same certainty.
 */
export function heldOutFolds(matrix: ResponseMatrix, seed: number): Fold[] {
  const cells = Array.from(matrix.observed.keys()).filter((cell) => matrix.observed[cell]);
  const order = permutation(cells.length, seededRandom(seed));
  const folds = cells.length > 5e5 ? 1 : cells.length > 1e5 ? 2 : 5;
  return Array.from({ length: folds }, (_, fold) => {
    const [train, test] = [matrix.observed.slice(), new Uint8Array(matrix.observed.length)];
    for (let k = fold; k < order.length; k += 10) {
      const cell = cells[order[k]];
      train[cell] = 0;
      test[cell] = 1;
    }
    return { train: { ...matrix, observed: train }, test: { ...matrix, observed: test } };
  });
}

/** Held-out responses below which chance decides what a comparison says. */
const enoughHeldOut = 30;

/** Whether held-out responses are many enough to choose a model by. */
export function canCompare(folds: readonly Fold[]): boolean {
  const heldOut = folds.reduce((sum, { test }) => sum + test.observed.reduce((n, x) => n + x, 0), 0);
  return heldOut >= enoughHeldOut;
}

/**
 * The simplest candidate whose held-out log-likelihood is within one standard error of the best one's (Breiman et al.
 * 1984; the error is that of the difference on the same responses). Candidates come simplest first. A response that some
 * candidate cannot score (a category no fold has shown it) is left out for all.
 */
export function chooseSimplest(tried: readonly HeldOut[]): { chosen: number; table: Candidate[] } {
  const scored = Array.from(tried[0].logLikelihoods.keys()).filter((k) =>
    tried.every(({ logLikelihoods }) => Number.isFinite(logLikelihoods[k])),
  );
  const candidates = tried.map(({ choice, logLikelihoods }) => ({
    choice,
    logLikelihoods: Float64Array.from(scored, (k) => logLikelihoods[k]),
  }));
  const means = candidates.map(({ logLikelihoods }) => mean(logLikelihoods));
  const best = means.indexOf(Math.max(...means));
  const behind = candidates.map(({ logLikelihoods }) =>
    candidates[best].logLikelihoods.map((value, k) => value - logLikelihoods[k]),
  );
  const chosen = behind.findIndex((difference) => mean(difference) <= standardError(difference));
  const table = candidates.map(({ choice, logLikelihoods }, k) => ({
    family: choice.family,
    dims: choice.dims,
    heldOut: means[k],
    standardError: standardError(logLikelihoods),
    behind: mean(behind[k]),
    behindSE: standardError(behind[k]),
    chosen: k === chosen,
  }));
  return { chosen, table };
}

/** Whether one candidate foretells held-out responses better than another by more than a standard error. */
export function isBetter(candidate: HeldOut, than: HeldOut): boolean {
  const difference = candidate.logLikelihoods.map((value, k) => value - than.logLikelihoods[k]);
  return mean(difference) > standardError(difference);
}

const mean = (values: Float64Array): number => values.reduce((sum, x) => sum + x, 0) / values.length;

function standardError(values: Float64Array): number {
  const centre = mean(values);
  const squares = values.reduce((sum, x) => sum + (x - centre) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
}
