import { expect, test } from "vitest";
import { seededRandom } from "../numerics/index.ts";
import { binarise } from "./binarise.ts";

test("each scenario's threshold keeps its mean score, and right/wrong scores stay", () => {
  const random = seededRandom(81);
  const items = Array.from({ length: 300 }, (_, i) => `q${i}`);
  const scenarios = items.map((_, i) => (i < 150 ? "rouge" : "choice"));
  const scores = Float64Array.from({ length: 5 * 300 }, (_, cell) =>
    cell % 300 < 150 ? random() ** 3 : random() < 0.6 ? 1 : 0,
  );
  const matrix = {
    subjects: ["a", "b", "c", "d", "e"],
    items,
    scenarios,
    scores,
    observed: new Uint8Array(1500).fill(1),
  };
  const { matrix: right, thresholds } = binarise(matrix);
  const mean = (values: Float64Array, wanted: string) =>
    values.reduce((sum, v, cell) => sum + (scenarios[cell % 300] === wanted ? v : 0), 0) / 750;
  expect(Math.abs(mean(right.scores, "rouge") - mean(scores, "rouge"))).toBeLessThan(0.02);
  expect(Array.from(right.scores).every((v) => v === 0 || v === 1)).toBe(true);
  scores.forEach((v, cell) => {
    if (cell % 300 >= 150) expect(right.scores[cell]).toBe(v);
  });
  // P(x³ > t) = 1 − ∛t equals the mean 1/4 at t = 27/64.
  expect(Math.abs(thresholds.get("rouge")! - 27 / 64)).toBeLessThan(0.06);
});
