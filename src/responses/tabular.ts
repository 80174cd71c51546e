import type { CsvRecord, Interner } from "../formats/index.ts";
import { InputError, show } from "../input-error.ts";
import type { Reading } from "./format.ts";
import { type LongColumns, longColumns, longReader } from "./long.ts";
import { isRouterBench, routerBenchReader } from "./routerbench.ts";
import { wideReader } from "./wide.ts";

/** One row of a table, whatever file it comes from. */
export interface TableRecord {
  readonly line: number;
  readonly length: number;
  text(field: number): string;
  number(field: number): number;
  isEmpty(field: number): boolean;
  nameIndex(field: number, names: Interner): number;
}

/** What reads the rows of a table after its header. */
export interface RowReader {
  readonly title: string;
  row(record: TableRecord): void;
}

/** The reader that fits the header: RouterBench, one response a row (long), or one subject or item a row (wide). */
export function rowReader(header: readonly string[], reading: Reading): RowReader {
  const reader = isRouterBench(header)
    ? routerBenchReader(header, reading)
    : longColumns(header, reading)
      ? longReader(longColumns(header, reading) as LongColumns, reading)
      : wideReader(header, reading);
  return {
    title: reader.title,
    row: (record) => {
      if (record.length !== header.length)
        throw new InputError("the row does not have as many fields as the header", {
          source: reading.source.name,
          at: `line ${record.line}`,
          found: `${record.length} fields`,
          expected: `${header.length}`,
          hint: "Is a separator in a field that is not quoted?",
        });
      reader.row(record);
    },
  };
}

const missing = new Set(["", "na", "n/a", "nan", "null", "none", "-", ".", "?"]);
const words: Record<string, number> = { true: 1, false: 0, yes: 1, no: 0, correct: 1, incorrect: 0 };

/**
 * The score in a field; NaN where it is missing (empty, NA, NaN, null, None).
 * @throws InputError naming line and column for what is no number
 */
export function scoreIn(record: TableRecord, field: number, column: string, source: string): number {
  const value = record.number(field);
  if (Number.isFinite(value)) return value;
  const text = record.text(field).trim().toLowerCase();
  if (missing.has(text)) return Number.NaN;
  if (Object.hasOwn(words, text)) return words[text];
  throw new InputError("the score is not a number", {
    source,
    at: `line ${record.line}`,
    field: column,
    found: show(record.text(field)),
    expected: "a number, true, false, or nothing",
  });
}

/** A cost in dollars; NaN where it is missing. @throws InputError where it is negative or no number */
export function costIn(record: TableRecord, field: number, column: string, source: string): number {
  const cost = scoreIn(record, field, column, source);
  if (cost < 0)
    throw new InputError("a cost is negative", {
      source,
      at: `line ${record.line}`,
      field: column,
      found: String(cost),
      expected: "dollars ≥ 0",
    });
  return cost;
}

/** A header's name without case, spaces and hyphens. */
export const plainName = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, "_");

/** The header of a record. @throws InputError where a name stands twice */
export function headerOf(record: CsvRecord, source: string): string[] {
  const names = record.texts().map((name) => name.trim());
  const twice = names.find((name, at) => name !== "" && names.indexOf(name) !== at);
  if (twice !== undefined)
    throw new InputError("two columns have the same name", { source, at: "line 1", field: twice });
  return names;
}
