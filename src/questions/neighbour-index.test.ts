import fc from "fast-check";
import { expect, test } from "vitest";
import { seededNormal, seededRandom } from "../numerics/index.ts";
import type { Features } from "./features.ts";
import { neighbourIndex } from "./neighbour-index.ts";
import { nearest } from "./neighbours.ts";

const draw = (rows: number, dims: number, seed: number, stretch = 1): Features => {
  const normal = seededNormal(seededRandom(seed));
  const values = Float32Array.from(
    { length: rows * dims },
    (_, i) => normal() * (i % dims === 0 ? stretch : 1),
  );
  return { source: { name: "test", hash: "1" }, dims, values };
};

test("few rows: the index finds exactly what the full search finds", () => {
  const cases = fc.record({
    rows: fc.integer({ min: 1, max: 60 }),
    dims: fc.integer({ min: 1, max: 40 }),
    seed: fc.integer(),
  });
  fc.assert(
    fc.property(cases, ({ rows, dims, seed }) => {
      const train = draw(rows, dims, seed);
      const query = draw(1, dims, seed + 1);
      const k = Math.min(rows, 5);
      const { indices, distances } = neighbourIndex(train).nearest(query.values, k);
      const exact = nearest(train, query, k);
      expect([...indices]).toEqual([...exact.indices]);
      distances.forEach((distance, i) => {
        expect(distance).toBeCloseTo(exact.distances[i], 5);
      });
    }),
    { numRuns: 40 },
  );
});

test("many rows: at least 99 of 100 neighbours are found, even if one feature outweighs the others", () => {
  for (const stretch of [1, 30]) {
    const train = draw(20_000, 32, 1, stretch);
    const query = draw(50, 32, 2, stretch);
    const index = neighbourIndex(train);
    const exact = nearest(train, query, 20);
    let found = 0;
    for (let q = 0; q < 50; q++) {
      const truth = new Set(exact.indices.subarray(20 * q, 20 * q + 20));
      for (const j of index.nearest(query.values.subarray(32 * q, 32 * q + 32), 20).indices)
        if (truth.has(j)) found++;
    }
    expect(found / 1000).toBeGreaterThanOrEqual(0.99);
  }
});

test("zeros, and a number of neighbours that does not fit", () => {
  const index = neighbourIndex({
    source: { name: "test", hash: "1" },
    dims: 2,
    values: Float32Array.of(0, 0, 3, 4),
  });
  expect([...index.nearest(Float32Array.of(0, 0), 2).distances]).toEqual([0, 5]);
  for (const k of [0, 3, 0.5]) expect(() => index.nearest(Float32Array.of(0, 0), k)).toThrow(/from 1 to 2/);
});
