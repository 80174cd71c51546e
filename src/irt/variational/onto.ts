import type { Gaussians } from "../../kernels/index.ts";
import { type LatentNormal, standardNormal } from "../latent.ts";
import type { VariationalOptions } from "./calibrate.ts";
import { startOf } from "./checkpoint.ts";
import { iterate, type Responses, type Sweeping } from "./em.ts";
import { following } from "./following.ts";
import { zeroGaussians } from "./gaussian.ts";
import { asPlainData, type VariationalCalibration } from "./outcome.ts";
import { hierarchical, itemPrior, type VariationalPriors } from "./prior.ts";
import type { Start } from "./warm-start.ts";

/** New items, and abilities of all subjects, on the scale of known items. */
export function* onto(
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
  const population = fixed.latent ?? standardNormal(dims);
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
    subjects.mean.set(population.mean, s * size);
    subjects.mean[s * size + dims] = 1;
    for (let k = 0; k < dims; k++)
      subjects.covariance.set(
        population.covariance.subarray(k * dims, (k + 1) * dims),
        (s * size + k) * size,
      );
  }
  for (let i = 0; i < items.rows; i++) {
    items.mean.set(prior.mean, i * size);
    items.covariance.set(prior.covariance, i * size ** 2);
  }
  hold(items);
  const copy = ({ mean, covariance }: LatentNormal) => ({
    mean: mean.slice(),
    covariance: covariance.slice(),
  });
  let start: Start = { posteriors: { subjects, items }, prior, latent: copy(population), iterations: 0 };
  const held = () => ({ hold, latent: { learned: start.latent ?? population, given: population } });
  // A few rounds of the safe bound find the abilities, which the known items speak for loudest.
  if (options.from) start = startOf(options.from);
  else {
    const given: VariationalPriors = { ...priors, learned: "none" };
    yield* iterate(trials, start.posteriors, prior, given, "polya-gamma", 20, tolerance, held());
  }
  const run = yield* iterate(
    ...([trials, start.posteriors, start.prior, priors, expectation, maxIterations, tolerance] as const),
    { ...held(), ...following(start, options) },
  );
  const { learned: latent } = held().latent;
  return { ...asPlainData(responses, start.posteriors), latent, priors, seed, ...run };
}
