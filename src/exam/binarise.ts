import type { ResponseMatrix } from "../responses/index.ts";
import { overall, type Scenario } from "./scenarios.ts";

/**
 * Threshold above which a continuous score of a scenario counts as right, so chosen among .01 … .99 (100 steps) that
 * the subjects' means change least (tinyBenchmarks' training notebook). For right-or-wrong data any of them changes
 * nothing.
 */
export function binarisingThreshold(
  { subjects, items, scores, observed }: ResponseMatrix,
  { items: members }: Scenario,
): number {
  let best = 0.01;
  let least = Infinity;
  for (let step = 0; step < 100; step++) {
    const threshold = 0.01 + (0.98 * step) / 99;
    let total = 0;
    for (let s = 0; s < subjects.length; s++) {
      let difference = 0;
      let count = 0;
      for (const i of members) {
        const p = s * items.length + i;
        if (!observed[p]) continue;
        difference += (scores[p] > threshold ? 1 : 0) - scores[p];
        count++;
      }
      if (count > 0) total += Math.abs(difference / count);
    }
    if (total < least - 1e-12) {
      least = total;
      best = threshold;
    }
  }
  return best;
}

/** Scores as right or wrong, each scenario by its own {@link binarisingThreshold}. */
export function binarise(matrix: ResponseMatrix, scenarios: readonly Scenario[]): ResponseMatrix {
  const scores = matrix.scores.slice();
  for (const scenario of scenarios) {
    if (scenario.name === overall && scenarios.length > 1) continue;
    const threshold = binarisingThreshold(matrix, scenario);
    for (let s = 0; s < matrix.subjects.length; s++)
      for (const i of scenario.items) {
        const p = s * matrix.items.length + i;
        scores[p] = matrix.scores[p] > threshold ? 1 : 0;
      }
  }
  return { ...matrix, scores };
}
