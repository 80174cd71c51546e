import { type ItemParameters, logitAt, standardNormal } from "../irt/index.ts";
import { logistic } from "../numerics/index.ts";
import type { Criterion } from "./greedy.ts";

/**
 * Greedy D-optimal selection over a distribution of abilities: the gain of an item is the mean over the abilities of
 * log(1 + w · aᵀ Σ a), how much its information shrinks the log volume of the posterior covariance Σ, which starts from
 * the prior (Segall 1996; van der Linden 2005, chapter 8).
 *
 * @param ability M × D abilities that stand for the distribution.
 * @param prior of an ability; default N(0, I)
 */
export function informationCriterion(
  items: ItemParameters,
  ability: Float64Array,
  prior = standardNormal(items.dims),
): Criterion {
  const { dims, discrimination, intercept } = items;
  const n = intercept.length;
  const m = ability.length / dims;
  const covariance = new Float64Array(m * dims * dims);
  for (let s = 0; s < m; s++) covariance.set(prior.covariance, s * dims * dims);
  const weights = new Float64Array(m * n);
  for (let s = 0; s < m; s++)
    for (let i = 0; i < n; i++) weights[s * n + i] = informationWeight(items, i, ability, s * dims);
  const spread = (s: number, i: number, along?: Float64Array): number => {
    let sum = 0;
    for (let j = 0; j < dims; j++) {
      let row = 0;
      for (let l = 0, p = (s * dims + j) * dims; l < dims; l++, p++)
        row += covariance[p] * discrimination[i * dims + l];
      if (along) along[j] = row;
      sum += row * discrimination[i * dims + j];
    }
    return sum;
  };
  return {
    gains(out) {
      out.fill(0);
      for (let s = 0; s < m; s++)
        for (let i = 0; i < n; i++) out[i] += Math.log1p(weights[s * n + i] * spread(s, i)) / m;
    },
    take(i) {
      const along = new Float64Array(dims);
      for (let s = 0; s < m; s++) {
        const w = weights[s * n + i];
        const scale = w / (1 + w * spread(s, i, along));
        for (let j = 0; j < dims; j++)
          for (let l = 0; l < dims; l++) covariance[(s * dims + j) * dims + l] -= scale * along[j] * along[l];
      }
    },
  };
}

/** Fisher information of an item is this times a·aᵀ: P′² / (P (1 − P)) with P′ by the logit. */
export function informationWeight(
  items: ItemParameters,
  i: number,
  ability: ArrayLike<number>,
  at = 0,
): number {
  const { guessing, upper } = items;
  const core = logistic(logitAt(items, i, ability, at));
  const low = guessing?.[i] ?? 0;
  const range = (upper?.[i] ?? 1) - low;
  const right = low + range * core;
  const rise = range * core * (1 - core);
  return (rise * rise) / Math.max(1e-12, right * (1 - right));
}
