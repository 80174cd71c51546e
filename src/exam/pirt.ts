import type { ItemParameters } from "../irt/index.ts";
import { logistic } from "../numerics/index.ts";

/** tinyBenchmarks clips each dimension's a_d·θ_d − b to ± this before it adds the dimensions up. */
export const tinyBenchmarksClip = 30;

/**
 * P(right) of every subject on every item, S × I, subject by subject: c + (u − c) · logistic(a·θ + d). For models of
 * right and wrong. The mean of a subject's row, with the answers known so far in their places, is p-IRT (Polo et al.
 * 2024, tinyBenchmarks, section 3.3).
 *
 * @param ability S × D, subject by subject.
 * @param clip bound on each dimension's a_d·θ_d + d/D; {@link tinyBenchmarksClip} gives tinyBenchmarks' numbers, which
 *   differ from the model's where a dimension alone exceeds it. Default none.
 */
export function probabilities(
  items: ItemParameters,
  ability: Float64Array,
  { clip = Infinity }: { readonly clip?: number } = {},
): Float64Array {
  const { dims, discrimination, intercept, guessing, upper } = items;
  const n = intercept.length;
  const subjects = ability.length / dims;
  const out = new Float64Array(subjects * n);
  for (let s = 0, o = 0; s < subjects; s++)
    for (let i = 0, p = 0; i < n; i++, o++) {
      let z = 0;
      if (clip === Infinity) {
        z = intercept[i];
        for (let j = 0, q = s * dims; j < dims; j++, p++, q++) z += discrimination[p] * ability[q];
      } else {
        const share = intercept[i] / dims;
        for (let j = 0, q = s * dims; j < dims; j++, p++, q++)
          z += Math.max(-clip, Math.min(clip, discrimination[p] * ability[q] + share));
      }
      const low = guessing ? guessing[i] : 0;
      out[o] = low + ((upper ? upper[i] : 1) - low) * logistic(z);
    }
  return out;
}
