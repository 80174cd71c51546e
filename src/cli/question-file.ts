import { InputError, show } from "../input-error.ts";
import { textFile } from "./text-file.ts";

/** A question of `--file`. */
export interface AskedQuestion {
  /** As the file has it; its place, as a text, where it has none. */
  readonly id: string | number;
  readonly text: string;
}

/** Fields that may hold the text; RouterArena's own text of a question is the formatted one. */
const textFields = ["prompt_formatted", "text", "question", "prompt"] as const;
const idFields = ["id", "global index", "global_index", "Global Index"] as const;

/** One entry of a file of JSON objects, and where it stands. */
export interface Entry {
  readonly at: string;
  readonly row: Readonly<Record<string, unknown>>;
}

/**
 * The entries of a file: one JSON object a line, or a JSON list of them; a text stands for {"text": …}.
 * @throws InputError naming file and line for what is not JSON, and for a file without entries
 */
export function readEntries(path: string): Entry[] {
  const content = textFile(path);
  const parts = content.trimStart().startsWith("[")
    ? [{ at: "", text: content }]
    : content.split("\n").map((text, i) => ({ at: `line ${i + 1}`, text }));
  const entries = parts
    .filter(({ text }) => text.trim() !== "")
    .flatMap(({ at, text }) => {
      let value: unknown;
      try {
        value = JSON.parse(text);
      } catch (error) {
        throw new InputError("this is not JSON", { source: path, at, found: (error as Error).message });
      }
      return Array.isArray(value)
        ? value.map((entry: unknown, i) => ({ at: `entry ${i}`, entry }))
        : [{ at, entry: value }];
    });
  if (entries.length === 0)
    throw new InputError("the file holds no question", {
      source: path,
      expected: 'a JSON object a line with "text", "question" or "prompt", or a list of them',
    });
  return entries.map(({ at, entry }) => ({
    at,
    row: (typeof entry === "string" ? { text: entry } : (entry ?? {})) as Entry["row"],
  }));
}

/** The text of an entry's question. @throws InputError where there is none */
export function textOf({ at, row }: Entry, path: string): string {
  const text = textFields.map((field) => row[field]).find((value) => value !== undefined && value !== "");
  if (typeof text === "string") return text;
  if (text === undefined && textFields.some((field) => row[field] === "")) return "";
  throw new InputError("the question has no text", {
    source: path,
    at,
    found: show(row),
    expected: 'an object with "text", "question" or "prompt"',
  });
}

/** Reads the questions of `--file`. @throws InputError naming file and line */
export function readQuestions(path: string): AskedQuestion[] {
  return readEntries(path).map((entry, i) => {
    const id = idFields
      .map((field) => entry.row[field])
      .find((value) => value !== undefined && value !== null);
    return { id: typeof id === "number" ? id : String(id ?? i), text: textOf(entry, path) };
  });
}
