import { expect, test } from "vitest";
import { seededRandom } from "../numerics/index.ts";
import { nearestRows } from "./nearest-rows.ts";

test("the rows nearest by their int8 form, with the distances of the float ones, at any size", () => {
  const random = seededRandom(4);
  for (const [n, k, count] of [
    [1, 1, 1],
    [2, 16, 2],
    [7, 17, 3],
    [203, 74, 40],
  ]) {
    const draw = (length: number, most: number) =>
      Array.from({ length }, () => Math.round(most * (2 * random() - 1)));
    const rows = Int8Array.from(draw(n * k, 127));
    const query = draw(k, 1023);
    const halves = Float32Array.from(draw(n, 1e5));
    const placed = nearestRows(Float32Array.from(rows), rows, halves, k);
    placed.query.set(query);
    placed.rounded.set(query);
    const found = placed.find(0.5, count);
    const row = (j: number) => Array.from(rows.subarray(j * k, (j + 1) * k));
    const value = (j: number) => halves[j] - 0.5 * row(j).reduce((sum, x, d) => sum + x * query[d], 0);
    const all = Array.from({ length: n }, (_, j) => j).sort((a, b) => value(a) - value(b));
    const square = (j: number) => row(j).reduce((sum, x, d) => sum + (x - query[d]) ** 2, 0);
    expect(found.rows.length).toBeLessThanOrEqual(Math.min(n, 8 * count));
    for (const j of all.slice(0, count)) expect(found.rows).toContain(j);
    expect(Array.from(found.squares)).toEqual(Array.from(found.rows, square).sort((a, b) => a - b));
    expect(Array.from(found.squares)).toEqual(Array.from(found.rows, square));
  }
});
