import type { ResponseMatrix } from "./matrix.ts";

/** Score above which an answer counts as right, by scenario; "" where the data name none. */
export type Thresholds = Readonly<Record<string, number>>;

/**
 * For each scenario the threshold among .01 … .99 (100 steps) that changes the subjects' means least when continuous
 * scores become right or wrong (tinyBenchmarks' training notebook). For right-or-wrong data any of them changes nothing.
 */
export function binarisingThresholds(matrix: ResponseMatrix): Thresholds {
  const members = new Map<string, number[]>();
  matrix.items.forEach((_, i) => {
    const scenario = matrix.scenarios?.[i] ?? "";
    const items = members.get(scenario) ?? [];
    if (items.length === 0) members.set(scenario, items);
    items.push(i);
  });
  return Object.fromEntries(Array.from(members, ([name, items]) => [name, thresholdOf(matrix, items)]));
}

function thresholdOf(
  { subjects, items, scores, observed }: ResponseMatrix,
  members: readonly number[],
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
        const cell = s * items.length + i;
        if (!observed[cell]) continue;
        difference += (scores[cell] > threshold ? 1 : 0) - scores[cell];
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

/** Scores as right or wrong by the threshold of each item's scenario; above 0 is right where a scenario has none. */
export function binarise(matrix: ResponseMatrix, thresholds: Thresholds): ResponseMatrix {
  const width = matrix.items.length;
  const ofItem = matrix.items.map((_, i) => thresholds[matrix.scenarios?.[i] ?? ""] ?? 0);
  return { ...matrix, scores: matrix.scores.map((score, cell) => (score > ofItem[cell % width] ? 1 : 0)) };
}
