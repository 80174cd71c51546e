import type { ResponseMatrix } from "../responses/index.ts";

export interface Binarised {
  readonly matrix: ResponseMatrix;
  /** Threshold of each scenario ("" where the matrix names none): a score above it counts as right. */
  readonly thresholds: ReadonlyMap<string, number>;
}

/**
 * Right or wrong from scores in [0, 1], as tinyBenchmarks does it (Maia Polo et al. 2024, section 4): in each scenario
 * the threshold, out of 100 between .01 and .99, at which the share of right answers is closest to the mean score, on
 * average over subjects. Scenarios that are right/wrong already stay as they are. A binary 2PL can then be calibrated
 * whose expected scores are those of the continuous data.
 */
export function binarise(matrix: ResponseMatrix): Binarised {
  const { subjects, items, scores, observed } = matrix;
  const width = items.length;
  const scenarioOf = (i: number) => matrix.scenarios?.[i] ?? "";
  const columns = new Map<string, number[]>();
  items.forEach((_, i) => {
    const list = columns.get(scenarioOf(i)) ?? [];
    list.push(i);
    columns.set(scenarioOf(i), list);
  });
  const thresholds = new Map<string, number>();
  for (const [scenario, list] of columns) {
    const rows = subjects
      .map((_, s) => {
        const cells = list.map((i) => s * width + i).filter((cell) => observed[cell]);
        return Float64Array.from(cells, (cell) => scores[cell]).sort();
      })
      .filter((row) => row.length > 0);
    let best = Infinity;
    for (let c = 0; c < 100; c++) {
      const threshold = 0.01 + (c * 0.98) / 99;
      let distance = 0;
      for (const row of rows) {
        const mean = row.reduce((sum, v) => sum + v, 0) / row.length;
        distance += Math.abs(shareAbove(row, threshold) - mean) / rows.length;
      }
      if (distance >= best - 1e-12) continue;
      best = distance;
      thresholds.set(scenario, threshold);
    }
  }
  const cuts = items.map((_, i) => thresholds.get(scenarioOf(i)) ?? 0.5);
  const { trials: _, ...rest } = matrix;
  return {
    matrix: { ...rest, scores: scores.map((v, cell) => (v > cuts[cell % width] ? 1 : 0)) },
    thresholds,
  };
}

function shareAbove(sorted: Float64Array, threshold: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] > threshold) high = middle;
    else low = middle + 1;
  }
  return (sorted.length - low) / sorted.length;
}
