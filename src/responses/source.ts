import {
  type CsvRecord,
  chunksOf,
  delimiterOf,
  forEachLine,
  gunzip,
  longestLine,
  parseJson,
  parsePythonJson,
  readBytes,
  readText,
  refuseBinary,
  type Source,
  scanCsv,
} from "../formats/index.ts";
import { InputError } from "../input-error.ts";
import { alpacaEval } from "./alpaca-eval.ts";
import { isObject, type JsonFormat, type JsonLinesFormat, type Reading } from "./format.ts";
import { helm } from "./helm.ts";
import { inspectJson, readInspectZip } from "./inspect.ts";
import { llmRouterBench } from "./llmrouterbench.ts";
import { lmEval } from "./lm-eval.ts";
import { longLines } from "./long-lines.ts";
import { readParquetResponses } from "./parquet.ts";
import { promptfoo, promptfooLines } from "./promptfoo.ts";
import { pyIrt } from "./pyirt.ts";
import { routerDC } from "./routerdc-table.ts";
import { headerOf, type RowReader, rowReader } from "./tabular.ts";
import { readTinyBenchmarks } from "./tinybenchmarks.ts";

const jsonFormats: readonly JsonFormat[] = [
  routerDC,
  alpacaEval,
  helm,
  promptfoo,
  inspectJson,
  llmRouterBench,
];
const lineFormats: readonly JsonLinesFormat[] = [pyIrt, lmEval, promptfooLines, longLines];

/** Names of the formats, as `tripos import FORMAT` takes them. */
export const responseFormats = [
  "routerdc",
  "routerbench",
  "tinybenchmarks",
  "py-irt",
  "lm-eval",
  "inspect",
  "helm",
  "promptfoo",
  "llmrouterbench",
  "alpaca-eval",
  "csv",
  "parquet",
  "jsonl",
] as const;

/** Files that stand beside results in the layouts above, and hold none themselves. */
const companions =
  /^(run_spec|scenario|scenario_state|stats|instances|display_requests|display_predictions|annotations_raw|model_outputs|reference_outputs|package|package-lock|bank|best_parameters)\.json$|^results_.*\.json$|^\./;

/** The format that a file's content told. */
export interface Found {
  /** One of `responseFormats`. */
  readonly format: string;
  /** The format as a reader knows it. */
  readonly title: string;
}

/** Reads one file into `reading.table`; undefined where it stood in a folder and is of no known format. */
export async function readSource(reading: Reading, wanted: string | undefined): Promise<Found | undefined> {
  const { source } = reading;
  const name = source.name.split(/[\\/]/).at(-1) ?? "";
  if (source.inFolder && companions.test(name)) return undefined;
  const head = new Uint8Array(await source.slice(0, Math.min(source.byteLength, 65536)));
  const unpacked = await gunzip(source, head);
  if (unpacked) return readSource({ ...reading, source: unpacked }, wanted);
  const start = new TextDecoder()
    .decode(head)
    .replace(/^\ufeff/, "")
    .trimStart();
  const accept = (format: string, title: string): Found => {
    if (wanted !== undefined && wanted !== format)
      throw new InputError("the file is of another format than told", {
        source: source.name,
        found: `${title} (${format})`,
        expected: wanted,
        hint: `Say "auto", or ${format}.`,
      });
    return { format, title };
  };
  if (source.byteLength === 0) {
    if (source.inFolder) return undefined;
    throw new InputError("the file is empty", { source: source.name });
  }
  if (start.startsWith("PAR1")) {
    accept("parquet", "Parquet");
    return { format: "parquet", title: await readParquetResponses(reading) };
  }
  if (start.startsWith("PK\u0003\u0004")) {
    if (source.inFolder && !name.endsWith(".eval")) return undefined;
    const found = accept("inspect", "Inspect AI log (.eval)");
    await readInspectZip(reading);
    return found;
  }
  if ((head[0] === 0x80 && head[1] <= 5) || /\.(pkl|pickle)$/.test(name)) {
    const found = accept("tinybenchmarks", "tinyBenchmarks pickle");
    reading.table.addMatrix(readTinyBenchmarks(await readBytes(source), source.name));
    return found;
  }
  if (!source.inFolder || /\.(jsonl?|jsonlines|csv|tsv|txt)$/i.test(name)) refuseBinary(head, source.name);
  if (/\.jsonl(ines)?$/.test(name) || (start.startsWith("{") && (await holdsLines(source))))
    return readLines(reading, accept);
  if (start.startsWith("{") || start.startsWith("[")) return readDocument(reading, accept);
  if (source.inFolder && !/\.(csv|tsv|txt)$/i.test(name)) return undefined;
  // Beside tables, a text of one column is a note.
  if (source.inFolder && !/^[^\n]*[,;\t]/.test(start)) return undefined;
  return readTable(reading, accept);
}

