import { expect, test } from "vitest";
import { gaussHermite } from "./quadrature.ts";
import {
  chiSquaredTail,
  logGamma,
  logistic,
  logit,
  logSumExp,
  normalCdf,
  normalQuantile,
  softplus,
} from "./special.ts";

test("distribution functions agree with published values", () => {
  expect(normalCdf(1.959963984540054)).toBeCloseTo(0.975, 14);
  expect(normalCdf(-8) / 6.220960574271785e-16).toBeCloseTo(1, 12);
  expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 12);
  expect(normalQuantile(1e-6)).toBeCloseTo(-4.753424308822899, 8);
  expect(chiSquaredTail(3.841458820694124, 1)).toBeCloseTo(0.05, 13);
  expect(chiSquaredTail(18.307038053275146, 10)).toBeCloseTo(0.05, 13);
  expect(chiSquaredTail(300, 1) / 3.3e-67).toBeCloseTo(1, 1);
  expect(logGamma(10)).toBeCloseTo(Math.log(362880), 12);
  expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 13);
});

test("the logistic family neither overflows nor loses its tails", () => {
  expect(logistic(-800)).toBe(0);
  expect(logistic(800)).toBe(1);
  expect(logistic(-30)).toBeCloseTo(Math.exp(-30), 25);
  expect(logit(logistic(3.3))).toBeCloseTo(3.3, 12);
  expect(softplus(1000)).toBe(1000);
  expect(softplus(-40)).toBeCloseTo(Math.exp(-40), 30);
  expect(logSumExp([1000, 1000])).toBeCloseTo(1000 + Math.log(2), 10);
});

test("Gauss–Hermite integrates polynomials of a standard normal exactly", () => {
  const { nodes, weights } = gaussHermite(21);
  const moment = (power: number) => nodes.reduce((sum, x, i) => sum + weights[i] * x ** power, 0);
  expect(moment(0)).toBeCloseTo(1, 12);
  expect(moment(2)).toBeCloseTo(1, 12);
  expect(moment(4)).toBeCloseTo(3, 11);
  expect(moment(8)).toBeCloseTo(105, 8);
});
