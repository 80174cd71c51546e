import { InputError, show } from "../input-error.ts";
import { keyLetter } from "./choice-answer.ts";
import type { Gradable } from "./grade.ts";
import type { GraderSpec } from "./graders.ts";
import { parseNumber } from "./number-answer.ts";

/**
 * A key that no response can match would grade everything wrong.
 * @throws InputError with the place, what was found and what was expected
 */
export function checkKey(question: Gradable, grader: GraderSpec, source: string, at: string): void {
  const expected = impossible(question, grader);
  if (expected !== undefined)
    throw new InputError("the right answer is none that can be given", {
      source,
      at,
      field: "answer",
      found: show(question.answer),
      expected,
    });
}

/** What the key should have been; undefined where it can be met. */
function impossible({ answer, choices }: Gradable, { type }: GraderSpec): string | undefined {
  if (type === "choice") {
    if (keyLetter(answer, choices) !== undefined) return undefined;
    if (!choices) return "a letter, or the index of a choice; the question has no choices";
    const last = String.fromCharCode(64 + Math.min(26, choices.length));
    return `a letter from A to ${last}, an index from 0 to ${Math.min(26, choices.length) - 1}, or one of the choices ${show(choices)}`;
  }
  if (type === "number")
    return /\d/.test(String(answer)) && Number.isFinite(parseNumber(String(answer))) ? undefined : "a number";
  if (type !== "exact" && type !== "normalised" && (type !== "regex" || answer === undefined))
    return undefined;
  const texts = Array.isArray(answer) ? answer : [answer];
  const plain = texts.every((one) => ["string", "number", "boolean"].includes(typeof one));
  return texts.length > 0 && plain ? undefined : "a text, a number, or several in a list";
}
