import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { shared, testOnRealData } from "../../test/shared.ts";
import { readNpy } from "../formats/index.ts";
import { seededNormal, seededRandom } from "../numerics/index.ts";
import type { Features } from "./features.ts";
import { meanOfNeighbours, nearest } from "./neighbours.ts";

const source = { name: "test", hash: "1" };
const features = (dims: number, values: ArrayLike<number>): Features => ({
  source,
  dims,
  values: Float32Array.from(values),
});

/** The definition: all distances in float64, a stable sort. */
function nearestPlain(train: Features, query: Features, k: number): number[] {
  const { dims } = train;
  const distance = (i: number, j: number) => {
    let sum = 0;
    for (let d = 0; d < dims; d++) sum += (query.values[i * dims + d] - train.values[j * dims + d]) ** 2;
    return sum;
  };
  return Array.from({ length: query.values.length / dims }, (_, i) =>
    Array.from({ length: train.values.length / dims }, (_, j) => j)
      .sort((x, y) => distance(i, x) - distance(i, y) || x - y)
      .slice(0, k),
  ).flat();
}

test("the neighbours are those of the definition, equal distances by row number", () => {
  const cases = fc.record({
    dims: fc.integer({ min: 1, max: 13 }),
    n: fc.integer({ min: 1, max: 60 }),
    queries: fc.integer({ min: 1, max: 5 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    seed: fc.integer(),
  });
  fc.assert(
    fc.property(cases, ({ dims, n, queries, share, seed }) => {
      const random = seededRandom(seed);
      // Small whole numbers give many exact ties.
      const draw = (rows: number) =>
        features(
          dims,
          Array.from({ length: rows * dims }, () => Math.floor(3 * random())),
        );
      const train = draw(n);
      const query = draw(queries);
      const k = 1 + Math.floor(share * (n - 1));
      expect([...nearest(train, query, k).indices]).toEqual(nearestPlain(train, query, k));
    }),
    { numRuns: 60 },
  );
});

test("rows far from the origin and close together are still told apart", () => {
  const normal = seededNormal(seededRandom(5));
  const near = (rows: number) =>
    features(
      8,
      Array.from({ length: rows * 8 }, () => 1000 + 0.01 * normal()),
    );
  const train = near(500);
  const query = near(20);
  expect([...nearest(train, query, 10).indices]).toEqual(nearestPlain(train, query, 10));
});

test("the mean of the neighbours' parameters", () => {
  const train = features(1, [0, 1, 10, 11]);
  const found = nearest(train, features(1, [0.4, 10.6]), 2);
  expect([...found.indices]).toEqual([0, 1, 3, 2]);
  expect(found.distances[0]).toBeCloseTo(0.4);
  expect([...meanOfNeighbours(found, Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8), 2)]).toEqual([2, 3, 6, 7]);
});

test("a number of neighbours that does not fit, and features of another model, are refused", () => {
  const train = features(2, [0, 0, 1, 1]);
  for (const k of [0, 3, 1.5, Number.NaN]) expect(() => nearest(train, train, k)).toThrow(/from 1 to 2/);
  expect(() => nearest(train, { ...train, source: { name: "other", hash: "2" } }, 1)).toThrow(
    /two different models/,
  );
});

testOnRealData(
  "MiniLM's neighbours among MMLU's questions are scikit-learn's, but for ties in half precision",
  () => {
    const read = (name: string) => readNpy(readFileSync(shared(`reference/mmlu/${name}`)), name).data;
    const all = read("minilm_embeddings.npy") as Float32Array;
    const reference = read("knn_indices_k20.npy");
    const part = (from: number, to: number) => ({
      source,
      dims: 384,
      values: all.subarray(384 * from, 384 * to),
    });
    const train = part(0, 2000);
    const query = part(2000, 6213);
    const { indices, distances } = nearest(train, query, 20);
    let different = 0;
    for (let i = 0; i < indices.length; i++) {
      if (indices[i] === reference[i]) continue;
      different++;
      let squares = 0;
      const row = Math.floor(i / 20);
      for (let d = 0; d < 384; d++)
        squares += (query.values[384 * row + d] - train.values[384 * Number(reference[i]) + d]) ** 2;
      // The reference was computed before its embeddings were rounded to float16: 5e-4 of their entries.
      expect(Math.abs(Math.sqrt(squares) - distances[i])).toBeLessThan(1e-4);
    }
    expect(different / indices.length).toBeLessThan(0.01);
  },
);
