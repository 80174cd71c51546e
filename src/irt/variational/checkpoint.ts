import type { Gaussians } from "../../kernels/index.ts";
import type { LatentNormal } from "../latent.ts";
import type { Progress } from "./em.ts";
import { zeroGaussians } from "./gaussian.ts";
import type { Start } from "./warm-start.ts";

/** Where an interrupted variational EM goes on, as plain data: the result is that of a whole one, bit for bit. */
export interface VariationalCheckpoint {
  /** S × K means and S × K × K covariances of the subjects, and those of the items, K = D + 1. */
  readonly subjects: Pick<Gaussians, "mean" | "covariance">;
  readonly items: Pick<Gaussians, "mean" | "covariance">;
  readonly prior: Start["prior"];
  /** Distribution of ability where it is learned. */
  readonly latent?: LatentNormal;
  /** Iterations before those to convergence, and of these. */
  readonly before: number;
  readonly iterations: number;
  /** Evidence lower bound when it was last computed. */
  readonly elbo: number;
  /** Whether the bound has fallen so far that the updates must have overshot. */
  readonly overshot: boolean;
}

/** The state as it is now, copied. */
export function takeCheckpoint(
  { posteriors, prior, latent, iterations: before }: Start,
  progress: Progress,
): VariationalCheckpoint {
  const copy = ({ mean, covariance }: Pick<Gaussians, "mean" | "covariance">) => ({
    mean: Float64Array.from(mean),
    covariance: Float64Array.from(covariance),
  });
  const { subjects, items } = posteriors;
  return {
    subjects: copy(subjects),
    items: copy(items),
    prior: copy(prior),
    ...(latent && { latent: copy(latent) }),
    before,
    ...progress,
  };
}

/** Where to go on from. */
export function startOf({ subjects, items, prior, latent, before }: VariationalCheckpoint): Start {
  const size = prior.mean.length;
  const place = ({ mean, covariance }: Pick<Gaussians, "mean" | "covariance">) => {
    const gaussians = zeroGaussians(mean.length / size, size);
    gaussians.mean.set(mean);
    gaussians.covariance.set(covariance);
    return gaussians;
  };
  return {
    posteriors: { subjects: place(subjects), items: place(items) },
    prior: { mean: prior.mean.slice(), covariance: prior.covariance.slice() },
    ...(latent && { latent: { mean: latent.mean.slice(), covariance: latent.covariance.slice() } }),
    iterations: before,
  };
}
