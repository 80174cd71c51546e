import { readTextFile } from "../files/index.ts";
import { questionEntries, questionId, questionText } from "../questions/index.ts";

/** A question of `--file`. */
export interface AskedQuestion {
  /** As the file has it; its place, as a text, where it has none. */
  readonly id: string | number;
  readonly text: string;
}

/** Reads the questions of `--file`. @throws InputError naming file and line */
export function readQuestions(path: string): AskedQuestion[] {
  return questionEntries(readTextFile(path), path).map((entry, i) => ({
    id: questionId(entry) ?? String(i),
    text: questionText(entry, path),
  }));
}
