import fc from "fast-check";
import { expect, test } from "vitest";
import { dotProducts, dotProductsPlain } from "./dots.ts";

test("the kernel agrees with its plain twin at any size", () => {
  const size = fc.record({
    m: fc.integer({ min: 1, max: 9 }),
    n: fc.integer({ min: 1, max: 300 }),
    q: fc.integer({ min: 1, max: 5 }),
  });
  fc.assert(
    fc.property(
      size,
      fc.infiniteStream(fc.float({ min: -1, max: 1, noNaN: true })),
      ({ m, n, q }, numbers) => {
        const k = 4 * q;
        const draw = (length: number) => Float32Array.from({ length }, () => numbers.next().value as number);
        const a = draw(m * k);
        const b = draw(n * k);
        const fast = dotProducts(a, b, k);
        const plain = dotProductsPlain(a, b, k);
        for (let i = 0; i < plain.length; i++) expect(Math.abs(fast[i] - plain[i])).toBeLessThan(1e-5);
      },
    ),
    { numRuns: 30 },
  );
});
