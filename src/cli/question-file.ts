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

/**
 * Reads questions: one JSON object a line with a text (and perhaps an id), a JSON list of them, or of texts. A file
 * that is no JSON at all, or one object, is told from its beginning.
 * @throws InputError naming file and line
 */
export function readQuestions(path: string): AskedQuestion[] {
  const content = textFile(path);
  const entries = content.trimStart().startsWith("[")
    ? [{ at: "", text: content }]
    : content.split("\n").map((text, i) => ({ at: `line ${i + 1}`, text }));
  const parsed = entries
    .filter(({ text }) => text.trim() !== "")
    .flatMap(({ at, text }) => {
      let value: unknown;
      try {
        value = JSON.parse(text);
      } catch (error) {
        throw new InputError("this is not JSON", { source: path, at, found: (error as Error).message });
      }
      return Array.isArray(value)
        ? value.map((entry, i) => ({ at: `entry ${i}`, entry }))
        : [{ at, entry: value }];
    });
  if (parsed.length === 0)
    throw new InputError("the file holds no question", {
      source: path,
      expected: 'a JSON object a line with "text", "question" or "prompt", or a list of them',
    });
  return parsed.map(({ at, entry }, i) => {
    if (typeof entry === "string") return { id: String(i), text: entry };
    const row = (entry ?? {}) as Record<string, unknown>;
    const text = textFields.map((field) => row[field]).find((value) => value !== undefined && value !== "");
    if (typeof text !== "string")
      throw new InputError("the question has no text", {
        source: path,
        at,
        found: show(entry),
        expected: 'an object with "text", "question" or "prompt"',
      });
    const id = idFields.map((field) => row[field]).find((value) => value !== undefined && value !== null);
    return { id: typeof id === "number" ? id : String(id ?? i), text };
  });
}
