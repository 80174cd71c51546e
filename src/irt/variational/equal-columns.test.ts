import { expect, test } from "vitest";
import { simulate, simulateItems } from "../simulate.ts";
import { calibrateVariational } from "./calibrate.ts";

test.each([
  { subjects: 250, dims: 1 },
  { subjects: 250, dims: 2 },
  { subjects: 150, dims: 2 },
])(
  "three equal columns of $subjects subjects keep slopes in bounds and standard errors finite, dimensions: $dims",
  ({ subjects, dims }) => {
    const { matrix } = simulate(simulateItems("2pl", { items: 20, seed: 6 }), { subjects, seed: 8 });
    for (let s = 0; s < subjects; s++)
      for (const copy of [1, 2]) matrix.scores[s * 20 + copy] = matrix.scores[s * 20];
    const { items, itemCovariance, abilities } = calibrateVariational(matrix, { dims });
    expect(Math.max(...items.discrimination.map(Math.abs))).toBeLessThan(20);
    expect(itemCovariance.every(Number.isFinite)).toBe(true);
    expect(abilities.covariance.every(Number.isFinite)).toBe(true);
    // The other items are still told apart.
    expect(new Set(items.discrimination).size).toBeGreaterThan(20 * dims - 3 * dims);
  },
);
