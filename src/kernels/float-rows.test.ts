import { expect, test } from "vitest";
import { seededRandom } from "../numerics/index.ts";
import { floatRows } from "./float-rows.ts";

test("products with placed rows at any size", () => {
  const random = seededRandom(6);
  for (const [n, k] of [
    [1, 1],
    [3, 5],
    [9, 74],
  ]) {
    const rows = Float32Array.from({ length: n * k }, () => random() - 0.5);
    const placed = floatRows(rows, k);
    for (let q = 0; q < 2; q++) {
      const query = Float32Array.from({ length: k }, () => random() - 0.5);
      placed.query.set(query);
      placed.run();
      placed.products.forEach((product, j) => {
        expect(product).toBeCloseTo(
          query.reduce((sum, value, d) => sum + value * rows[j * k + d], 0),
          5,
        );
      });
    }
  }
});
