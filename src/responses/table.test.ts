import fc from "fast-check";
import { expect, test } from "vitest";
import { matrixOfRows, ResponseTable, settleRepeats } from "./table.ts";

const answers = fc.array(
  fc.record({
    subject: fc.constantFrom("a", "b", "c"),
    item: fc.constantFrom("q", "r", "s", "t"),
    score: fc.integer({ min: 0, max: 4 }).map((n) => n / 4),
    trials: fc.integer({ min: 1, max: 3 }),
    cost: fc.option(fc.integer({ min: 0, max: 9 }), { nil: Number.NaN }),
  }),
  { minLength: 1, maxLength: 40 },
);

function tableOf(list: { subject: string; item: string; score: number; trials: number; cost: number }[]) {
  const table = new ResponseTable();
  for (const { subject, item, score, trials, cost } of list)
    table.addNamed(subject, item, score, {}, trials, cost);
  return table;
}

test("repeated answers: mean, first and count, as a plain computation gives them", () => {
  fc.assert(
    fc.property(answers, (list) => {
      const table = tableOf(list);
      for (const rule of ["mean", "first", "count"] as const) {
        const { rows, duplicates } = settleRepeats(table, rule);
        const matrix = matrixOfRows(table, rows);
        let cells = 0;
        for (const [s, subject] of matrix.subjects.entries())
          for (const [i, item] of matrix.items.entries()) {
            const cell = s * matrix.items.length + i;
            const all = list.filter((answer) => answer.subject === subject && answer.item === item);
            expect(matrix.observed[cell]).toBe(all.length > 0 ? 1 : 0);
            if (all.length === 0) continue;
            cells++;
            const used = rule === "first" ? all.slice(0, 1) : all;
            const total = used.reduce((sum, { trials }) => sum + trials, 0);
            const mean = used.reduce((sum, { score, trials }) => sum + score * trials, 0) / total;
            expect(matrix.scores[cell]).toBeCloseTo(mean, 12);
            expect(matrix.trials?.[cell] ?? 1).toBe(rule === "count" ? total : all[0].trials);
          }
        expect(duplicates).toBe(list.length - cells);
      }
    }),
  );
});

test("settled once, settling again changes nothing", () => {
  fc.assert(
    fc.property(answers, (list) => {
      const table = tableOf(list);
      const { rows } = settleRepeats(table, "first");
      const again = new ResponseTable();
      for (const name of table.subjects.names) again.subjects.index(name);
      for (const name of table.items.names) again.items.index(name);
      for (let at = 0; at < rows.score.length; at++)
        again.add(rows.subject[at], rows.item[at], rows.score[at], rows.trials?.[at], rows.cost?.[at]);
      const { subject, item, score } = rows;
      expect(settleRepeats(again, "error")).toMatchObject({ rows: { subject, item, score }, duplicates: 0 });
    }),
  );
});
