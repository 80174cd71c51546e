import { InputError } from "../input-error.ts";
import type { AnswerRecord } from "./ask-question.ts";
import type { ExamSettings } from "./exam-settings.ts";

/** A line of an answers' file: an answer, the bank and the settings that it was made with. */
export interface AnswerLine extends AnswerRecord {
  /** {@link itemsHash} of the bank that the exam was made from. */
  readonly bank: string;
  /** SHA-256 of the settings. */
  readonly settings: string;
  /** The settings themselves, in the first line of a file. */
  readonly taken?: ExamSettings;
}

/** The lines with each ungraded answer replaced, in its place, by its graded one where that was recorded later. */
export function settledLines<L extends Partial<AnswerLine>>(lines: readonly L[]): L[] {
  const settled: L[] = [];
  const ungraded = new Map<string, number>();
  for (const line of lines) {
    const key = JSON.stringify([line.subject, line.settings, line.item]);
    const at = ungraded.get(key);
    if (at === undefined) {
      if (line.note === "ungraded") ungraded.set(key, settled.length);
      settled.push(line);
    } else {
      const { taken } = settled[at];
      settled[at] = { ...line, ...(taken && { taken }) };
      if (line.note !== "ungraded") ungraded.delete(key);
    }
  }
  return settled;
}

/**
 * The answers that an earlier run left.
 * @throws InputError where they were made with other settings, or by another subject
 */
export function answersBefore(
  lines: readonly Partial<AnswerLine>[],
  hash: string,
  subject: string,
): AnswerRecord[] {
  const other = lines.find((line) => line.settings !== hash || line.subject !== subject);
  if (other)
    throw new InputError("the recorded answers were made otherwise", {
      found: `subject ${other.subject ?? "unknown"}, settings ${String(other.settings).slice(0, 12)}`,
      expected: `subject ${subject}, settings ${hash.slice(0, 12)}`,
      hint: "Resume with the same exam, questions, model, prompt and parameters, or give another file with --out.",
    });
  return settledLines(lines) as AnswerRecord[];
}
