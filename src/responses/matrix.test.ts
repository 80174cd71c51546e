import fc from "fast-check";
import { expect, test } from "vitest";
import { emptyMatrix, hardScores, selectItems, selectSubjects } from "./matrix.ts";

const matrices = fc
  .record({ s: fc.integer({ min: 1, max: 6 }), i: fc.integer({ min: 1, max: 8 }) })
  .chain(({ s, i }) =>
    fc
      .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: s * i, maxLength: s * i })
      .map((scores) => ({
        ...emptyMatrix(
          Array.from({ length: s }, (_, k) => `s${k}`),
          Array.from({ length: i }, (_, k) => `q${k}`),
        ),
        scores: Float64Array.from(scores),
        observed: Uint8Array.from(scores, (x) => (x < 0.9 ? 1 : 0)),
      })),
  );

test("any non-zero score is right", () => {
  fc.assert(
    fc.property(matrices, (m) => {
      expect(Array.from(hardScores(m).scores)).toEqual(Array.from(m.scores, (x) => (x > 0 ? 1 : 0)));
    }),
  );
});

test("selecting items and subjects keeps each response with its names", () => {
  fc.assert(
    fc.property(matrices, fc.infiniteStream(fc.nat()), (m, random) => {
      const choose = (n: number) => Array.from({ length: 4 }, () => (random.next().value as number) % n);
      const rows = choose(m.subjects.length);
      const columns = choose(m.items.length);
      const part = selectItems(selectSubjects(m, rows), columns);
      rows.forEach((r, a) => {
        columns.forEach((c, b) => {
          const there = r * m.items.length + c;
          const here = a * columns.length + b;
          expect(part.scores[here]).toBe(m.scores[there]);
          expect(part.observed[here]).toBe(m.observed[there]);
          expect(part.subjects[a]).toBe(m.subjects[r]);
          expect(part.items[b]).toBe(m.items[c]);
        });
      });
    }),
  );
});
