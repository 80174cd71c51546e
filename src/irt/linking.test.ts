import { expect, test } from "vitest";
import { type LinkMethod, linkBanks, relinkItems } from "./linking.ts";
import { calibrateMml } from "./mml/index.ts";
import { categoryProbabilities } from "./models.ts";
import type { ModelFamily } from "./parameters.ts";
import { simulate, simulateItems } from "./simulate.ts";

const methods: LinkMethod[] = ["stocking-lord", "haebara", "mean-sigma"];
const families: ModelFamily[] = ["2pl", "3pl", "graded", "gpcm"];
const all = (n: number) => Array.from({ length: n }, (_, i) => [i, i] as const);

test.each(families.flatMap((family) => methods.map((method) => [family, method] as const)))(
  "%s by %s: a moved scale is found again exactly",
  (family, method) => {
    const base = simulateItems(family, { items: 10, seed: 61 });
    const away = relinkItems(base, { slope: 1 / 1.3, shift: -0.4 / 1.3 });
    const link = linkBanks(base, away, all(10), method);
    expect(link.slope).toBeCloseTo(1.3, 5);
    expect(link.shift).toBeCloseTo(0.4, 5);
    expect(link.rmsd).toBeLessThan(1e-5);
    const back = relinkItems(away, link);
    const theta = 0.7;
    const there = (theta - link.shift) / link.slope;
    for (let i = 0; i < 10; i++) {
      const wanted = categoryProbabilities(base, i, [theta]);
      categoryProbabilities(back, i, [theta]).forEach((p, k) => {
        expect(p).toBeCloseTo(wanted[k], 5);
      });
      categoryProbabilities(away, i, [there]).forEach((p, k) => {
        expect(p).toBeCloseTo(wanted[k], 5);
      });
    }
  },
);

test("two calibrations of different populations meet within the jackknife's uncertainty", () => {
  const items = simulateItems("2pl", { items: 30, seed: 62 });
  const weak = { mean: Float64Array.of(-0.8), covariance: Float64Array.of(0.64) };
  const first = calibrateMml(simulate(items, { subjects: 1000, seed: 63 }).matrix, {
    standardErrors: "none",
  });
  const second = calibrateMml(simulate(items, { subjects: 1000, seed: 64, latent: weak }).matrix, {
    standardErrors: "none",
  });
  for (const method of methods) {
    const link = linkBanks(first.items, second.items, all(30), method);
    expect(Math.abs(link.slope - 0.8)).toBeLessThan(0.08);
    expect(Math.abs(link.shift + 0.8)).toBeLessThan(0.12);
    expect(link.slopeSE).toBeGreaterThan(0.001);
    expect(link.slopeSE).toBeLessThan(0.1);
    const mean = second.abilities.ability.reduce((sum, v) => sum + v / 1000, 0);
    expect(Math.abs(link.slope * mean + link.shift + 0.8)).toBeLessThan(0.12);
    expect(Math.abs(link.slopeShiftCovariance)).toBeLessThanOrEqual(link.slopeSE * link.shiftSE);
  }
});

test("banks that cannot be linked say why", () => {
  const one = simulateItems("2pl", { items: 3, seed: 65 });
  expect(() => linkBanks(one, one, [[0, 0]])).toThrow(/common items/);
  expect(() => linkBanks(one, simulateItems("2pl", { items: 3, seed: 65, dims: 2 }), all(3))).toThrow(
    /one dimension/,
  );
  expect(() => linkBanks(one, simulateItems("3pl", { items: 3, seed: 65 }), all(3))).toThrow(/models differ/);
});
