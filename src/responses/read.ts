import type { Source } from "../formats/index.ts";
import { InputError } from "../input-error.ts";
import type { ReadOptions } from "./format.ts";
import type { ResponseMatrix } from "./matrix.ts";
import { type Found, readSource, responseFormats } from "./source.ts";
import { matrixOfRows, type RepeatRule, ResponseTable, type SettledRows, settleRepeats } from "./table.ts";

export interface ReadResponsesOptions extends ReadOptions {
  /** What to do with several answers of one subject to one item; the default is their mean. */
  readonly repeats?: RepeatRule;
  /** A score above 0 counts as right and any other as wrong, before repeated answers are settled: k right of n stay k of n. */
  readonly hard?: boolean;
  /** Only this format will do (a name of `responseFormats`); otherwise the content tells. */
  readonly format?: string;
}

/** What one file gave. */
export interface FileRead extends Found {
  readonly source: string;
  readonly responses: number;
}

/** The responses of all files before they are made a matrix. */
export interface ResponseRows {
  readonly table: ResponseTable;
  readonly rows: SettledRows;
  readonly files: readonly FileRead[];
  /** Files in a folder whose format is unknown. */
  readonly skipped: readonly string[];
  readonly counts: {
    readonly subjects: number;
    readonly items: number;
    readonly responses: number;
    /** Pairs of subject and item without a response. */
    readonly missing: number;
    /** Answers beyond the first of their subject to their item. */
    readonly duplicates: number;
  };
  readonly warnings: readonly string[];
}

/**
 * Reads responses in any supported format, several files at once, as one matrix: subjects and items of the same name
 * are the same.
 * @throws InputError where a file's format is unknown or its content wrong, naming file, line and field
 * @example
 * const { matrix, counts, warnings } = await readResponses([memorySource("r.csv", "model,q1,q2\na,1,0\nb,1,1\n")]);
 */
export async function readResponses(
  sources: readonly Source[],
  options: ReadResponsesOptions = {},
): Promise<Omit<ResponseRows, "table" | "rows"> & { readonly matrix: ResponseMatrix }> {
  const { table, rows, ...rest } = await readResponseRows(sources, options);
  return { matrix: matrixOfRows(table, rows), ...rest };
}

/** As `readResponses`, but the responses stay a list: for more than fit into a dense matrix. */
export async function readResponseRows(
  sources: readonly Source[],
  options: ReadResponsesOptions = {},
): Promise<ResponseRows> {
  const table = new ResponseTable();
  const warnings: string[] = [];
  const files: FileRead[] = [];
  const skipped: string[] = [];
  for (const source of sources) {
    const before = table.length;
    const found = await readSource(
      { source, table, options, warn: (message) => warnings.push(message) },
      options.format,
    );
    if (found === undefined) skipped.push(source.name);
    else files.push({ source: source.name, ...found, responses: table.length - before });
  }
  if (table.length === 0)
    throw new InputError("there are no responses", {
      source:
        sources
          .map((source) => source.name)
          .slice(0, 3)
          .join(", ") || "no file",
      ...(files.length > 0
        ? { found: `${files[0].title} without a scored answer`, expected: "at least one answer with a score" }
        : {
            ...(skipped.length > 0 && { found: `${skipped.length} files of unknown format` }),
            expected: `one of ${responseFormats.join(", ")}`,
          }),
    });
  if (options.hard) for (let r = 0; r < table.length; r++) table.score[r] = table.score[r] > 0 ? 1 : 0;
  const { rows, duplicates } = settleRepeats(table, options.repeats);
  const [subjects, items, responses] = [
    table.subjects.names.length,
    table.items.names.length,
    rows.score.length,
  ];
  return {
    table,
    rows,
    files,
    skipped,
    counts: { subjects, items, responses, missing: subjects * items - responses, duplicates },
    warnings,
  };
}
