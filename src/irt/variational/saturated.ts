import { seededNormal, seededRandom } from "../../numerics/index.ts";
import { standardNormal } from "../latent.ts";
import { iterate, type Responses, type Run, type Sweeping, sweepJob } from "./em.ts";
import { rotate } from "./identify.ts";
import { abilityPrior, itemPrior, precisionOf, type VariationalPriors } from "./prior.ts";
import { addDimensions, type Posteriors, startOneDimension } from "./start.ts";

const none = new Float64Array(0);

/** A saturated logit grows by about 1 a round until √(variance / 2), 7 for the default prior. */
const rounds = 12;

/**
 * As many dimensions as subjects or more: the model is saturated, since S abilities span at most S dimensions, and
 * only the prior decides what is between the responses. The abilities are then axes, not estimates: the general
 * ability of the one-dimensional model, and the residuals' singular vectors, each standardised over the subjects.
 * Given them every item has its own closed-form posterior in S dimensions (the dual form: S × S systems whatever D).
 * The solution is then placed in D dimensions by a random frame of the seed, so that no coordinate is distinguished.
 * Covariances are those within the span of the abilities; outside of it the slopes keep their prior.
 */
export function* calibrateSaturated(
  responses: Responses,
  dims: number,
  priors: VariationalPriors,
  seed: number,
  covariances: boolean,
): Sweeping<{ posteriors: Posteriors; run: Run }> {
  const { bySubject, byItem, trials } = responses;
  const span = Math.min(dims, bySubject.rows);
  const oneDimension: VariationalPriors = {
    ...priors,
    slopeMean: 1,
    slopeVariance: 0.5,
    interceptMean: 0,
    interceptVariance: 4,
    learned: "none",
  };
  let posteriors = startOneDimension(bySubject, byItem);
  yield* iterate(trials, posteriors, itemPrior(oneDimension, 1), oneDimension, "polya-gamma", 10, 1e-4);
  posteriors = addDimensions(bySubject, posteriors, span - 1, 0);
  const { subjects } = posteriors;
  standardise(subjects.mean, subjects.rows, subjects.size, span);
  subjects.covariance.fill(0);
  const given = precisionOf(itemPrior(priors, span));
  let elbo = Number.NEGATIVE_INFINITY;
  let change = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const job = sweepJob(posteriors, "items", given.prior, "polya-gamma", true);
    yield job;
    const expected = job.expected.reduce((sum, x) => sum + x, 0);
    change = Math.abs(expected - elbo);
    elbo = expected;
  }
  const converged = change < 1e-2 * trials;
  // Uncertainty of the abilities given the items; their means are axes and stay.
  const axes = subjects.mean.slice();
  yield sweepJob(posteriors, "subjects", abilityPrior(standardNormal(span)).prior, "polya-gamma", false);
  subjects.mean.set(axes);
  const frame = randomFrame(span, dims, seed);
  const { rows, mean, covariance } = posteriors.items;
  const placed = {
    subjects: rotate(subjects, frame, dims),
    items: rotate({ rows, size: span + 1, mean, covariance: covariances ? covariance : none }, frame, dims),
  };
  return { posteriors: placed, run: { elbo, iterations: rounds, converged } };
}

function standardise(mean: Float64Array, rows: number, size: number, dims: number): void {
  for (let k = 0; k < dims; k++) {
    let centre = 0;
    let square = 0;
    if (k === 0) for (let r = 0; r < rows; r++) centre += mean[r * size] / rows;
    for (let r = 0; r < rows; r++) square += (mean[r * size + k] - centre) ** 2 / rows;
    const scale = square > 0 ? 1 / Math.sqrt(square) : 0;
    for (let r = 0; r < rows; r++) mean[r * size + k] = (mean[r * size + k] - centre) * scale;
  }
}

/** `span` orthonormal rows of `dims` numbers, by Gram–Schmidt on normal draws. */
function randomFrame(span: number, dims: number, seed: number): Float64Array {
  const normal = seededNormal(seededRandom(seed));
  const frame = Float64Array.from({ length: span * dims }, normal);
  for (let k = 0; k < span; k++) {
    const row = frame.subarray(k * dims, (k + 1) * dims);
    for (let pass = 0; pass < 2; pass++)
      for (let l = 0; l < k; l++) {
        let dot = 0;
        for (let j = 0; j < dims; j++) dot += row[j] * frame[l * dims + j];
        for (let j = 0; j < dims; j++) row[j] -= dot * frame[l * dims + j];
      }
    const length = Math.hypot(...row);
    for (let j = 0; j < dims; j++) row[j] /= length;
  }
  return frame;
}
