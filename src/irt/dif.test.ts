import { expect, test } from "vitest";
import type { ResponseMatrix } from "../responses/index.ts";
import { differentialItemFunctioning } from "./dif.ts";
import { logisticRegression } from "./dif-logistic.ts";
import { standardNormal } from "./latent.ts";
import { calibrateMml } from "./mml/index.ts";
import type { ItemParameters } from "./parameters.ts";
import { simulate, simulateItems } from "./simulate.ts";

/** Two groups of `n`, the focal one .7 lower in ability, with item 4 harder for it by `harder` logits. */
function twoGroups(items: ItemParameters, n: number, harder: number, seed: number) {
  const steps = (items.categories ?? 2) - 1;
  const intercept = items.intercept.map((d, e) => (Math.floor(e / steps) === 4 ? d - harder : d));
  const reference = simulate(items, { subjects: n, seed });
  const focal = simulate(
    { ...items, intercept },
    { subjects: n, seed: seed + 1, latent: { mean: Float64Array.of(-0.7), covariance: Float64Array.of(1) } },
  );
  const matrix: ResponseMatrix = {
    subjects: Array.from({ length: 2 * n }, (_, s) => `s${s}`),
    items: reference.matrix.items,
    scores: Float64Array.of(...reference.matrix.scores, ...focal.matrix.scores),
    observed: new Uint8Array(2 * n * reference.matrix.items.length).fill(1),
  };
  return { matrix, isFocal: Array.from({ length: 2 * n }, (_, s) => s >= n) };
}

test.each(["logistic", "likelihood-ratio"] as const)(
  "%s: finds the planted item, and not the gap in ability",
  (method) => {
    const { matrix, isFocal } = twoGroups(simulateItems("2pl", { items: 20, seed: 21 }), 600, 1, 22);
    const { items } = calibrateMml(matrix, { standardErrors: "none" });
    const dif = differentialItemFunctioning(matrix, items, isFocal, { method });
    const found = dif.items[4];
    expect(found.adjustedP).toBeLessThan(1e-4);
    expect(Math.abs(found.effect - 1)).toBeLessThan(3 * found.standardError);
    expect(found.standardError).toBeLessThan(0.3);
    expect(dif.items.filter(({ adjustedP }) => adjustedP < 0.05).length).toBeLessThanOrEqual(2);
    expect(dif.anchors).not.toContain(4);
    const gap = (dif.focal.mean[0] - dif.reference.mean[0]) / Math.sqrt(dif.reference.covariance[0]);
    expect(Math.abs(gap + 0.7)).toBeLessThan(0.2);
  },
);

test.each(["logistic", "likelihood-ratio"] as const)(
  "%s: without DIF, p-values keep their level",
  (method) => {
    let rejected = 0;
    for (const seed of [31, 33]) {
      const { matrix, isFocal } = twoGroups(simulateItems("2pl", { items: 12, seed }), 300, 0, seed + 100);
      const { items } = calibrateMml(matrix, { standardErrors: "none" });
      const dif = differentialItemFunctioning(matrix, items, isFocal, { method, rounds: 1 });
      rejected += dif.items.filter(({ p }) => p < 0.05).length;
    }
    expect(rejected).toBeLessThan(6); // 1.2 expected of 24
  },
);

test("ordered scores and asymptotes", () => {
  const graded = twoGroups(simulateItems("graded", { items: 6, seed: 41, categories: 3 }), 250, 1, 42);
  const { items } = calibrateMml(graded.matrix, { family: "graded", standardErrors: "none" });
  const dif = differentialItemFunctioning(graded.matrix, items, graded.isFocal, {
    method: "likelihood-ratio",
  });
  expect(dif.items[4].adjustedP).toBeLessThan(1e-4);
  expect(dif.items[4].df).toBe(3);
  expect(() => differentialItemFunctioning(graded.matrix, items, graded.isFocal)).toThrow(/likelihood-ratio/);
  const guessed = twoGroups(simulateItems("3pl", { items: 6, seed: 43 }), 200, 0, 44);
  const fit = calibrateMml(guessed.matrix, { family: "3pl", standardErrors: "none" });
  const none = differentialItemFunctioning(guessed.matrix, fit.items, guessed.isFocal, {
    method: "likelihood-ratio",
  });
  expect(none.items.filter(({ adjustedP }) => adjustedP < 0.05).length).toBeLessThan(3);
});

test("separable groups and an empty group end in numbers or a clear error", () => {
  const { matrix, isFocal } = twoGroups(simulateItems("2pl", { items: 8, seed: 51 }), 40, 0, 52);
  const scores = matrix.scores.map((v, cell) =>
    cell % 8 === 2 ? (isFocal[Math.floor(cell / 8)] ? 1 : 0) : v,
  );
  const broken = { ...matrix, scores };
  const { items } = calibrateMml(broken, { standardErrors: "none" });
  for (const method of ["logistic", "likelihood-ratio"] as const) {
    const dif = differentialItemFunctioning(broken, items, isFocal, { method });
    for (const { effect, statistic, p } of dif.items)
      expect([effect, statistic, p].every(Number.isFinite)).toBe(true);
    expect(dif.items[2].adjustedP).toBeLessThan(1e-6);
  }
  expect(() => differentialItemFunctioning(matrix, items, Array(80).fill(false))).toThrow(/two subjects/);
});

test("logistic regression: the closed form of a two-by-two table", () => {
  const design = Float64Array.of(1, 0, 1, 0, 1, 1, 1, 1);
  const fit = logisticRegression(design, 2, Float64Array.of(0, 1, 0, 1), Float64Array.of(300, 100, 100, 300));
  expect(fit.coefficients[0]).toBeCloseTo(Math.log(1 / 3), 2);
  expect(fit.coefficients[1]).toBeCloseTo(Math.log(9), 2);
  expect(Math.sqrt(fit.covariance[3])).toBeCloseTo(Math.sqrt(2 / 300 + 2 / 100), 3);
});

test("three dimensions, long test: each group's mean ability, and the planted item", () => {
  const items = simulateItems("2pl", { items: 60, dims: 3, seed: 31 });
  const harder = { ...items, intercept: items.intercept.map((d, i) => (i === 4 ? d - 2 : d)) };
  const latent = { mean: Float64Array.of(-0.7, 0, 0.4), covariance: standardNormal(3).covariance };
  const reference = simulate(items, { subjects: 120, seed: 32 });
  const focal = simulate(harder, { subjects: 120, seed: 33, latent });
  const matrix: ResponseMatrix = {
    subjects: Array.from({ length: 240 }, (_, s) => `s${s}`),
    items: reference.matrix.items,
    scores: Float64Array.of(...reference.matrix.scores, ...focal.matrix.scores),
    observed: new Uint8Array(240 * 60).fill(1),
  };
  const dif = differentialItemFunctioning(
    matrix,
    items,
    matrix.subjects.map((_, s) => s >= 120),
  );
  dif.focal.mean.forEach((mean, k) => {
    expect(Math.abs(mean - latent.mean[k])).toBeLessThan(0.3);
  });
  dif.reference.mean.forEach((mean) => {
    expect(Math.abs(mean)).toBeLessThan(0.3);
  });
  expect(dif.items[4].adjustedP).toBeLessThan(0.01);
  expect(dif.items.filter(({ adjustedP }) => adjustedP < 0.05).length).toBeLessThanOrEqual(3);
});
