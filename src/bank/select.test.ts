import { expect, test } from "vitest";
import { seededNormal, seededRandom } from "../numerics/index.ts";
import type { ModelChoice } from "./estimate.ts";
import { canCompare, chooseSimplest, heldOutFolds } from "./select.ts";

const choice = (dims: number): ModelChoice => ({ family: "2pl", dims, method: "mml" });

test("the simplest within one standard error of the best is chosen, the best if none is", () => {
  const normal = seededNormal(seededRandom(1));
  const base = Float64Array.from({ length: 400 }, () => -0.5 + 0.2 * normal());
  // Differences with a standard deviation of .1, hence a standard error of .005.
  const better = (by: number) => base.map((value, k) => value + by + (k % 2 ? 0.1 : -0.1));
  const among = (...gains: number[]) =>
    chooseSimplest(
      [base, ...gains.map(better)].map((logLikelihoods, k) => ({ choice: choice(k + 1), logLikelihoods })),
    );
  expect(among(0.004, 0.003).chosen).toBe(0);
  expect(among(0.006, 0.003).chosen).toBe(1);
  expect(among(0.02, 0.03).chosen).toBe(2);
  const { table } = among(0.02);
  expect(table.map(({ dims, chosen }) => [dims, chosen])).toEqual([
    [1, false],
    [2, true],
  ]);
  expect(table[0].standardError).toBeCloseTo(0.01, 2);
});

test("folds hold out different tenths and nothing that is missing", () => {
  const observed = Uint8Array.from({ length: 200 }, (_, k) => (k % 4 ? 1 : 0));
  const matrix = {
    subjects: Array.from({ length: 10 }, (_, s) => `s${s}`),
    items: Array.from({ length: 20 }, (_, i) => `i${i}`),
    scores: new Float64Array(200),
    observed,
  };
  const folds = heldOutFolds(matrix, 3);
  const times = new Uint8Array(200);
  for (const { train, test: held } of folds) {
    expect(held.observed.reduce((sum, x) => sum + x, 0)).toBe(15);
    held.observed.forEach((x, cell) => {
      times[cell] += x;
      expect(x + train.observed[cell]).toBe(observed[cell]);
    });
  }
  expect(Math.max(...times)).toBe(1);
  expect(heldOutFolds(matrix, 3)).toEqual(folds);
});

test("what some candidate cannot score is left out for all, and a handful of responses compare nothing", () => {
  const logLikelihoods = (first: number) => Float64Array.of(first, -0.5, -0.4, -0.6);
  const { chosen, table } = chooseSimplest([
    { choice: choice(1), logLikelihoods: logLikelihoods(Number.NaN) },
    { choice: choice(2), logLikelihoods: logLikelihoods(-0.1) },
  ]);
  expect(chosen).toBe(0);
  expect(table.map(({ heldOut }) => heldOut)).toEqual([-0.5, -0.5]);
  const one = {
    subjects: ["a"],
    items: ["1"],
    scores: Float64Array.of(1),
    observed: Uint8Array.of(1),
  };
  expect(canCompare(heldOutFolds(one, 1))).toBe(false);
});
