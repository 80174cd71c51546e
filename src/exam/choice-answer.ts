import { type Gradable, type Grade, graded, normalise } from "./grade.ts";

/**
 * The letter that a response settles on. In this order: the last in \boxed{} or after "answer is", "answer:"; one that opens
 * the response; one that is called right; the last "option C"; one that ends the response; the text of just one choice.
 * What the response calls wrong ("option D is incorrect") names no answer.
 */
export function gradeChoice(response: string, answer: unknown, choices: Gradable["choices"]): Grade {
  const count = Math.min(26, choices?.length ?? 26);
  const text = response.replace(/[*_`$]/g, "").trim();
  const found = saidLetter(text, String.fromCharCode(64 + count)) ?? namedChoice(text, choices);
  return found === undefined ? { score: undefined } : graded(found, found === keyLetter(answer, choices));
}

function saidLetter(text: string, last: string): string | undefined {
  const small = `a-${last.toLowerCase()}`;
  const notWrong = String.raw`(?!\)?\s*(?:\([^)]*\)\s*)?(?:(?:is|are|was|would be|must be|seems)\s+(?:\w+ly\s+)?(?:not|wrong|incorrect|false)\b|isn['’]t|cannot|can['’]t))`;
  // A small letter counts where nothing follows it: "answer a question" names no choice.
  const letter = String.raw`\(?\s*(?:([A-${last}])\b(?!['’])${notWrong}|([${small}])\)?\.?[ \t]*(?:\n|$))`;
  const box = String.raw`\\boxed\{\s*(?:\\(?:text|textbf|mathrm|mathbf)\{)?\s*\(?`;
  const option = "(?:[Cc]hoice|CHOICE|[Oo]ption|OPTION)";
  const said = (pattern: string): string | undefined =>
    [...text.matchAll(new RegExp(pattern, "gm"))].at(-1)?.slice(1).find(Boolean)?.toUpperCase();
  const opening = (pattern: string): string | undefined =>
    new RegExp(pattern).exec(text)?.slice(1).find(Boolean)?.toUpperCase();
  return (
    said(
      String.raw`${box}([A-${last}])\b|(?:[Aa]nswer|ANSWER)\s*(?:(?:is|IS|=)\s*:?|:)\s*(?:${option}\s*)?${letter}`,
    ) ??
    // A letter before a space alone may be the article: "A capital question".
    opening(
      String.raw`^(?:\(([A-${last}])\)|([A-${last}])\s*(?:[.:)\n]|$|,(?!\s*["'’])|\s[-–—]\s)|\(?([${small}])\)?[.:)]?$)`,
    ) ??
    said(String.raw`^\(?([A-${last}])\)?\.?[ \t]*$`) ??
    said(String.raw`\b([A-${last}])\)?\s+is\s+(?:the\s+)?(?:correct|right|best)\b`) ??
    said(String.raw`(?:${option}|[Aa]nswer|ANSWER)\s*(?:is|IS|:|=)?\s*${letter}`) ??
    said(String.raw`(?:^|\s)\(?([A-${last}])\)?[.)]?(?![\s\S])`)
  );
}

function namedChoice(text: string, choices: Gradable["choices"]): string | undefined {
  const said = ` ${normalise(text)} `;
  const named = choices?.flatMap((choice, c) =>
    normalise(choice) !== "" && said.includes(` ${normalise(choice)} `) ? [c] : [],
  );
  return named?.length === 1 ? String.fromCharCode(65 + named[0]) : undefined;
}

/** A key as a letter: "C", 2 (index), or the text of a choice; undefined where it names none of the choices. */
export function keyLetter(answer: unknown, choices: Gradable["choices"]): string | undefined {
  const count = Math.min(26, choices?.length ?? 26);
  const lettered = (at: number) =>
    Number.isInteger(at) && at >= 0 && at < count ? String.fromCharCode(65 + at) : undefined;
  if (typeof answer === "number") return lettered(answer);
  const text = String(answer).trim();
  const letter = /^\(?([A-Za-z])\)?\.?$/.exec(text)?.[1].toUpperCase();
  return (
    (letter && lettered(letter.charCodeAt(0) - 65)) ??
    lettered(choices?.findIndex((choice) => choice.trim() === text) ?? -1) ??
    lettered(
      choices?.findIndex((choice) => normalise(choice) !== "" && normalise(choice) === normalise(text)) ?? -1,
    )
  );
}
