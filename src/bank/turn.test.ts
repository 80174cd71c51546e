import { expect, test } from "vitest";
import { calibrateVariational, linkDimensions, simulate, simulateItems } from "../irt/index.ts";
import { logistic } from "../numerics/index.ts";
import { selectItems } from "../responses/index.ts";
import { calibrateBank } from "./calibrate.ts";
import { mergeBanks } from "./merge.ts";
import { turnBank } from "./turn.ts";

test("two banks of two dimensions become one by their common items, every probability as it was", async () => {
  const truth = simulateItems("2pl", { items: 40, dims: 2, seed: 3 });
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, k) => from + k);
  const bank = (seed: number, from: number, to: number) =>
    calibrateBank(
      {
        ...selectItems(simulate(truth, { subjects: 300, seed }).matrix, range(from, to)),
        subjects: range(0, 300).map((s) => `${seed}-${s}`),
      },
      { dims: 2, engine: "variational", tripos: "0" },
    );
  const [base, other] = [await bank(1, 0, 30), await bank(2, 10, 40)];
  const link = linkDimensions(
    base.parameters,
    other.parameters,
    range(0, 20).map((i) => [i + 10, i] as const),
  );
  const turned = turnBank(other, link);
  const logit = ({ parameters: p, abilities: { ability } }: typeof other, s: number, i: number) =>
    p.intercept[i] +
    p.discrimination[2 * i] * ability[2 * s] +
    p.discrimination[2 * i + 1] * ability[2 * s + 1];
  for (const [s, i] of [
    [0, 0],
    [5, 12],
    [299, 29],
  ])
    expect(logit(turned, s, i)).toBeCloseTo(logit(other, s, i), 9);
  // The items that only the second bank has stand where a calibration of everything at once puts them.
  const merged = mergeBanks(base, turned, {
    tripos: "0",
    bank: "b",
    link: { slope: [...link.transform], shift: [...link.offset] },
  });
  expect(merged.items).toHaveLength(40);
  const all = calibrateVariational(simulate(truth, { subjects: 1500, seed: 9 }).matrix, { dims: 2 }).items;
  const whole = linkDimensions(
    base.parameters,
    all,
    range(0, 30).map((i) => [i, i] as const),
  );
  let square = 0;
  for (let i = 30; i < 40; i++) {
    const p = merged.parameters;
    for (const theta of [
      [1, 0],
      [-1, 0],
      [0, 1],
    ]) {
      const there = [0, 1].map(
        (j) => whole.transform[2 * j] * theta[0] + whole.transform[2 * j + 1] * theta[1] + whole.offset[j],
      );
      const expected =
        all.intercept[i] + all.discrimination[2 * i] * there[0] + all.discrimination[2 * i + 1] * there[1];
      const found =
        p.intercept[i] + p.discrimination[2 * i] * theta[0] + p.discrimination[2 * i + 1] * theta[1];
      square += (logistic(found) - logistic(expected)) ** 2 / 30;
    }
  }
  expect(Math.sqrt(square)).toBeLessThan(0.07);
  // Known less well than before the link.
  const before = turnBank(other, { ...link, covariance: new Float64Array(36) });
  expect(turned.covariance.every((v, at) => at % 9 !== 0 || v >= before.covariance[at])).toBe(true);
});
