import type { ResponseMatrix } from "../responses/index.ts";

/** Subjects who answered every item, once, with a whole-numbered score: those whose sum scores can be compared. */
export function completeSubjects({ subjects, items, scores, observed, trials }: ResponseMatrix): number[] {
  const width = items.length;
  return Array.from(subjects.keys()).filter((s) => {
    for (let c = s * width; c < (s + 1) * width; c++)
      if (!observed[c] || !Number.isInteger(scores[c]) || (trials && trials[c] !== 1)) return false;
    return true;
  });
}
