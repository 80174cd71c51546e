import { InputError, show } from "../input-error.ts";
import { questionEntries, questionId, questionText } from "../questions/index.ts";
import { checkKey } from "./answer-key.ts";
import { type GraderSpec, parseGrader } from "./graders.ts";

/** A question to be asked: its text, what is right, and how to tell. */
export interface ExamItem {
  readonly item: string;
  readonly question: string;
  readonly choices?: readonly string[];
  readonly answer?: unknown;
  readonly grader: GraderSpec;
}

/**
 * Reads questions: a JSON array or JSON lines of objects with `item` (id), `question`, and as needed `choices`, `answer`
 * (letter, index or text of a choice, a text, several texts, a number) and `grader`. Usual other names are understood
 * (`id`, `prompt`, `text`, `options`, `target`, `label`). Without a grader: choice where there are choices, number where
 * the answer is one, normalised otherwise.
 *
 * @throws InputError naming the line or entry; also for a key that no response can match, such as "Z" of two choices.
 */
export function readQuestions(
  text: string,
  source: string,
  defaultGrader?: GraderSpec,
): Map<string, ExamItem> {
  const found = new Map<string, ExamItem>();
  for (const entry of questionEntries(text, source)) {
    const { at, row } = entry;
    const pick = (...names: string[]) =>
      names.map((name) => row[name]).find((x) => x !== undefined && x !== null);
    const id = questionId(entry);
    if (id === undefined)
      throw new InputError("the question has no id", {
        source,
        at,
        field: "item",
        found: show(id),
        expected: "a text",
      });
    const item = String(id);
    const question = questionText(entry, source);
    if (question === "")
      throw new InputError("the question has no text", { source, at, field: "question", found: '""' });
    const choices = pick("choices", "options");
    if (
      choices !== undefined &&
      !(Array.isArray(choices) && choices.length >= 2 && choices.every((c) => typeof c === "string"))
    )
      throw new InputError("the choices are no list of texts", {
        source,
        at,
        field: "choices",
        found: show(choices),
      });
    const answer = pick("answer", "target", "label", "key");
    const grader =
      row.grader !== undefined
        ? parseGrader(row.grader, source, at)
        : (defaultGrader ?? usualGrader(choices, answer));
    if (answer === undefined && !["judge", "command", "regex"].includes(grader.type))
      throw new InputError("the question has no answer to grade by", {
        source,
        at,
        field: "answer",
        expected: "the right answer",
      });
    if (found.has(item))
      throw new InputError("the question stands twice in the file", {
        source,
        at,
        field: "item",
        found: show(item),
      });
    const read: ExamItem = {
      item,
      question,
      ...(choices !== undefined && { choices: choices as string[] }),
      ...(answer !== undefined && { answer }),
      grader,
    };
    if (answer !== undefined) checkKey(read, grader, source, at);
    found.set(item, read);
  }
  return found;
}

function usualGrader(choices: unknown, answer: unknown): GraderSpec {
  if (choices !== undefined) return { type: "choice" };
  const number =
    typeof answer === "number" || (typeof answer === "string" && /^-?[\d.,]+$/.test(answer.trim()));
  return { type: number ? "number" : "normalised" };
}

/** The prompt of questions with choices, and of those without, unless told otherwise. */
export const choiceTemplate =
  "{{question}}\n\n{{choices}}\n\nAnswer with the letter of the right choice only.";
export const openTemplate = "{{question}}";

/** Fills `{{question}}`, `{{choices}}` (lettered lines), `{{answer}}` and `{{response}}`. */
export function renderPrompt(
  template: string,
  { question, choices, answer }: ExamItem,
  response = "",
): string {
  const lettered = (choices ?? []).map((choice, c) => `${String.fromCharCode(65 + c)}. ${choice}`).join("\n");
  const values: Record<string, string> = {
    question,
    choices: lettered,
    answer: typeof answer === "string" ? answer : JSON.stringify(answer ?? null),
    response,
  };
  return template
    .replace(/\{\{\s*(question|choices|answer|response)\s*\}\}/g, (_, name: string) => values[name])
    .trim();
}
