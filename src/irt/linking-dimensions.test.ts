import { expect, test } from "vitest";
import { seededNormal, seededRandom } from "../numerics/index.ts";
import { linkDimensions } from "./linking-dimensions.ts";
import type { ItemParameters } from "./parameters.ts";
import { simulateItems } from "./simulate.ts";

/** The same items for θ_there = B θ + c: slopes Bᵀ⁻¹ apart; `noise` is added to slopes and intercepts. */
function seenFrom(items: ItemParameters, b: number[], c: number[], noise = 0, seed = 1): ItemParameters {
  const { dims } = items;
  const normal = seededNormal(seededRandom(seed));
  const discrimination = new Float64Array(items.discrimination.length);
  const intercept = items.intercept.map((d) => d + noise * normal());
  for (let i = 0; i < intercept.length; i++)
    for (let k = 0; k < dims; k++) {
      for (let j = 0; j < dims; j++)
        discrimination[i * dims + k] += items.discrimination[i * dims + j] * b[j * dims + k];
      intercept[i] += items.discrimination[i * dims + k] * c[k];
      discrimination[i * dims + k] += noise * normal();
    }
  return { ...items, discrimination, intercept };
}

const pairs = (n: number) => Array.from({ length: n }, (_, i) => [i, i] as const);
const turns: Record<number, { b: number[]; c: number[] }> = {
  2: { b: [0.9, -0.6, 0.5, 1.1], c: [0.4, -0.3] },
  3: { b: [0.9, -0.4, 0.2, 0.5, 1, -0.3, -0.1, 0.4, 1.2], c: [0.4, -0.3, 0.2] },
};

test.each([
  ["2pl", 2],
  ["3pl", 2],
  ["2pl", 3],
] as const)(
  "%s in %i dimensions: turned, stretched and moved axes are found again exactly",
  (family, dims) => {
    const other = simulateItems(family, { items: 12, dims, seed: 7 });
    const { b, c } = turns[dims];
    const link = linkDimensions(seenFrom(other, b, c), other, pairs(12));
    [...b, ...c].forEach((value, at) => {
      expect([...link.transform, ...link.offset][at]).toBeCloseTo(value, 4);
    });
    expect(link.rmsd).toBeLessThan(1e-4);
  },
);

test.each([2, 3])("more common items link better, within what the jackknife says: %i dimensions", (dims) => {
  const { b, c } = turns[dims];
  const errors = [10, 40].map((count) => {
    let [square, expected] = [0, 0];
    for (let seed = 1; seed <= 8; seed++) {
      const truth = simulateItems("2pl", { items: count, dims, seed });
      const still = Array.from(b, (_, at) => (at % (dims + 1) === 0 ? 1 : 0));
      const noisy = seenFrom(truth, still, new Array<number>(dims).fill(0), 0.15, 50 + seed);
      const link = linkDimensions(seenFrom(truth, b, c, 0.15, 90 + seed), noisy, pairs(count));
      [...b, ...c].forEach((value, at) => {
        const found = at < b.length ? link.transform[at] : link.offset[at - b.length];
        square += (found - value) ** 2;
        expected += link.covariance[at * (b.length + dims + 1)];
      });
    }
    expect(square / expected).toBeGreaterThan(0.4);
    expect(square / expected).toBeLessThan(2.5);
    return Math.sqrt(square / 8 / (b.length + dims));
  });
  expect(errors[1]).toBeLessThan(0.65 * errors[0]);
});

test("too few common items, or items that know one direction only, are refused in words", () => {
  const items = simulateItems("2pl", { items: 6, dims: 2, seed: 7 });
  expect(() => linkDimensions(items, items, pairs(2))).toThrow(/too few common items/);
  const flat = { ...items, discrimination: items.discrimination.map((a, e) => (e % 2 ? 0 : a)) };
  expect(() => linkDimensions(flat, flat, pairs(6))).toThrow(/do not tell the dimensions apart/);
  expect(() => linkDimensions(items, simulateItems("3pl", { items: 6, dims: 2, seed: 7 }), pairs(6))).toThrow(
    /models differ/,
  );
});
