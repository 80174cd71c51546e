import fc from "fast-check";
import { expect, test } from "vitest";
import { seededNormal, seededRandom } from "../numerics/index.ts";
import { eachNearby } from "./nearby.ts";

test("the nearest are among the candidates, which are few where distances differ", () => {
  const cases = fc.record({
    m: fc.integer({ min: 1, max: 5 }),
    n: fc.integer({ min: 1, max: 200 }),
    k: fc.integer({ min: 1, max: 20 }),
    shift: fc.constantFrom(0, 1e-20, 1, 1e4),
    seed: fc.integer(),
  });
  fc.assert(
    fc.property(cases, ({ m, n, k, shift, seed }) => {
      const normal = seededNormal(seededRandom(seed));
      const draw = (rows: number) => Float32Array.from({ length: rows * k }, () => shift + normal());
      const [a, b] = [draw(m), draw(n)];
      const count = Math.ceil(n / 10);
      const visited: number[] = [];
      eachNearby(a, b, k, count, (row, candidates) => {
        visited.push(row);
        const distances = Array.from({ length: n }, (_, j) => {
          let sum = 0;
          for (let d = 0; d < k; d++) sum += (a[row * k + d] - b[j * k + d]) ** 2;
          return sum;
        });
        const limit = distances.toSorted((x, y) => x - y)[count - 1];
        const found = new Set(candidates);
        for (let j = 0; j < n; j++) if (distances[j] <= limit) expect(found.has(j)).toBe(true);
        expect([...candidates]).toEqual([...candidates].sort((x, y) => x - y));
        if (k > 2) expect(found.size).toBeLessThanOrEqual(count + 8);
      });
      expect(visited).toEqual(Array.from({ length: m }, (_, i) => i));
    }),
    { numRuns: 60 },
  );
});
