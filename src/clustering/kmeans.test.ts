import fc from "fast-check";
import { expect, test } from "vitest";
import { seededNormal, seededRandom } from "../numerics/index.ts";
import { kMeans } from "./kmeans.ts";

test("centroids are weighted means, points are nearest their own, and no single move is better", () => {
  const sizes = fc.record({
    n: fc.integer({ min: 1, max: 60 }),
    dims: fc.integer({ min: 1, max: 6 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    seed: fc.nat(),
  });
  fc.assert(
    fc.property(sizes, ({ n, dims, share, seed }) => {
      const normal = seededNormal(seededRandom(seed));
      const x = Float64Array.from({ length: n * dims }, () => 100 + normal());
      const w = Float64Array.from({ length: n }, () => normal() ** 2 + 0.01);
      const k = 1 + Math.floor(share * (n - 1));
      const { centroids, labels, inertia } = kMeans(x, dims, w, k, { seed });
      const mass = new Float64Array(k);
      const sums = new Float64Array(k * dims);
      labels.forEach((c, i) => {
        mass[c] += w[i];
        for (let j = 0; j < dims; j++) sums[c * dims + j] += w[i] * x[i * dims + j];
      });
      expect(mass.every((m) => m > 0)).toBe(true);
      const distance = (i: number, c: number) => {
        let sum = 0;
        for (let j = 0; j < dims; j++) sum += (x[i * dims + j] - centroids[c * dims + j]) ** 2;
        return sum;
      };
      let sum = 0;
      labels.forEach((own, i) => {
        for (let j = 0; j < dims; j++)
          expect(sums[own * dims + j] / mass[own]).toBeCloseTo(centroids[own * dims + j], 8);
        sum += w[i] * distance(i, own);
        const alone = mass[own] - w[i] < 1e-12;
        for (let c = 0; c < k && !alone; c++)
          if (c !== own)
            expect((mass[c] / (mass[c] + w[i])) * distance(i, c)).toBeGreaterThan(
              (mass[own] / (mass[own] - w[i])) * distance(i, own) - 1e-4,
            );
      });
      expect(inertia).toBeCloseTo(sum, 9);
    }),
    { numRuns: 100 },
  );
});

test("well separated groups are found whole, the same for the same seed", () => {
  const normal = seededNormal(seededRandom(5));
  const groups = 12;
  const x = Float64Array.from(
    { length: 600 * 3 },
    (_, p) => 20 * ((Math.floor(p / 3) % groups) >> ((p % 3) % 2)) + normal(),
  );
  const w = new Float64Array(600).fill(1);
  const first = kMeans(x, 3, w, 7, { seed: 9 });
  expect(kMeans(x, 3, w, 7, { seed: 9 })).toEqual(first);
  const random = kMeans(x, 3, w, 7, { seed: 10, starts: 1, maxRounds: 0 });
  expect(first.inertia).toBeLessThan(random.inertia);
});

test("points that coincide still fill K clusters", () => {
  const { labels, inertia } = kMeans(new Float64Array(20).fill(3), 2, new Float64Array(10).fill(1), 4);
  expect(new Set(labels).size).toBe(4);
  expect(inertia).toBe(0);
});

test("a heavy point pulls its centroid", () => {
  const { centroids } = kMeans(Float64Array.of(0, 1), 1, Float64Array.of(1, 3), 1);
  expect(centroids[0]).toBeCloseTo(0.75, 12);
});

test("impossible numbers of clusters are refused", () => {
  expect(() => kMeans(new Float64Array(4), 2, new Float64Array(2), 3)).toThrow(RangeError);
  expect(() => kMeans(new Float64Array(4), 2, new Float64Array(3), 1)).toThrow(RangeError);
});