type Accept = (format: string, title: string) => Found;

async function readDocument(reading: Reading, accept: Accept): Promise<Found | undefined> {
  const { source } = reading;
  const text = await readText(source);
  // RouterDC's scores must be numbers: a NaN there is an error to be shown, elsewhere it is a missing value.
  const routerDCFirst = text.slice(0, 65536).includes('"scores"') && text.trimStart().startsWith("[");
  const value = routerDCFirst ? parseJson(text, source.name) : parsePythonJson(text, source.name);
  const format = jsonFormats.find((candidate) => candidate.matches(value));
  if (format) {
    const found = accept(format.name, format.title);
    await format.read(value, text, reading);
    return found;
  }
  const lines = lineFormats.find((candidate) => candidate.matches(value));
  if (lines) {
    const found = accept(lines.name, lines.title);
    const read = await lines.open(reading);
    read(value, 1);
    read.end?.();
    return found;
  }
  if (source.inFolder) return undefined;
  throw unknownFormat(source, describe(value));
}

async function readLines(reading: Reading, accept: Accept): Promise<Found | undefined> {
  const { source } = reading;
  const first = await firstLine(source);
  if (first === undefined) throw new InputError("the file is empty", { source: source.name });
  const value = parsePythonJson(first.text, source.name, first.number);
  const format = lineFormats.find((candidate) => candidate.matches(value));
  if (!format) {
    if (source.inFolder) return undefined;
    throw unknownFormat(source, `lines with ${describe(value)}`);
  }
  const found = accept(format.name, format.title);
  const read = await format.open(reading);
  await forEachLine(source, (line, number) => read(parsePythonJson(line, source.name, number), number));
  read.end?.();
  return found;
}

async function readTable(reading: Reading, accept: Accept): Promise<Found> {
  const { source } = reading;
  const head = new Uint8Array(await source.slice(0, Math.min(source.byteLength, 65536)));
  const kind = { "\t": "CSV with tabs", ";": "CSV with semicolons" }[String.fromCharCode(delimiterOf(head))];
  let reader: RowReader | undefined;
  let found: Found | undefined;
  let row = (record: CsvRecord) => {
    const header = headerOf(record, source.name);
    reader = rowReader(header, reading);
    found = accept(
      reader.title.startsWith("RouterBench") ? "routerbench" : "csv",
      reader.title.startsWith("RouterBench") ? reader.title : `${kind ?? "CSV"}, ${reader.title}`,
    );
    row = reader.row;
  };
  await scanCsv(source, (record) => row(record));
  if (!found) throw new InputError("the file is empty", { source: source.name });
  return found;
}

/** The first line that is not blank. */
async function firstLine(source: Source): Promise<{ text: string; number: number } | undefined> {
  let found: { text: string; number: number } | undefined;
  const stop = new Error("found");
  await forEachLine(source, (text, number) => {
    found = { text, number };
    throw stop;
  }).catch((error: unknown) => {
    if (error !== stop) throw error;
  });
  return found;
}

/** Whether a text that begins with "{" is one JSON object a line: its first line is whole, and more follows. */
async function holdsLines(source: Source): Promise<boolean> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of chunksOf(source)) {
    text += decoder.decode(chunk, { stream: true });
    const end = text.trimStart().indexOf("\n");
    if (end >= 0) {
      try {
        return isObject(parsePythonJson(text.trimStart().slice(0, end), source.name));
      } catch {
        return false;
      }
    }
    if (text.length > longestLine) return false;
  }
  return false;
}

const describe = (value: unknown): string => {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  const fields = isObject(first)
    ? `the fields ${Object.keys(first).slice(0, 8).join(", ")}`
    : `a ${typeof first}`;
  return Array.isArray(value) ? `a list of ${fields}` : fields;
};

const unknownFormat = (source: Source, found: string): InputError =>
  new InputError("the format is not known", {
    source: source.name,
    found,
    expected: `one of ${responseFormats.join(", ")}`,
    hint: "A table with the columns subject, item, score (CSV or Parquet) always works.",
  });
