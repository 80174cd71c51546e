import { expect, test } from "vitest";
import { routingAccuracy } from "./accuracy.ts";

const matrix = {
  subjects: ["a", "b", "c"],
  items: ["q0", "q1", "q2", "q3"],
  // a: 1 1 0 0   b: 0 1 1 0   c: 0 1 0 0
  scores: Float64Array.of(0.9, 0.2, 0, 0, 0, 1, 0.5, 0, 0, 1, 0, 0),
  observed: new Uint8Array(12).fill(1),
};

test("router, models, random, majority and oracle are what one counts by hand", () => {
  const result = routingAccuracy(matrix, [0, 0, 1, 2]);
  expect(result).toMatchObject({
    router: 0.75,
    bestSingle: { model: "a", reward: 0.5 },
    majority: 0.25,
    oracle: 0.75,
    models: { a: 0.5, b: 0.5, c: 0.25 },
    chosen: { a: 2, b: 1, c: 1 },
  });
  expect(result.random).toBeCloseTo(5 / 12, 12);
  expect(result.difference.mean).toBeCloseTo(0.25, 12);
  expect(result.interval[0]).toBeLessThanOrEqual(0.75);
  expect(result.interval[1]).toBeGreaterThanOrEqual(0.75);
});

test("always choosing the best single model differs from it by nothing, with certainty", () => {
  const { difference } = routingAccuracy(matrix, [0, 0, 0, 0]);
  expect(difference).toEqual({ mean: 0, interval: [0, 0] });
});
