import { type Interner, openParquet, writeParquet } from "../formats/index.ts";
import { InputError, show } from "../input-error.ts";
import { costOfTokens, type Reading } from "./format.ts";
import { type LongColumns, longColumns } from "./long.ts";
import type { ResponseTable, SettledRows } from "./table.ts";
import { rowReader, type TableRecord } from "./tabular.ts";

/** Reads a Parquet file: a long table column by column, any other as the rows that a CSV would hold. */
export async function readParquetResponses(reading: Reading): Promise<string> {
  const file = await openParquet(reading.source);
  const columns = longColumns(file.columns, reading);
  if (columns) {
    await readLong(file, columns, reading);
    return "Parquet, long table (one response a row)";
  }
  const reader = rowReader(file.columns, reading);
  let line = 1;
  for await (const { rows, values } of file.groups(file.columns))
    for (let row = 0; row < rows; row++)
      reader.row(
        recordOf(
          file.columns.map((name) => values[name][row]),
          ++line,
        ),
      );
  return `Parquet, ${reader.title}`;
}

type Column = ArrayLike<unknown>;

async function readLong(
  file: Awaited<ReturnType<typeof openParquet>>,
  columns: LongColumns,
  { source, table, options }: Reading,
): Promise<void> {
  const used = Object.values(columns) as number[];
  let first = 1;
  table.reserve(Math.min(file.rows, 50_000_000));
  for await (const { rows, values } of file.groups(used.map((at) => file.columns[at]))) {
    const column = (at: number | undefined): Column | undefined =>
      at === undefined ? undefined : values[file.columns[at]];
    const names = (at: number, role: string, index: (name: string, row: number) => number): Int32Array =>
      indicesOf(
        column(at) as Column,
        rows,
        index,
        (row) => new InputError(`the ${role} has no name`, { source: source.name, at: `row ${first + row}` }),
      );
    const facts = {
      text: column(columns.text),
      scenario: column(columns.scenario),
      subscenario: column(columns.subscenario),
    };
    const plain = !facts.text && !facts.scenario && !facts.subscenario;
    const text = (cells: Column | undefined, row: number) =>
      cells?.[row] == null ? undefined : String(cells[row]);
    const subjects = names(columns.subject, "subject", (name) => table.subjects.index(name));
    const items = names(columns.item, "item", (name, row) =>
      plain
        ? table.items.index(name)
        : table.itemIndex(name, {
            text: text(facts.text, row),
            scenario: text(facts.scenario, row),
            subscenario: text(facts.subscenario, row),
          }),
    );
    const number = (cells: Column, row: number, field: string): number => {
      const value = cells[row];
      if (typeof value === "number") return value;
      if (value == null) return Number.NaN;
      if (typeof value === "boolean" || typeof value === "bigint") return Number(value);
      throw new InputError("the value is not a number", {
        source: source.name,
        at: `row ${first + row}`,
        field,
        found: show(value),
      });
    };
    const scores = column(columns.score) as Column;
    const trials = column(columns.trials);
    const costs = column(columns.cost);
    const [inputs, outputs] = [column(columns.inputTokens), column(columns.outputTokens)];
    for (let row = 0; row < rows; row++) {
      const score = number(scores, row, "score");
      const count = trials ? number(trials, row, "trials") : 1;
      const stated = costs ? number(costs, row, "cost") : Number.NaN;
      const cost =
        inputs && outputs
          ? costOfTokens(
              options,
              table.subjects.names[subjects[row]],
              number(inputs, row, "input tokens"),
              number(outputs, row, "output tokens"),
              stated,
            )
          : stated;
      if (score === Number.POSITIVE_INFINITY || score === Number.NEGATIVE_INFINITY || count < 1 || cost < 0)
        throw new InputError("the response cannot be used", {
          source: source.name,
          at: `row ${first + row}`,
          found: `score ${score}, trials ${count}, cost ${cost}`,
          expected: "a finite score, trials ≥ 1, cost ≥ 0",
        });
      table.add(subjects[row], items[row], score, Number.isNaN(count) ? 1 : count, cost);
    }
    first += rows;
  }
}

/** Indices of a column's names; runs of one name (a sorted table) are looked up once. */
function indicesOf(
  cells: Column,
  rows: number,
  index: (name: string, row: number) => number,
  nameless: (row: number) => InputError,
): Int32Array {
  const out = new Int32Array(rows);
  const seen = new Map<unknown, number>();
  for (let row = 0; row < rows; row++) {
    const cell = cells[row];
    let found = seen.get(cell);
    if (found === undefined) {
      if (cell == null || cell === "") throw nameless(row);
      found = index(String(cell), row);
      seen.set(cell, found);
    }
    out[row] = found;
  }
  return out;
}

function recordOf(cells: readonly unknown[], line: number): TableRecord {
  const text = (field: number) => (cells[field] == null ? "" : String(cells[field]));
  return {
    line,
    length: cells.length,
    text,
    number: (field) => {
      const cell = cells[field];
      return typeof cell === "number"
        ? cell
        : typeof cell === "bigint" || typeof cell === "boolean"
          ? Number(cell)
          : Number(text(field) || Number.NaN);
    },
    isEmpty: (field) => text(field) === "",
    nameIndex: (field, names: Interner) => names.index(text(field)),
  };
}

const rowGroup = 100_000;

/**
 * The Parquet file of responses, one a row: subject, item, score, and where the data have them trials, cost, scenario,
 * subscenario and text. pandas, Polars and DuckDB read it as it is. The responses stand item by item, so that the
 * texts, repeated in each row, take little room (dictionaries).
 */
export function writeResponsesParquet(table: ResponseTable, rows: SettledRows): Uint8Array {
  return writeParquet(rowGroups(table, rows), {
    tripos: JSON.stringify({ format: "responses", version: 1 }),
  });
}

function* rowGroups(table: ResponseTable, rows: SettledRows) {
  const total = rows.score.length;
  for (let from = 0; from < Math.max(total, 1); from += rowGroup) {
    const to = Math.min(from + rowGroup, total);
    const items = rows.item.subarray(from, to);
    const names = (name: string, indices: Int32Array, values: readonly string[]) => {
      const data = new Array<string>(indices.length);
      for (let at = 0; at < indices.length; at++) data[at] = values[indices[at]] ?? "";
      return {
        name,
        data,
        type: "STRING" as const,
        nullable: false,
        statistics: false,
        encoding: "RLE_DICTIONARY" as const,
      };
    };
    const numbers = (name: string, data: Float64Array) => ({
      name,
      data: data.subarray(from, to),
      type: "DOUBLE" as const,
      nullable: false,
    });
    yield [
      names("subject", rows.subject.subarray(from, to), table.subjects.names),
      names("item", items, table.items.names),
      numbers("score", rows.score),
      ...(rows.trials ? [numbers("trials", rows.trials)] : []),
      ...(rows.cost ? [numbers("cost", rows.cost)] : []),
      ...(table.scenarios.length > 0 ? [names("scenario", items, table.scenarios)] : []),
      ...(table.subscenarios.length > 0 ? [names("subscenario", items, table.subscenarios)] : []),
      ...(table.texts.length > 0 ? [names("text", items, table.texts)] : []),
    ];
  }
}
