import { parseJson } from "../formats/index.ts";
import { InputError, show } from "../input-error.ts";

/** One question of a file, as the file has it, and where it stands. */
export interface QuestionEntry {
  readonly at: string;
  readonly row: Readonly<Record<string, unknown>>;
}

/** Fields that may hold a question's text; RouterArena's own text of a question is the formatted one. */
const textFields = ["prompt_formatted", "question", "prompt", "text", "input"];
const idFields = [
  "item",
  "id",
  "item_id",
  "question_id",
  "task_id",
  "global index",
  "global_index",
  "Global Index",
];

/**
 * The entries of a file of questions: one JSON object a line, or a JSON list of them; a text stands for {"text": …}.
 * @throws InputError naming file and line for what is not JSON or no question, and for a file without entries
 */
export function questionEntries(content: string, source: string): QuestionEntry[] {
  const parts = /^\s*\[/.test(content)
    ? [{ line: 1, text: content }]
    : content.split("\n").map((text, i) => ({ line: i + 1, text }));
  const entries = parts
    .filter(({ text }) => text.trim() !== "")
    .flatMap(({ line, text }) => {
      const value = parseJson(text, source, line);
      return Array.isArray(value)
        ? value.map((entry: unknown, i) => ({ at: `entry ${i}`, entry }))
        : [{ at: `line ${line}`, entry: value }];
    });
  if (entries.length === 0)
    throw new InputError("the file holds no question", {
      source,
      expected: 'a JSON object a line with "question", "prompt" or "text", or a list of them',
    });
  return entries.map(({ at, entry }) => {
    if (typeof entry === "string") return { at, row: { text: entry } };
    if (typeof entry !== "object" || entry === null || Array.isArray(entry))
      throw new InputError("the entry is no question", {
        source,
        at,
        found: show(entry),
        expected: "an object or a text",
      });
    return { at, row: entry as QuestionEntry["row"] };
  });
}

/** The text of an entry's question, empty where the file has it so. @throws InputError where there is none */
export function questionText({ at, row }: QuestionEntry, source: string): string {
  const texts = textFields
    .map((field) => row[field])
    .filter((value) => value !== undefined && value !== null);
  const text = texts.find((value) => value !== "") ?? texts[0];
  if (typeof text === "string") return text;
  throw new InputError("the question has no text", {
    source,
    at,
    field: "question",
    found: show(row),
    expected: 'an object with "question", "prompt" or "text"',
  });
}

/** The id of an entry's question as the file has it; undefined where there is none. */
export function questionId({ row }: QuestionEntry): string | number | undefined {
  const id = idFields.map((field) => row[field]).find((value) => value !== undefined && value !== null);
  return id === undefined || typeof id === "number" ? id : String(id);
}
