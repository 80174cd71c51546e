import fc from "fast-check";
import { expect, test } from "vitest";
import { countGramsPlain, gramCounter } from "./grams.ts";

test("the kernel counts as its plain twin does, again and again", () => {
  for (const bits of [3, 14]) {
    const { units, count } = gramCounter(bits, 200);
    const text = fc.uint16Array({ maxLength: 200, max: 500 });
    fc.assert(
      fc.property(text, (codes) => {
        units.set(codes);
        const { size, buckets, counts } = count(codes.length);
        const found = Array.from(buckets.subarray(0, size), (bucket) => [bucket, counts[bucket]]);
        expect(found).toEqual([...countGramsPlain(codes, bits)]);
      }),
      { numRuns: 50 },
    );
  }
});
