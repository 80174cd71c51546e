import { InputError, show } from "../input-error.ts";
import type { Reading } from "./format.ts";
import { plainName, type RowReader, scoreIn } from "./tabular.ts";

const subjectNames =
  /^(subjects?|models?|llms?|agents?|students?|persons?|people|users?|respondents?|examinees?)(_?(id|name))?$/;
const itemNames =
  /^(items?|questions?|problems?|instances?|samples?|tasks?|prompts?|quer(y|ies)|docs?)(_?(id|name))?$/;
/** Name of a subject in a table that names none. */
const rowName = (row: number): string => `person ${row}`;

/** Whether a subject's name is one that a reader made up from its row. */
export const isRowName = (name: string): boolean => /^person \d+$/.test(name);

const frequencyNames = /^(frequency|freq|count|weight)$/;

/**
 * Reads a wide table: one subject a row with its items in the columns, or the other way round, or one pattern of
 * answers a row with the number of people who gave it. The first column's name tells which; without a column of names
 * the rows are people.
 */
export function wideReader(header: readonly string[], reading: Reading): RowReader {
  const plain = header.map(plainName);
  const subjectColumn = plain.findIndex((name) => subjectNames.test(name));
  const itemColumn = plain.findIndex((name) => itemNames.test(name));
  const frequency = plain.findIndex((name) => frequencyNames.test(name));
  if (header.length < 2)
    throw new InputError("the table has one column only", {
      source: reading.source.name,
      found: show(header[0]),
      expected: "a column of names and columns of scores, or columns subject, item and score",
    });
  const rows =
    reading.options.rows ?? (subjectColumn === 0 ? "subjects" : itemColumn === 0 ? "items" : undefined);
  if (frequency >= 0 && rows === undefined) return patternReader(header, frequency, reading);
  return matrixReader(header, rows, reading);
}

function patternReader(header: readonly string[], frequency: number, { source, table }: Reading): RowReader {
  const columns = header.flatMap((name, field) => (field === frequency ? [] : [{ name, field }]));
  const items = columns.map(({ name }) => table.itemIndex(name));
  return {
    title: "pattern frequencies (one pattern a row)",
    row: (record) => {
      const count = record.number(frequency);
      if (!Number.isInteger(count) || count < 0 || count > 1e7)
        throw new InputError("the frequency is not a whole number", {
          source: source.name,
          at: `line ${record.line}`,
          field: header[frequency],
          found: show(record.text(frequency)),
        });
      const scores = columns.map(({ name, field }) => scoreIn(record, field, name, source.name));
      for (let k = 0; k < count; k++) {
        const person = table.subjects.index(rowName(table.subjects.names.length + 1));
        for (const [i, score] of scores.entries()) table.add(person, items[i], score);
      }
    },
  };
}

/** A matrix with a column of names, or (where its first row holds numbers only) without. */
function matrixReader(
  header: readonly string[],
  rows: "subjects" | "items" | undefined,
  { source, table, warn }: Reading,
): RowReader {
  let labelled: boolean | undefined;
  let columns: number[] = [];
  let count = 0;
  const rowsAreItems = rows === "items";
  const others = table.subjects.names.some(isRowName);
  const begin = (first: Parameters<RowReader["row"]>[0]) => {
    labelled = rows !== undefined || header[0] === "" || Number.isNaN(scoreOrNaN(first, 0));
    if (rows === undefined && labelled)
      warn(
        `${source.name}: the rows are taken as subjects, the columns as items; say --rows items if it is the other way round.`,
      );
    if (!labelled && others)
      warn(
        `${source.name}: its subjects have no names, nor have those of an earlier file: row by row they are taken to be the same people.`,
      );
    columns = header
      .slice(labelled ? 1 : 0)
      .map((name) => (rowsAreItems ? table.subjects.index(name) : table.itemIndex(name)));
  };
  return {
    title: rowsAreItems ? "wide table (one item a row)" : "wide table (one subject a row)",
    row: (record) => {
      if (labelled === undefined) begin(record);
      count++;
      const offset = labelled ? 1 : 0;
      if (labelled && record.isEmpty(0))
        throw new InputError("the row has no name", { source: source.name, at: `line ${record.line}` });
      const name = labelled ? record.text(0) : rowName(count);
      const row = rowsAreItems ? table.itemIndex(name) : table.subjects.index(name);
      for (const [k, column] of columns.entries()) {
        const score = scoreIn(record, k + offset, header[k + offset], source.name);
        if (rowsAreItems) table.add(column, row, score);
        else table.add(row, column, score);
      }
    },
  };
}

function scoreOrNaN(record: Parameters<RowReader["row"]>[0], field: number): number {
  const value = record.number(field);
  return record.isEmpty(field) || /^(na|nan)$/i.test(record.text(field)) ? 0 : value;
}
