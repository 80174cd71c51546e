import { expect, test } from "vitest";
import { seededNormal, seededRandom } from "../numerics/index.ts";
import type { ItemParameters } from "./parameters.ts";
import { rotateAbilities, rotateItems } from "./rotation.ts";

/** Simple structure on three dimensions, mixed up by a rotation. */
function mixed(dims: number, items: number, mix: Float64Array): ItemParameters {
  const normal = seededNormal(seededRandom(71));
  const discrimination = new Float64Array(items * dims);
  for (let i = 0; i < items; i++) {
    const simple = Float64Array.from({ length: dims }, (_, j) => (j === i % dims ? 1 + 0.2 * normal() : 0));
    for (let j = 0; j < dims; j++)
      for (let k = 0; k < dims; k++) discrimination[i * dims + j] += simple[k] * mix[k * dims + j];
  }
  return { family: "2pl", dims, discrimination, intercept: new Float64Array(items) };
}

const [c, s] = [Math.cos(0.6), Math.sin(0.6)];

test("varimax finds simple structure again", () => {
  const { items, correlation } = rotateItems(mixed(2, 10, Float64Array.of(c, s, -s, c)), "varimax");
  for (let i = 0; i < 10; i++) {
    const least = Math.min(...items.discrimination.slice(2 * i, 2 * i + 2).map(Math.abs));
    expect(least).toBeLessThan(1e-5);
  }
  Array.from(correlation).forEach((r, e) => {
    expect(r).toBeCloseTo(e % 3 === 0 ? 1 : 0, 8);
  });
});

test("oblimin finds correlated dimensions, and their correlation", () => {
  // Slopes on axes correlated by .5, written on orthogonal ones: A = Λ Lᵀ with L Lᵀ = Φ.
  const { items, correlation } = rotateItems(
    mixed(2, 12, Float64Array.of(1, 0, 0.5, Math.sqrt(0.75))),
    "oblimin",
  );
  expect(correlation[1]).toBeCloseTo(0.5, 4);
  for (let i = 0; i < 12; i++) {
    const least = Math.min(...items.discrimination.slice(2 * i, 2 * i + 2).map(Math.abs));
    expect(least).toBeLessThan(1e-3);
  }
});

test.each(["varimax", "oblimin"] as const)("%s changes no probability", (criterion) => {
  const normal = seededNormal(seededRandom(72));
  const items: ItemParameters = {
    family: "2pl",
    dims: 3,
    discrimination: Float64Array.from({ length: 60 }, normal),
    intercept: new Float64Array(20),
  };
  const abilities = {
    dims: 3,
    ability: Float64Array.from({ length: 6 }, normal),
    covariance: Float64Array.from({ length: 18 }, (_, e) => ((e % 9) % 4 === 0 ? 0.3 : 0.1)),
  };
  const rotation = rotateItems(items, criterion);
  const turned = rotateAbilities(abilities, rotation);
  const dot = (a: Float64Array, i: number, theta: Float64Array, p: number) =>
    a[3 * i] * theta[3 * p] + a[3 * i + 1] * theta[3 * p + 1] + a[3 * i + 2] * theta[3 * p + 2];
  const variance = (a: Float64Array, i: number, cov: Float64Array, p: number) => {
    let sum = 0;
    for (let j = 0; j < 3; j++)
      for (let k = 0; k < 3; k++) sum += a[3 * i + j] * a[3 * i + k] * cov[9 * p + 3 * j + k];
    return sum;
  };
  for (let i = 0; i < 20; i++)
    for (let p = 0; p < 2; p++) {
      expect(dot(rotation.items.discrimination, i, turned.ability, p)).toBeCloseTo(
        dot(items.discrimination, i, abilities.ability, p),
        8,
      );
      expect(variance(rotation.items.discrimination, i, turned.covariance, p)).toBeCloseTo(
        variance(items.discrimination, i, abilities.covariance, p),
        8,
      );
    }
});

test("a bank of one dimension is refused", () => {
  expect(() =>
    rotateItems({
      family: "2pl",
      dims: 1,
      discrimination: Float64Array.of(1),
      intercept: Float64Array.of(0),
    }),
  ).toThrow(/no axes/);
});
