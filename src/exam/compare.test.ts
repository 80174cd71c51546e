import { expect, test } from "vitest";
import { seededNormal, seededRandom } from "../numerics/index.ts";
import { meanAndError } from "./compare.ts";

test("the standard error over overlapping divisions is Nadeau and Bengio's", () => {
  const [mean, error] = meanAndError([1, 2, 3, 6], 1 / 3);
  expect(mean).toBe(3);
  // Variance 14/3 times 1/4 + 1/3.
  expect(error).toBeCloseTo(Math.sqrt((14 / 3) * (7 / 12)), 12);
  expect(meanAndError([1], 1 / 3)).toEqual([1, Number.NaN]);
});

test("it covers the spread of a mean over new subjects, which the usual one does not", () => {
  const normal = seededNormal(seededRandom(5));
  const random = seededRandom(6);
  const found = Array.from({ length: 300 }, () => {
    const subjects = Float64Array.from({ length: 40 }, normal);
    const means = Array.from({ length: 20 }, () => {
      const tested = Array.from(subjects, (value) => ({ value, at: random() })).sort((a, b) => a.at - b.at);
      return tested.slice(0, 10).reduce((sum, { value }) => sum + value / 10, 0);
    });
    return meanAndError(means, 1 / 3);
  });
  const inside = found.filter(([mean, error]) => Math.abs(mean) < 1.96 * error).length / 300;
  expect(inside).toBeGreaterThan(0.9);
  expect(inside).toBeLessThan(1);
  const naive = found.filter(([mean, error]) => Math.abs(mean) < (1.96 * error) / Math.sqrt(1 + 20 / 3));
  expect(naive.length / 300).toBeLessThan(0.7);
});
