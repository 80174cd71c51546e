import { writeWhole } from "../files/index.ts";
import { InputError } from "../input-error.ts";
import {
  matrixOfRows,
  type ResponseTable,
  type SettledRows,
  writePyIrt,
  writeResponsesCsv,
  writeResponsesParquet,
  writeTinyBenchmarks,
} from "../responses/index.ts";

type Writer = (table: ResponseTable, rows: SettledRows) => string | Uint8Array;

const writers: Readonly<Record<string, Writer>> = {
  parquet: writeResponsesParquet,
  csv: writeResponsesCsv,
  jsonl: (table, rows) => writePyIrt(matrixOfRows(table, rows)),
  pkl: (table, rows) => writeTinyBenchmarks(matrixOfRows(table, rows)),
};

/** What `--out` of responses may be. */
export const responseOutputs =
  "what to write: .parquet or .csv (one response a row), .jsonl (py-irt), .pkl (tinyBenchmarks)";

/**
 * What writes responses to a path in the format that its ending says.
 * @throws InputError for another ending, before anything is read or computed
 */
export function responseOutput(path: string): (table: ResponseTable, rows: SettledRows) => void {
  const ending = /\.(\w+)$/.exec(path)?.[1].toLowerCase().replace("jsonlines", "jsonl") ?? "";
  if (!Object.hasOwn(writers, ending))
    throw new InputError("the output's ending does not say what to write", {
      source: path,
      expected: Object.keys(writers)
        .map((name) => `.${name}`)
        .join(", "),
    });
  return (table, rows) => writeWhole(path, writers[ending](table, rows));
}
