import { expect, test } from "vitest";
import { simulate, simulateItems } from "../simulate.ts";
import { calibrateVariational } from "./index.ts";

test("five items: 95 % intervals of slopes and intercepts hold the truth in 93 to 97 %", () => {
  const inside = [0, 0];
  const [replications, items] = [40, 5];
  for (let r = 0; r < replications; r++) {
    const truth = simulateItems("2pl", { items, seed: 1000 + r });
    const { matrix } = simulate(truth, { subjects: 600, seed: 50_000 + 7 * r });
    const { items: found, itemCovariance } = calibrateVariational(matrix);
    for (let i = 0; i < items; i++) {
      const within = (estimate: number, value: number, variance: number) =>
        Math.abs(estimate - value) < 1.96 * Math.sqrt(variance) ? 1 : 0;
      inside[0] += within(found.discrimination[i], truth.discrimination[i], itemCovariance[4 * i]);
      inside[1] += within(found.intercept[i], truth.intercept[i], itemCovariance[4 * i + 3]);
    }
  }
  for (const count of inside) {
    expect(count / (replications * items)).toBeGreaterThanOrEqual(0.93);
    expect(count / (replications * items)).toBeLessThanOrEqual(0.97);
  }
});

test("a longer test and one of few subjects keep the variational posterior", () => {
  const { matrix } = simulate(simulateItems("2pl", { items: 26, seed: 1 }), { subjects: 100, seed: 2 });
  const joint = calibrateVariational(matrix);
  const conditional = calibrateVariational(matrix, { standardErrors: "conditional" });
  expect(joint.items.discrimination).toEqual(conditional.items.discrimination);
});
