import { expect, test } from "vitest";
import { dampened, inverseDocumentFrequencies, termRows, weightedUnitRows } from "./tfidf.ts";

test("terms, their weights and lengths by hand", () => {
  // "abab" has ab twice, ba once, aba, bab, abab once each; the other text has one term of these.
  const rows = termRows(["abab", "ab", ""], 20);
  expect([...rows.starts]).toEqual([0, 5, 6, 6]);
  expect([...rows.values.subarray(0, 5)].sort()).toEqual([1, 1, 1, 1, Math.fround(1 + Math.LN2)]);
  const shared = rows.columns[5];
  const weights = inverseDocumentFrequencies(rows);
  expect(weights[shared]).toBeCloseTo(Math.log(4 / 3) + 1, 6);
  const unit = weightedUnitRows(rows, weights);
  expect(unit.values[5]).toBeCloseTo(1, 6);
  expect(Math.hypot(...unit.values.subarray(0, 5))).toBeCloseTo(1, 6);
});

test("1 + ln of small counts and of large ones", () => {
  for (const count of [1, 2, 255, 256, 10_000]) expect(dampened(count)).toBe(1 + Math.log(count));
});
