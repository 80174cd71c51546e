import { expect, test } from "vitest";
import { logistic, seededNormal, seededRandom } from "../numerics/index.ts";
import { estimateAbility } from "./ability.ts";
import type { ItemParameters } from "./parameters.ts";

function drawItems(count: number, dims: number, seed: number): ItemParameters {
  const normal = seededNormal(seededRandom(seed));
  return {
    family: "2pl",
    dims,
    discrimination: Float64Array.from({ length: count * dims }, () => 1 + 0.5 * normal()),
    intercept: Float64Array.from({ length: count }, normal),
  };
}

const all = (count: number) => Array.from({ length: count }, (_, i) => i);

test("one Rasch item has the closed-form maximum a posteriori", () => {
  const items: ItemParameters = {
    family: "rasch",
    dims: 1,
    discrimination: Float64Array.of(1),
    intercept: Float64Array.of(0),
  };
  const { ability, covariance } = estimateAbility(items, { items: [0], scores: [1] });
  expect(ability[0]).toBeCloseTo(1 - logistic(ability[0]), 10);
  const p = logistic(ability[0]);
  expect(covariance[0]).toBeCloseTo(1 / (1 + p * (1 - p)), 10);
});

test("without responses the prior comes back", () => {
  const estimate = estimateAbility(
    drawItems(3, 2, 1),
    { items: [], scores: [] },
    {
      mean: [1, -1],
      covariance: [2, 0.5, 0.5, 1],
    },
  );
  expect([...estimate.ability]).toEqual([1, -1]);
  expect(estimate.covariance[1]).toBeCloseTo(0.5, 12);
  expect(estimate.covariance[0]).toBeCloseTo(2, 12);
});

test("95 % intervals cover the ability that made the responses", () => {
  const items = drawItems(40, 2, 2);
  const random = seededRandom(3);
  const normal = seededNormal(random);
  let covered = 0;
  const repeats = 1000;
  for (let r = 0; r < repeats; r++) {
    const theta = [normal(), normal()];
    const scores = all(40).map((i) => {
      const z =
        items.discrimination[2 * i] * theta[0] +
        items.discrimination[2 * i + 1] * theta[1] +
        items.intercept[i];
      return random() < logistic(z) ? 1 : 0;
    });
    const { ability, covariance, converged } = estimateAbility(items, { items: all(40), scores });
    expect(converged).toBe(true);
    if (Math.abs(ability[0] - theta[0]) < 1.96 * Math.sqrt(covariance[0])) covered++;
  }
  expect(covered / repeats).toBeGreaterThan(0.93);
  expect(covered / repeats).toBeLessThan(0.97);
});

test("n trials weigh as n answers, and guessing tempers a right answer to a hard item", () => {
  const items = drawItems(5, 1, 4);
  const scores = [1, 0.5, 0, 1, 0.25];
  const once = estimateAbility(items, { items: all(5), scores, trials: [4, 4, 4, 4, 4] });
  const repeated = all(20).map((j) => j % 5);
  const split = repeated.map((i, j) => (scores[i] * 4 > Math.floor(j / 5) ? 1 : 0));
  expect(estimateAbility(items, { items: repeated, scores: split }).ability[0]).toBeCloseTo(
    once.ability[0],
    8,
  );
  const hard = { ...items, intercept: Float64Array.from([-3, -3, -3, -3, -3]) };
  const lucky = { items: [0], scores: [1] };
  const withGuessing: ItemParameters = { ...hard, family: "3pl", guessing: new Float64Array(5).fill(0.25) };
  expect(estimateAbility(withGuessing, lucky).ability[0]).toBeLessThan(
    estimateAbility(hard, lucky).ability[0] - 0.1,
  );
});

test("separable answers in more dimensions than answers stay finite", () => {
  const items = drawItems(10, 50, 5);
  const estimate = estimateAbility(items, { items: all(10), scores: all(10).map((i) => i % 2) });
  expect(estimate.converged).toBe(true);
  expect([...estimate.ability].every(Number.isFinite)).toBe(true);
});

test("wrong responses are refused", () => {
  const items = drawItems(2, 1, 6);
  expect(() => estimateAbility(items, { items: [2], scores: [1] })).toThrow("no such item");
  expect(() => estimateAbility(items, { items: [0], scores: [1.5] })).toThrow("outside the model's range");
  expect(() => estimateAbility(items, { items: [0], scores: [] })).toThrow("differ in number");
});
