import { expect, test } from "vitest";
import { stepsLeft } from "./steps-left.ts";

test("changes that halve each step reach the tolerance when the line says", () => {
  const left = stepsLeft(2 ** -20, 1000);
  expect(left(1, 0.5)).toBe(999);
  for (let step = 2; step < 20; step++) expect(left(step, 2 ** -step)).toBe(20 - step);
});

test("changes that do not shrink leave all steps up to the limit, small ones none", () => {
  const left = stepsLeft(1e-5, 100);
  expect([left(1, 0.1), left(2, 0.2), left(3, 0.2)]).toEqual([99, 98, 97]);
  expect(left(4, 1e-7)).toBe(0);
});
