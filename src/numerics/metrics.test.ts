import { expect, test } from "vitest";
import { scoreProbabilities } from "./metrics.ts";

test("a small example by hand", () => {
  const { logLikelihood, brier, auc, ece, cells } = scoreProbabilities([0.9, 0.8, 0.3, 0.3], [1, 0, 1, 0]);
  expect(cells).toBe(4);
  expect(logLikelihood).toBeCloseTo((Math.log(0.9) + Math.log(0.2) + Math.log(0.3) + Math.log(0.7)) / 4, 12);
  expect(brier).toBeCloseTo((0.01 + 0.64 + 0.49 + 0.09) / 4, 12);
  // Right .9 beats both; right .3 beats none and ties with one.
  expect(auc).toBeCloseTo(2.5 / 4, 12);
  // Bins of 1/15: .9 → 13, .8 → 12, .3 twice → 4, where .6 was expected and 1 happened.
  expect(ece).toBeCloseTo((0.1 + 0.8 + 0.4) / 4, 12);
});

test("a share counts as so many answers", () => {
  const shares = scoreProbabilities([0.7, 0.2], [0.75, 0.25]);
  const answers = scoreProbabilities([0.7, 0.7, 0.7, 0.7, 0.2, 0.2, 0.2, 0.2], [1, 1, 1, 0, 1, 0, 0, 0]);
  expect(shares.logLikelihood).toBeCloseTo(answers.logLikelihood, 12);
  expect(shares.auc).toBeCloseTo(answers.auc, 12);
  expect(shares.ece).toBeCloseTo(answers.ece, 12);
});

test("answers that are all alike have no order", () => {
  expect(scoreProbabilities([0.2, 0.9], [1, 1]).auc).toBeNaN();
});

test("a probability that is no number ends in NaN", () => {
  expect(scoreProbabilities([0.2, Number.NaN, 0.9], [1, 0, 1]).logLikelihood).toBeNaN();
});
