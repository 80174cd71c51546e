import { type SubjectAbility, slopeAt } from "../irt/index.ts";
import type { Pool } from "./pool.ts";

/** What the model makes of some answers, for each of K scenarios. */
export interface ModelScores {
  /** p-IRT: known answers in their places, P(right) elsewhere. */
  readonly expected: Float64Array;
  /** Standard deviation of the score given the model: of the ability and of the unseen answers. */
  readonly spread: Float64Array;
  /** Scores if all that was not asked were wrong, and if it were right. */
  readonly lowest: Float64Array;
  readonly highest: Float64Array;
}

/**
 * p-IRT (Polo et al. 2024, tinyBenchmarks, section 3.3) with its variance: that of the unseen answers, and the ability's
 * through the gradient of the score (delta method).
 *
 * @param asked indices of the answered items, with their `scores`.
 * @param p I probabilities of a right answer at the ability.
 */
export function modelScores(
  { parameters, scenarios }: Pick<Pool, "parameters" | "scenarios">,
  asked: ArrayLike<number>,
  scores: ArrayLike<number>,
  { covariance }: SubjectAbility,
  p: Float64Array,
): ModelScores {
  const { dims, discrimination } = parameters;
  const k = scenarios.length;
  const lowest = new Float64Array(k);
  const highest = new Float64Array(k);
  const expected = new Float64Array(k);
  const spread = new Float64Array(k);
  const slope = new Float64Array(dims);
  // Place among the answers plus one; zero: not asked.
  const place = new Uint32Array(p.length);
  for (let j = 0; j < asked.length; j++) place[asked[j]] = j + 1;
  scenarios.forEach(({ items, weights }, t) => {
    slope.fill(0);
    let known = 0;
    let unseen = 0;
    let sum = 0;
    let variance = 0;
    for (let m = 0; m < items.length; m++) {
      const i = items[m];
      const w = weights[m];
      if (place[i]) {
        known += w * scores[place[i] - 1];
        continue;
      }
      unseen += w;
      sum += w * p[i];
      variance += w * w * p[i] * (1 - p[i]);
      const rise = w * slopeAt(parameters, i, p[i]);
      for (let j = 0; j < dims; j++) slope[j] += rise * discrimination[i * dims + j];
    }
    for (let j = 0; j < dims; j++)
      for (let l = 0; l < dims; l++) variance += slope[j] * slope[l] * covariance[j * dims + l];
    lowest[t] = known;
    highest[t] = known + unseen;
    expected[t] = known + sum;
    spread[t] = Math.sqrt(variance);
  });
  return { lowest, highest, expected, spread };
}
