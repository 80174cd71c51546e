import type { ItemParameters } from "../irt/index.ts";
import { logistic, minimizeBfgs } from "../numerics/index.ts";
import { tinyBenchmarksClip as clip } from "./pirt.ts";

/** θ of one subject from its answers to some items. */
export interface AbilityEstimate {
  /** D. */
  readonly ability: Float64Array;
  /** −log likelihood of the answers at `ability`, without the prior. */
  readonly negLogLikelihood: number;
}

/** tinyBenchmarks adds this to each probability before taking its logarithm. */
const epsilon = 1e-10;

/**
 * The maximum-likelihood ability to the letter of tinyBenchmarks: BFGS from θ = 0 on
 * −Σ [y log(P + ε) + (1 − y) log(1 − P + ε)], P = logistic(Σ_d clip(a_d θ_d − b, ±30)), b = −d / D. Where the answers
 * can be separated (as many dimensions as informative items) the likelihood has no finite maximum, and θ is where
 * BFGS stops: compare likelihoods and predictions then, not θ.
 *
 * @param answered indices of the answered items; an item given twice counts twice, as in tinyBenchmarks.
 * @param scores the score on each of them, in [0, 1].
 */
export function mleAbility(
  items: ItemParameters,
  answered: ArrayLike<number>,
  scores: ArrayLike<number>,
): AbilityEstimate {
  const { dims, discrimination, intercept } = items;
  const objective = (theta: Float64Array, gradient: Float64Array): number => {
    gradient.fill(0);
    let value = 0;
    for (let k = 0; k < answered.length; k++) {
      const i = answered[k];
      const b = -intercept[i] / dims;
      let z = 0;
      for (let j = 0, p = i * dims; j < dims; j++, p++) {
        const term = discrimination[p] * theta[j] - b;
        z += Math.max(-clip, Math.min(clip, term));
      }
      const right = logistic(z);
      const wrong = 1 - right;
      const y = scores[k];
      value -= y * Math.log(right + epsilon) + (1 - y) * Math.log(wrong + epsilon);
      const slope = ((1 - y) / (wrong + epsilon) - y / (right + epsilon)) * right * wrong;
      for (let j = 0, p = i * dims; j < dims; j++, p++)
        if (Math.abs(discrimination[p] * theta[j] - b) <= clip) gradient[j] += slope * discrimination[p];
    }
    return value;
  };
  // SciPy stops at 1e-5; exact derivatives get nearer to a maximum that lies at infinity only if asked to.
  const { x, value } = minimizeBfgs(objective, new Float64Array(dims), { tolerance: 1e-6 });
  return { ability: x, negLogLikelihood: value };
}
