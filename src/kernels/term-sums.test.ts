import { expect, test } from "vitest";
import { seededRandom } from "../numerics/index.ts";
import { type TermLists, type TermSums, withTermSums, withTermSumsPlainly } from "./term-sums.ts";

test.each([false, true])(
  "sums over columns and their transpose, with weights %s, as the plain twin has them",
  (weighted) => {
    const random = seededRandom(1);
    const width = 13;
    const blocks = 3;
    const starts = Int32Array.of(0, 5, 5, 12);
    const columns = Int32Array.from({ length: 12 }, () => Math.floor(width * random()));
    const lists: TermLists = {
      starts,
      columns,
      ...(weighted && { weights: Float64Array.from(columns, random) }),
    };
    const cells = Float64Array.from({ length: blocks * width * 8 }, random);
    const work = ({ table, sums, values, sum, spread }: TermSums) => {
      table.set(cells);
      const found: number[] = [];
      for (const [list, from, to] of [
        [0, 0, 3],
        [1, 1, 3],
        [2, 1, 2],
      ]) {
        sum(list, from, to);
        found.push(...values.subarray(0, 8 * (to - from)));
        spread(list, from, to);
      }
      return [...found, ...sums];
    };
    const plain = withTermSumsPlainly(lists, width, blocks, work);
    expect(withTermSums(lists, width, blocks, work)).toEqual(plain);
    expect(plain[0]).not.toBe(0);
    expect(plain.slice(24, 40)).toEqual(Array(16).fill(0));
  },
);
