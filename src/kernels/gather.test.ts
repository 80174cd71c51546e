import { expect, test } from "vitest";
import { seededNormal, seededRandom } from "../numerics/index.ts";
import { gatherPlain, int8Table, type SparseRows, sparseTimes, sparseTransposedTimes } from "./gather.ts";

const random = seededRandom(11);
const normal = seededNormal(random);
const whole = (below: number) => Math.floor(below * random());

test("a sparse row times an int8 table of any width", () => {
  for (const width of [1, 15, 16, 33]) {
    const table = Int8Array.from({ length: 20 * width }, () => whole(256) - 128);
    const placed = int8Table(table, width, 50);
    for (const count of [0, 1, 50]) {
      placed.columns.set(Array.from({ length: count }, () => whole(20)));
      placed.weights.set(Array.from({ length: count }, normal));
      const plain = gatherPlain(
        table,
        width,
        placed.columns.subarray(0, count),
        placed.weights.subarray(0, count),
      );
      placed.run(count);
      for (let d = 0; d < width; d++) expect(Math.abs(placed.out[d] - plain[d])).toBeLessThan(1e-2);
    }
  }
});

test("sparse times dense, and its transpose", () => {
  const r = 8;
  const counts = [3, 0, 5, 1];
  const starts = Uint32Array.from([0, 3, 3, 8, 9]);
  const rows: SparseRows = {
    width: 6,
    starts,
    columns: Uint32Array.from(counts.flatMap((count) => Array.from({ length: count }, () => whole(6)))),
    values: Float32Array.from({ length: 9 }, normal),
  };
  const draw = (length: number) => Float32Array.from({ length }, normal);
  const [wide, tall] = [draw(6 * r), draw(4 * r)];
  const product = new Float64Array(4 * r);
  const transposed = new Float64Array(6 * r);
  for (let i = 0; i < 4; i++)
    for (let j = starts[i]; j < starts[i + 1]; j++)
      for (let c = 0; c < r; c++) {
        product[i * r + c] += rows.values[j] * wide[rows.columns[j] * r + c];
        transposed[rows.columns[j] * r + c] += rows.values[j] * tall[i * r + c];
      }
  const close = (got: Float32Array, plain: Float64Array) => {
    expect(got.length).toBe(plain.length);
    for (let i = 0; i < plain.length; i++) expect(Math.abs(got[i] - plain[i])).toBeLessThan(1e-5);
  };
  close(sparseTimes(rows, wide, r), product);
  close(sparseTransposedTimes(rows, tall, r), transposed);
});
