import { expect, test } from "vitest";
import { calibrateMml } from "./mml/index.ts";
import { categoryProbabilities } from "./models.ts";
import type { ModelFamily } from "./parameters.ts";
import { simulate, simulateItems } from "./simulate.ts";

const families: ModelFamily[] = ["rasch", "1pl", "2pl", "3pl", "4pl", "graded", "gpcm"];

test.each(families)("%s: categories come as often as their probabilities say", (family) => {
  const items = simulateItems(family, { items: 4, seed: 91, categories: 3 });
  const n = 20_000;
  const { matrix } = simulate(items, { subjects: n, seed: 92, ability: new Float64Array(n).fill(0.6) });
  for (let i = 0; i < 4; i++) {
    const p = categoryProbabilities(items, i, [0.6]);
    expect(p.reduce((sum, v) => sum + v, 0)).toBeCloseTo(1, 12);
    p.forEach((pk, k) => {
      let count = 0;
      for (let s = 0; s < n; s++) if (matrix.scores[s * 4 + i] === k) count++;
      expect(Math.abs(count / n - pk)).toBeLessThan(4 * Math.sqrt((pk * (1 - pk)) / n) + 1e-9);
    });
  }
});

test("the same seed gives the same data, another seed others; missing and trials as asked", () => {
  const items = simulateItems("2pl", { items: 30, seed: 93, dims: 2 });
  const draw = (seed: number) => simulate(items, { subjects: 200, seed, missing: 0.25, trials: 5 });
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1).matrix.scores).not.toEqual(draw(2).matrix.scores);
  const { matrix } = draw(1);
  const share = matrix.observed.reduce((sum, o) => sum + o, 0) / 6000;
  expect(Math.abs(share - 0.75)).toBeLessThan(0.02);
  expect(Array.from(matrix.scores).every((v) => Math.abs(v * 5 - Math.round(v * 5)) < 1e-9)).toBe(true);
  expect(simulateItems("2pl", { items: 30, seed: 93, dims: 2 })).toEqual(items);
});

test("abilities follow the distribution asked for", () => {
  const latent = { mean: Float64Array.of(1, -1), covariance: Float64Array.of(1, 0.6, 0.6, 2) };
  const { ability } = simulate(simulateItems("2pl", { items: 1, seed: 94, dims: 2 }), {
    subjects: 50_000,
    seed: 95,
    latent,
  });
  const moments = [0, 0, 0, 0, 0];
  for (let s = 0; s < 50_000; s++) {
    const [x, y] = [ability[2 * s] - 1, ability[2 * s + 1] + 1];
    [x, y, x * x, x * y, y * y].forEach((v, k) => {
      moments[k] += v / 50_000;
    });
  }
  [0, 0, 1, 0.6, 2].forEach((wanted, k) => {
    expect(Math.abs(moments[k] - wanted)).toBeLessThan(0.05);
  });
});

/** Estimates against the truth over replications: mean error, RMSE and share of 95 % intervals that hold the truth. */
function recovery(family: ModelFamily, replications: number, items: number, subjects: number) {
  const parts = new Map<string, { n: number; bias: number; square: number; inside: number }>();
  const add = (part: string, estimate: number, truth: number, se: number) => {
    const tally = parts.get(part) ?? { n: 0, bias: 0, square: 0, inside: 0 };
    parts.set(part, tally);
    tally.n++;
    tally.bias += estimate - truth;
    tally.square += (estimate - truth) ** 2;
    tally.inside += Math.abs(estimate - truth) < 1.96 * se ? 1 : 0;
  };
  for (let r = 0; r < replications; r++) {
    const truth = simulateItems(family, { items, seed: 300 + r, categories: 3 });
    const { matrix, ability } = simulate(truth, { subjects, seed: 400 + r });
    const { items: found, standardErrors: se, abilities } = calibrateMml(matrix, { family });
    if (family !== "rasch")
      found.discrimination.forEach((a, i) => {
        if (family !== "1pl" || i === 0) add("slope", a, truth.discrimination[i], se.discrimination[i]);
      });
    found.intercept.forEach((d, e) => {
      add("intercept", d, truth.intercept[e], se.intercept[e]);
    });
    for (const part of ["guessing", "upper"] as const)
      found[part]?.forEach((c, i) => {
        add(part, c, truth[part]![i], se[part]![i]);
      });
    ability.forEach((theta, s) => {
      add("ability", abilities.ability[s], theta, Math.sqrt(abilities.covariance[s]));
    });
  }
  return Array.from(parts, ([part, { n, bias, square, inside }]) => ({
    part,
    n,
    bias: bias / n,
    rmse: Math.sqrt(square / n),
    coverage: inside / n,
  }));
}

test("2PL: 95 % intervals of slopes, intercepts and abilities hold the truth in 93 to 97 %", () => {
  for (const { part, coverage, bias } of recovery("2pl", 20, 20, 300)) {
    expect(coverage, part).toBeGreaterThan(0.93);
    expect(coverage, part).toBeLessThan(0.97);
    expect(Math.abs(bias), part).toBeLessThan(0.04);
  }
});

test.each(families)(
  "%s: small bias, and intervals that hold the truth about as often as they say",
  (family) => {
    const [replications, items] = family === "1pl" ? [24, 8] : family === "4pl" ? [3, 8] : [4, 12];
    for (const { part, n, coverage, bias, rmse } of recovery(family, replications, items, 500)) {
      expect(coverage, part).toBeGreaterThan(0.93 - 3 * Math.sqrt((0.95 * 0.05) / n));
      expect(Math.abs(bias), part).toBeLessThan(Math.max(0.05, 0.5 * rmse));
    }
  },
);
