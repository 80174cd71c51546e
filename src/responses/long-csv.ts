import { writeCsv } from "../formats/index.ts";
import type { ResponseTable, SettledRows } from "./table.ts";

/** The responses as CSV, one a row: the columns of `writeResponsesParquet`. An unknown cost is left empty. */
export function writeResponsesCsv(table: ResponseTable, rows: SettledRows): string {
  const { trials, cost } = rows;
  const facts = (["scenarios", "subscenarios", "texts"] as const).filter((name) => table[name].length > 0);
  const header = [
    "subject",
    "item",
    "score",
    ...(trials ? ["trials"] : []),
    ...(cost ? ["cost"] : []),
    ...facts.map((name) => name.slice(0, -1)),
  ];
  function* lines(): Generator<(string | number)[]> {
    for (let at = 0; at < rows.score.length; at++) {
      const item = rows.item[at];
      yield [
        table.subjects.names[rows.subject[at]],
        table.items.names[item],
        rows.score[at],
        ...(trials ? [trials[at]] : []),
        ...(cost ? [Number.isNaN(cost[at]) ? "" : cost[at]] : []),
        ...facts.map((name) => table[name][item] ?? ""),
      ];
    }
  }
  return writeCsv(header, lines());
}
