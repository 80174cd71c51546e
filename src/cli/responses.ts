import { Option } from "commander";
import { sourcesAt } from "../files/index.ts";
import type { Source } from "../formats/index.ts";
import { InputError } from "../input-error.ts";
import {
  type ReadOptions,
  type RepeatRule,
  type ResponseRows,
  readResponseRows,
  responseFormats,
} from "../responses/index.ts";
import { progressBar } from "./progress.ts";

/** How a command that takes response files was told to read them. */
export interface ResponseFileOptions {
  readonly repeats?: RepeatRule;
  readonly subject?: string;
  readonly metric?: string;
  readonly filter?: string;
  readonly columns?: NonNullable<ReadOptions["columns"]>;
  readonly tokenCost?: NonNullable<ReadOptions["tokenCost"]>;
  readonly rows?: "subjects" | "items";
}

/** What the columns of a long table can hold. */
const columnRoles = [
  "subject",
  "item",
  "score",
  "text",
  "scenario",
  "subscenario",
  "trials",
  "cost",
  "inputTokens",
  "outputTokens",
] as const;

/** The options of every command that takes response files. */
export const responseFileOptions = (): Option[] => [
  new Option(
    "--repeats <rule>",
    "several answers of one subject to one item: their mean, the first, k of n, or an error",
  )
    .choices(["mean", "first", "count", "error"])
    .default("mean"),
  new Option("--subject <name>", "who answered, for files that do not say so"),
  new Option(
    "--metric <name>",
    "the metric (lm-eval, HELM), scorer (Inspect) or named score (promptfoo) to take; for lm-eval several with commas, the first that a task has",
  ),
  new Option(
    "--filter <name>",
    "the answer filter to take (lm-eval: strict-match, flexible-extract, …), or several with commas",
  ),
  new Option(
    "--columns <names>",
    `columns of a long table: subject=…,item=…,score=… (also ${columnRoles.slice(3).join(", ")})`,
  ).argParser(columnNames),
  new Option("--rows <what>", "what stands in the rows of a wide table").choices(["subjects", "items"]),
];

function columnNames(text: string): NonNullable<ReadOptions["columns"]> {
  const entries = text.split(",").map((part) => part.split("=").map((side) => side.trim()));
  const wrong = entries.find(([role, name]) => !(columnRoles as readonly string[]).includes(role) || !name);
  if (wrong)
    throw new InputError("the columns cannot be understood", {
      source: "--columns",
      found: wrong.join("="),
      expected: "subject=NAME,item=NAME,score=NAME (those that differ)",
    });
  return Object.fromEntries(entries);
}

/**
 * The responses in files of any supported format, with a bar on a terminal and warnings on standard error.
 * @param format a name of `responseFormats`, or undefined to tell it from the content
 */
export async function readResponseFiles(
  paths: readonly string[],
  options: ResponseFileOptions & { readonly hard?: boolean },
  format?: string,
): Promise<ResponseRows> {
  if (format !== undefined && !(responseFormats as readonly string[]).includes(format))
    throw new InputError("the format is not known", {
      source: format,
      expected: `auto, ${responseFormats.join(", ")}`,
    });
  const sources = await sourcesAt(paths);
  const total = sources.reduce((sum, source) => sum + source.byteLength, 0);
  const bar = progressBar("Reading", "bytes");
  let read = 0;
  const counted = sources.map(
    (source): Source => ({
      ...source,
      slice: async (start, end) => {
        const bytes = await source.slice(start, end);
        read = Math.min(read + bytes.byteLength, total);
        bar.update(read, total);
        return bytes;
      },
    }),
  );
  try {
    const result = await readResponseRows(counted, { ...options, ...(format !== undefined && { format }) });
    for (const warning of result.warnings) process.stderr.write(`tripos: ${warning}\n`);
    return result;
  } finally {
    bar.stop();
  }
}
