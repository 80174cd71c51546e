import fc from "fast-check";
import { expect, test } from "vitest";
import { cholesky, solveCholesky } from "../numerics/index.ts";
import { factoriseLess } from "./positive-system.ts";

const draws = fc.infiniteStream(fc.double({ min: -1, max: 1, noNaN: true }));

test("solutions and inner products agree with a plain Cholesky factor at any size", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 110 }), fc.integer({ min: 0, max: 40 }), draws, (n, k, numbers) => {
      const next = () => numbers.next().value as number;
      const x = Float64Array.from({ length: n * k }, next);
      const a = new Float64Array(n * n);
      for (let r = 0; r < n; r++) for (let c = 0; c < r; c++) a[r * n + c] = next();
      for (let r = 0; r < n; r++) a[r * n + r] = 2 * n + k;
      const less = a.slice();
      for (let r = 0; r < n; r++)
        for (let c = 0; c <= r; c++)
          for (let j = 0; j < k; j++) less[r * n + c] -= x[r * k + j] * x[c * k + j];
      const b = Float64Array.from({ length: n }, next);
      const other = Float64Array.from({ length: n }, next);
      expect(cholesky(less, n)).toBe(true);
      const expected = solveCholesky(less, n, b.slice());

      const system = factoriseLess(a, x, n);
      if (!system) throw new Error("not factorised");
      const solved = system.solve(b);
      for (let c = 0; c < n; c++) expect(solved[c]).toBeCloseTo(expected[c], 10);
      const halves = Float64Array.of(...b, ...other);
      system.halve(halves);
      const inner = (one: Float64Array, two: Float64Array) => one.reduce((sum, v, c) => sum + v * two[c], 0);
      expect(inner(halves.subarray(0, n), halves.subarray(n))).toBeCloseTo(inner(expected, other), 10);
    }),
    { numRuns: 40 },
  );
});

test("what is not positive definite is told, beyond the first panel too", () => {
  for (const n of [1, 40, 70]) {
    const a = Float64Array.from({ length: n * n }, (_, e) => (e % (n + 1) === 0 ? 1 : 0));
    a[n * n - 1] = -1;
    expect(factoriseLess(a, new Float64Array(0), n)).toBeUndefined();
  }
});

test("rows longer than a strip are summed whole", () => {
  const x = new Float64Array(1301).fill(0.01);
  const system = factoriseLess(Float64Array.of(2), x, 1);
  expect(system?.solve(Float64Array.of(1))[0]).toBeCloseTo(1 / (2 - 0.1301), 12);
});
