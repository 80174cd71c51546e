import type { Gaussians } from "../../kernels/index.ts";
import { atFloor, type ItemPrior, learnedCoordinates, precisionOf, type VariationalPriors } from "./prior.ts";

/**
 * What an item's covariance owes to the weight that the given prior has in the learned one, I × K × K. An estimate's error is the data's
 * part, Σ H Σ, and the prior's, Σ Ω V Ω Σ, where V is how the true parameters are spread. The covariance Σ takes V for the learned Ψ,
 * which holds the pseudo-items beside the items; the items' own second moments S / I are without them (Σ Ω (Ψ − S / I) Ω Σ).
 */
export function givenShare(items: Gaussians, prior: ItemPrior, priors: VariationalPriors): Float64Array {
  const { rows, size, mean, covariance } = items;
  const { precision } = precisionOf(prior).prior;
  const learned = learnedCoordinates(priors, size).filter((k) => !atFloor(prior, priors, k));
  const excess = new Float64Array(size * size);
  for (const k of learned)
    for (const l of learned) {
      let moment = 0;
      for (let r = 0; r < rows; r++)
        moment +=
          covariance[(r * size + k) * size + l] +
          (mean[r * size + k] - prior.mean[k]) * (mean[r * size + l] - prior.mean[l]);
      excess[k * size + l] = prior.covariance[k * size + l] - moment / rows;
    }
  const pulled = product(product(precision, excess, size), precision, size);
  const out = new Float64Array(rows * size * size);
  for (let r = 0; r < rows; r++) {
    const own = covariance.subarray(r * size * size, (r + 1) * size * size);
    out.set(product(product(own, pulled, size), own, size), r * size * size);
  }
  return out;
}

/** A · B of two K × K matrices. */
function product(a: Float64Array, b: Float64Array, size: number): Float64Array {
  const out = new Float64Array(size * size);
  for (let i = 0; i < size; i++)
    for (let k = 0; k < size; k++)
      for (let j = 0; j < size; j++) out[i * size + j] += a[i * size + k] * b[k * size + j];
  return out;
}
