import { expect, test } from "vitest";
import { seededRandom } from "../numerics/index.ts";
import { dotsInt8Plain, int8Rows } from "./dots-int8.ts";

test("the kernel agrees with its plain twin at any size", () => {
  const random = seededRandom(4);
  for (const [n, k] of [
    [1, 1],
    [2, 16],
    [7, 17],
    [30, 64],
  ]) {
    const rows = Int8Array.from({ length: n * k }, () => Math.floor(256 * random()) - 128);
    const placed = int8Rows(rows, k);
    placed.query.set(Array.from({ length: k }, () => Math.floor(65536 * random()) - 32768));
    placed.run();
    expect(placed.products).toEqual(dotsInt8Plain(placed.query, rows));
  }
});
