import { expect, test } from "vitest";
import { logitAt, rightAt, slopeAt } from "./curve.ts";
import { categoryProbabilities } from "./models.ts";
import { simulateItems } from "./simulate.ts";

test.each(["2pl", "3pl", "4pl"] as const)("%s: P and its slope are the response model's", (family) => {
  const items = simulateItems(family, { items: 5, seed: 3, dims: 2 });
  const ability = [9, 0.7, -1.2];
  for (let i = 0; i < 5; i++) {
    const z = logitAt(items, i, ability, 1);
    const p = rightAt(items, i, z);
    expect(p).toBeCloseTo(categoryProbabilities(items, i, ability.slice(1))[1], 10);
    const numeric = (rightAt(items, i, z + 1e-5) - rightAt(items, i, z - 1e-5)) / 2e-5;
    expect(slopeAt(items, i, p)).toBeCloseTo(numeric, 8);
  }
});
