import { cholesky, logDeterminant } from "../numerics/index.ts";
import type { ResponseMatrix } from "../responses/index.ts";
import { estimateAbility } from "./ability.ts";
import { type LatentNormal, logDensity, standardNormal } from "./latent.ts";
import { modelOf, packItems, probabilitiesOnly } from "./models.ts";
import { quasiMonteCarlo } from "./nodes.ts";
import type { ItemParameters } from "./parameters.ts";

const points = 500;
const tolerance = 5e-4;
const mostSteps = 500;

/** How much wider than the posterior's normal approximation points are drawn, so that its tails are met. */
const widening = 1.3;

/**
 * Distribution of ability of a group whose items are all known, and the subjects' posterior means under it, by EM (Bock &
 * Aitkin 1981) with quasi-random points drawn around each subject's own ability: in three dimensions and more, points spread
 * over the population hardly meet the posteriors of a long test. Likelihoods are computed once.
 */
export function latentByOwnPoints(
  group: ResponseMatrix,
  items: ItemParameters,
): { latent: LatentNormal; ability: Float64Array } {
  const { dims } = items;
  const subjects = group.subjects.length;
  const { theta: normal, logVolume } = quasiMonteCarlo(dims, points);
  const theta = new Float64Array(subjects * points * dims);
  const logs = new Float64Array(subjects * points);
  for (let s = 0; s < subjects; s++) {
    const seen = group.items.flatMap((_, i) => (group.observed[s * group.items.length + i] ? [i] : []));
    const of = (values: ArrayLike<number>) =>
      Float64Array.from(seen, (i) => values[s * group.items.length + i]);
    const answers = {
      items: seen,
      scores: of(group.scores),
      ...(group.trials && { trials: of(group.trials) }),
    };
    const { ability, covariance } = estimateAbility(items, answers);
    cholesky(covariance, dims);
    const stretch = logDeterminant(covariance, dims) / 2 + dims * Math.log(widening);
    for (let q = 0; q < points; q++) {
      const at = (s * points + q) * dims;
      for (let j = 0; j < dims; j++) {
        theta[at + j] = ability[j];
        for (let l = 0; l <= j; l++)
          theta[at + j] += widening * covariance[j * dims + l] * normal[q * dims + l];
      }
      logs[s * points + q] = logVolume[q] + stretch;
    }
    addLikelihood(items, answers, theta.subarray(s * points * dims), logs.subarray(s * points));
  }
  let latent = standardNormal(dims);
  const ability = new Float64Array(subjects * dims);
  for (let step = 0; step < mostSteps; step++) {
    const mean = new Float64Array(dims);
    const square = new Float64Array(dims * dims);
    const density = logDensity(latent);
    const weights = new Float64Array(points);
    for (let s = 0; s < subjects; s++) {
      const own = theta.subarray(s * points * dims, (s + 1) * points * dims);
      weights.forEach((_, q) => {
        weights[q] = logs[s * points + q] + density(own, q * dims);
      });
      const largest = weights.reduce((most, w) => Math.max(most, w), Number.NEGATIVE_INFINITY);
      const total = weights.reduce((sum, w, q) => {
        weights[q] = Math.exp(w - largest);
        return sum + weights[q];
      }, 0);
      for (let j = 0; j < dims; j++) {
        let first = 0;
        for (let q = 0; q < points; q++) first += (weights[q] * own[q * dims + j]) / total;
        ability[s * dims + j] = first;
        mean[j] += first / subjects;
        for (let k = 0; k <= j; k++)
          for (let q = 0; q < points; q++)
            square[j * dims + k] += (weights[q] * own[q * dims + j] * own[q * dims + k]) / total / subjects;
      }
    }
    const covariance = Float64Array.from(square, (_, at) => {
      const [j, k] = [Math.floor(at / dims), at % dims];
      return square[Math.max(j, k) * dims + Math.min(j, k)] - mean[j] * mean[k];
    });
    const moved = Math.max(
      ...mean.map((m, j) => Math.abs(m - latent.mean[j])),
      ...covariance.map((v, at) => Math.abs(v - latent.covariance[at])),
    );
    latent = { mean, covariance };
    if (moved < tolerance) break;
  }
  return { latent, ability };
}

/** Adds the log-likelihood of one subject's answers at each of its points. */
function addLikelihood(
  items: ItemParameters,
  answers: { items: readonly number[]; scores: Float64Array; trials?: Float64Array },
  theta: Float64Array,
  logs: Float64Array,
): void {
  const model = modelOf(items);
  const x = packItems(model, items);
  const out = probabilitiesOnly(model);
  answers.items.forEach((i, n) => {
    const [score, trials] = [answers.scores[n], answers.trials?.[n] ?? 1];
    for (let q = 0; q < points; q++) {
      model.evaluate(x, i * model.size, theta, q * items.dims, out);
      const [wrong, right] = [Math.max(out.p[0], 1e-300), Math.max(out.p[1], 1e-300)];
      logs[q] += trials * (score * Math.log(right) + (1 - score) * Math.log(wrong));
    }
  });
}
