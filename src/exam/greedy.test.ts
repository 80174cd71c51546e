import fc from "fast-check";
import { expect, test } from "vitest";
import { cholesky, logDeterminant, seededNormal, seededRandom } from "../numerics/index.ts";
import { type Criterion, selectGreedily } from "./greedy.ts";
import { informationCriterion, informationWeight } from "./information-criterion.ts";
import { readOutCriterion } from "./readout-criterion.ts";

const fixedGains = (values: readonly number[]): Criterion => ({
  gains: (out) => out.set(values),
  take: () => undefined,
});

test("constraints hold whatever the gains", () => {
  const cases = fc.record({
    gains: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 12, maxLength: 40 }),
    count: fc.integer({ min: 4, max: 10 }),
    seed: fc.nat(),
  });
  fc.assert(
    fc.property(cases, ({ gains, count, seed }) => {
      const groups = gains.map((_, i) => "abc"[i % 3]);
      const costs = gains.map((_, i) => 1 + (i % 4));
      const chosen = selectGreedily(
        count,
        gains.length,
        fixedGains(gains),
        { never: [0, 5], atLeast: { b: 2, c: 1 }, costs, budget: 30, exposure: { among: 3, seed } },
        groups,
      );
      expect(new Set(chosen).size).toBe(chosen.length);
      expect(chosen.includes(0) || chosen.includes(5)).toBe(false);
      expect(chosen.reduce((sum, i) => sum + costs[i], 0)).toBeLessThanOrEqual(30);
      if (chosen.length === count) {
        expect(chosen.filter((i) => groups[i] === "b").length).toBeGreaterThanOrEqual(2);
        expect(chosen.filter((i) => groups[i] === "c").length).toBeGreaterThanOrEqual(1);
      }
    }),
  );
});

test("without constraints the largest gains are taken in order", () => {
  expect(Array.from(selectGreedily(3, 5, fixedGains([1, 9, 3, 7, 5])))).toEqual([1, 3, 4]);
});

test("constraints that cannot be met are refused", () => {
  const groups = ["a", "a", "b"];
  const gains = fixedGains([1, 2, 3]);
  expect(() => selectGreedily(2, 3, gains, { atLeast: { b: 2 } }, groups)).toThrow(
    /too few questions of "b"/,
  );
  expect(() => selectGreedily(1, 3, gains, { atLeast: { a: 2 } }, groups)).toThrow(/exceed the length/);
});

test("information gains are differences of log determinants", () => {
  const normal = seededNormal(seededRandom(1));
  const [n, dims] = [6, 2];
  const items = {
    family: "2pl" as const,
    dims,
    discrimination: Float64Array.from({ length: n * dims }, normal),
    intercept: Float64Array.from({ length: n }, normal),
  };
  const ability = Float64Array.of(0.3, -0.8);
  const logDet = (asked: number[]) => {
    const m = Float64Array.of(1, 0, 0, 1);
    for (const i of asked) {
      const w = informationWeight(items, i, ability);
      for (let j = 0; j < 2; j++)
        for (let l = 0; l < 2; l++)
          m[j * 2 + l] += w * items.discrimination[2 * i + j] * items.discrimination[2 * i + l];
    }
    cholesky(m, 2);
    return logDeterminant(m, 2);
  };
  const criterion = informationCriterion(items, ability);
  const gains = new Float64Array(n);
  criterion.take(3);
  criterion.take(1);
  criterion.gains(gains);
  for (const i of [0, 2, 4, 5]) expect(gains[i]).toBeCloseTo(logDet([3, 1, i]) - logDet([3, 1]), 10);
});

test("read-out gains are the variance of the score that an answer explains beyond those before", () => {
  const normal = seededNormal(seededRandom(2));
  const [s, n, noise] = [20, 5, 0.3];
  const x = Float64Array.from({ length: s * n }, normal);
  const y = Float64Array.from({ length: s }, (_, r) => x[r * n] + x[r * n + 1] + normal());
  const mean = (f: (r: number) => number) =>
    Array.from({ length: s }, (_, r) => f(r)).reduce((a, b) => a + b) / s;
  const covariance = (f: (r: number) => number, g: (r: number) => number) =>
    mean((r) => f(r) * g(r)) - mean(f) * mean(g);
  const explained = (asked: number[]) => {
    const m = asked.length;
    const k = new Float64Array(m * m);
    const c = asked.map((i) =>
      covariance(
        (r) => x[r * n + i],
        (r) => y[r],
      ),
    );
    asked.forEach((i, a) => {
      asked.forEach((j, b) => {
        k[a * m + b] =
          covariance(
            (r) => x[r * n + i],
            (r) => x[r * n + j],
          ) + (a === b ? noise : 0);
      });
    });
    const l = k.slice();
    cholesky(l, m);
    const solved = Float64Array.from(c);
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < i; j++) solved[i] -= l[i * m + j] * solved[j];
      solved[i] /= l[i * m + i];
    }
    return (
      solved.reduce((sum, v) => sum + v * v, 0) /
      covariance(
        (r) => y[r],
        (r) => y[r],
      )
    );
  };
  const criterion = readOutCriterion(x, y, s, new Float64Array(n).fill(noise));
  criterion.take(2);
  criterion.take(0);
  const gains = new Float64Array(n);
  criterion.gains(gains);
  for (const i of [1, 3, 4]) expect(gains[i]).toBeCloseTo(explained([2, 0, i]) - explained([2, 0]), 5);
});

test("a budget holds back what the least numbers per scenario will cost", () => {
  const gains = Float64Array.of(9, 8, 7, 1, 1, 1);
  const criterion: Criterion = { gains: (out) => out.set(gains), take: () => undefined };
  const groups = ["a", "a", "a", "b", "b", "b"];
  const costs = [1, 1, 1, 3, 2, 4];
  const choose = (budget: number) =>
    Array.from(selectGreedily(4, 6, criterion, { costs, budget, atLeast: { b: 2 } }, groups));
  expect(choose(6).sort()).toEqual([0, 3, 4]);
  expect(choose(5).sort()).toEqual([3, 4]);
  expect(() => choose(4)).toThrow(/budget is too small.*found 4, expected at least 5/);
  const losses = { ...criterion, gains: (out: Float64Array) => out.fill(-1) };
  expect(Array.from(selectGreedily(1, 6, losses, { costs: [3, 2, 1, 3, 2, 4] }))).toEqual([2]);
});
