import fc from "fast-check";
import { expect, test } from "vitest";
import { replaceLargest } from "./heap.ts";

test("what is kept are the smallest, with their labels", () => {
  const numbers = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(numbers, fc.integer({ min: 1, max: 20 }), (all, wanted) => {
      const size = Math.min(wanted, all.length);
      const values = new Float64Array(size).fill(Number.POSITIVE_INFINITY);
      const labels = new Uint32Array(size);
      all.forEach((value, i) => {
        if (value < values[0]) replaceLargest(values, labels, value, i);
      });
      const sorted = all.toSorted((a, b) => a - b).slice(0, size);
      expect([...values].sort((a, b) => a - b)).toEqual(sorted);
      expect(values[0]).toBe(sorted[size - 1]);
      expect(new Set(labels).size).toBe(size);
      labels.forEach((label, i) => {
        expect(all[label]).toBe(values[i]);
      });
    }),
  );
});
