import { expect, test } from "vitest";
import { permutation, seededNormal, seededRandom } from "./random.ts";

test("a seed gives its own sequence, always the same", () => {
  const take = (seed: number) => Array.from({ length: 5 }, seededRandom(seed));
  expect(take(1)).toEqual(take(1));
  expect(take(1)).not.toEqual(take(2));
});

test("uniform and normal numbers have the moments they should", () => {
  const n = 200_000;
  const uniform = seededRandom(7);
  const normal = seededNormal(seededRandom(8));
  let mean = 0;
  let first = 0;
  let second = 0;
  let fourth = 0;
  for (let i = 0; i < n; i++) {
    mean += uniform() / n;
    const z = normal();
    first += z / n;
    second += z ** 2 / n;
    fourth += z ** 4 / n;
  }
  expect(mean).toBeCloseTo(0.5, 2);
  expect(first).toBeCloseTo(0, 1.9);
  expect(second).toBeCloseTo(1, 1.7);
  expect(Math.abs(fourth - 3)).toBeLessThan(0.15);
});

test("a permutation holds each number once", () => {
  const order = permutation(1000, seededRandom(3));
  expect(new Set(order).size).toBe(1000);
  expect(order[0] === 0 && order[1] === 1 && order[2] === 2).toBe(false);
});
