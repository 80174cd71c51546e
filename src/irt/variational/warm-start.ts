import { type Cells, sweepHere } from "../../kernels/index.ts";
import { type LatentNormal, standardNormal } from "../latent.ts";
import { transpose } from "./cells.ts";
import { drive, type Expectation, iterate, type Responses, type Sweeping, sweepJob } from "./em.ts";
import { zeroGaussians } from "./gaussian.ts";
import {
  abilityPrior,
  extendPrior,
  type ItemPrior,
  itemPrior,
  precisionOf,
  type VariationalPriors,
} from "./prior.ts";
import { addDimensions, type Posteriors, startOneDimension } from "./start.ts";

/** Where the iterations to convergence begin. */
export interface Start {
  readonly posteriors: Posteriors;
  readonly prior: ItemPrior;
  readonly iterations: number;
  /** Distribution of ability where it is learned. */
  readonly latent?: LatentNormal;
}

/** Rows of the longer side that are enough to find the dimensions, and the length from which on it is thinned to them. */
const enough = 1000;
const long = 4000;

/** A selection's solution is only where to start from. */
const selectionTolerance = 1e-5;

/** Whether the start comes from a selection, whose dimensions and scale have settled already. */
export const fromSelected = ({ bySubject }: Responses): boolean =>
  Math.max(bySubject.rows, bySubject.columns) > long;

/**
 * Finds the dimensions: one first, the others from the singular vectors of its standardised residuals, then a few
 * rounds under the prior as given, since what the loose bound leaves would teach the prior to prune. Where one side is
 * long, all this is done on an even selection of its rows, whose result the other rows then start from.
 */
export function* findStart(
  responses: Responses,
  dims: number,
  priors: VariationalPriors,
  expectation: Expectation,
  tolerance: number,
): Sweeping<Start> {
  const { bySubject, byItem, trials } = responses;
  if (fromSelected(responses)) return yield* fromSelection(responses, dims, priors, expectation, tolerance);
  const given: VariationalPriors = { ...priors, learned: "none" };
  let posteriors = startOneDimension(bySubject, byItem);
  let prior = itemPrior(priors, 1);
  let iterations = (yield* iterate(trials, posteriors, prior, given, "polya-gamma", 10, tolerance))
    .iterations;
  if (dims > 1) {
    posteriors = addDimensions(bySubject, posteriors, dims - 1, 0.1);
    for (let k = 1; k < dims; k++) prior = extendPrior(prior, priors.extraVariance);
    iterations += (yield* iterate(trials, posteriors, prior, given, "polya-gamma", 20, tolerance)).iterations;
  }
  iterations += (yield* iterate(trials, posteriors, prior, given, expectation, 10, tolerance)).iterations;
  return { posteriors, prior, iterations };
}

function* fromSelection(
  responses: Responses,
  dims: number,
  priors: VariationalPriors,
  expectation: Expectation,
  tolerance: number,
): Sweeping<Start> {
  const longer = responses.byItem.rows >= responses.bySubject.rows ? "items" : "subjects";
  const rows = longer === "items" ? responses.byItem : responses.bySubject;
  const kept = everyNth(rows, Math.floor(rows.rows / enough));
  const selection =
    longer === "items"
      ? { bySubject: transpose(kept), byItem: kept }
      : { bySubject: kept, byItem: transpose(kept) };
  const trials = kept.trials.reduce((sum, n) => sum + n, 0);
  const run = sweepHere([selection.bySubject, selection.byItem]);
  const start = drive(findStart({ ...selection, trials }, dims, priors, expectation, tolerance), run);
  const { iterations } = drive(
    iterate(trials, start.posteriors, start.prior, priors, expectation, 100, selectionTolerance),
    run,
  );
  const all = zeroGaussians(rows.rows, dims + 1);
  const wide = abilityPrior(standardNormal(dims)).prior;
  for (let r = 0; r < rows.rows; r++) {
    if (longer === "items") {
      all.mean.set(start.prior.mean, r * (dims + 1));
      all.covariance.set(start.prior.covariance, r * (dims + 1) ** 2);
    } else {
      all.mean[r * (dims + 1) + dims] = 1;
      for (let k = 0; k < dims; k++) all.covariance[(r * (dims + 1) + k) * (dims + 1) + k] = 1;
    }
  }
  const posteriors: Posteriors = { ...start.posteriors, [longer]: all };
  const prior = longer === "items" ? precisionOf(start.prior).prior : wide;
  for (let round = 0; round < 4; round++) yield sweepJob(posteriors, longer, prior, "polya-gamma", false);
  return { posteriors, prior: start.prior, iterations: start.iterations + iterations };
}

function everyNth({ rows, columns, trials, successes }: Cells, step: number): Cells {
  const count = Math.ceil(rows / step);
  const cut = (values: Float32Array) => {
    const out = new Float32Array(count * columns);
    for (let r = 0; r < count; r++)
      out.set(values.subarray(r * step * columns, (r * step + 1) * columns), r * columns);
    return out;
  };
  return { rows: count, columns, trials: cut(trials), successes: cut(successes) };
}
