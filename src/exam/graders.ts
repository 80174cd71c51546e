import { InputError, show } from "../input-error.ts";

/** A grader that is a rule. */
export type RuleGrader =
  | { readonly type: "choice" | "exact" | "normalised" }
  | { readonly type: "number"; readonly tolerance?: number }
  | { readonly type: "regex"; readonly pattern: string; readonly flags?: string }
  | { readonly type: "json"; readonly field: string };

/** How a response becomes a score: by a rule, by asking a model, by a program of the user's. */
export type GraderSpec = RuleGrader | { readonly type: "judge" } | { readonly type: "command" };

/** What a grader made of a response: a score in [0, 1], or undefined where it found no answer in it. */
export interface Grade {
  readonly score: number | undefined;
  /** The answer that it read, for the record. */
  readonly extracted?: string;
}

/** A question with what its grader needs. */
export interface Gradable {
  readonly answer?: unknown;
  readonly choices?: readonly string[];
}

export const graderNames = [
  "choice",
  "exact",
  "normalised",
  "number",
  "regex",
  "json",
  "judge",
  "command",
] as const;

/** @throws InputError for a grader that is unknown or lacks what it needs. */
export function parseGrader(value: unknown, source: string, at: string): GraderSpec {
  const spec = (typeof value === "string" ? { type: value } : value) as GraderSpec & Record<string, unknown>;
  const wrong = (found: unknown, expected: string) =>
    new InputError("the grader cannot be used", {
      source,
      at,
      field: "grader",
      found: show(found),
      expected,
    });
  if (!(graderNames as readonly string[]).includes(spec?.type))
    throw wrong(value, `one of ${graderNames.join(", ")}`);
  if (spec.type === "regex") {
    if (typeof spec.pattern !== "string") throw wrong(value, '{"type": "regex", "pattern": "…"}');
    try {
      new RegExp(spec.pattern, spec.flags as string | undefined);
    } catch (error) {
      throw wrong(spec.pattern, `a regular expression (${(error as Error).message})`);
    }
  }
  if (spec.type === "json" && typeof spec.field !== "string")
    throw wrong(value, '{"type": "json", "field": "a.b"}');
  if (spec.type === "number" && spec.tolerance !== undefined && !((spec.tolerance as number) >= 0))
    throw wrong(spec.tolerance, "a tolerance of 0 or more");
  return spec;
}

/** Grades by rule; "judge" and "command" are asked elsewhere. */
export function grade(response: string, { answer, choices }: Gradable, spec: RuleGrader): Grade {
  switch (spec.type) {
    case "choice":
      return gradeChoice(response, answer, choices);
    case "exact":
      return graded(
        response.trim(),
        alternatives(answer).some((one) => one.trim() === response.trim()),
      );
    case "normalised": {
      const given = normalise(response);
      return graded(
        given,
        alternatives(answer).some((one) => normalise(one) === given),
      );
    }
    case "number":
      return gradeNumber(response, answer, spec.tolerance ?? 1e-6);
    case "regex": {
      const match = new RegExp(spec.pattern, spec.flags ?? "").exec(response);
      if (answer === undefined || answer === null)
        return { score: match ? 1 : 0, ...(match && { extracted: match[0] }) };
      if (!match) return { score: undefined };
      const found = match[1] ?? match[0];
      return graded(
        found,
        alternatives(answer).some((one) => normalise(one) === normalise(found)),
      );
    }
    case "json":
      return gradeJson(response, answer, spec.field);
  }
}

function graded(extracted: string, right: boolean): Grade {
  return { score: right ? 1 : 0, extracted };
}

function alternatives(answer: unknown): string[] {
  return (Array.isArray(answer) ? answer : [answer]).map(String);
}

/** Lower case, without punctuation, articles and doubled spaces, accents and widths made alike (as SQuAD scores). */
export function normalise(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[\p{P}\p{S}]+/gu, " ")
    .replace(/\b(a|an|the)\b/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}

/** The letter that a response settles on: "Answer: C" last said, a lone letter, or the text of just one choice. */
function gradeChoice(response: string, answer: unknown, choices: readonly string[] | undefined): Grade {
  const count = choices?.length ?? 26;
  const last = String.fromCharCode(64 + Math.min(26, count));
  const letter = keyLetter(answer, choices);
  const text = response.replace(/[*_`$]/g, "").trim();
  const said = [
    ...text.matchAll(
      // A small letter after the keyword counts where nothing follows it: "answer a question" names no choice.
      new RegExp(
        `(?:[Aa]nswer|ANSWER|[Cc]hoice|CHOICE|[Oo]ption|OPTION)\\s*(?:is|IS|:|=)?\\s*\\(?\\s*(?:([A-${last}])\\b(?!['’])|([a-${last.toLowerCase()}])\\)?\\.?[ \\t]*(?:\\n|$))`,
        "g",
      ),
    ),
    ...text.matchAll(new RegExp(`\\\\boxed\\{\\s*(?:\\\\text\\{)?\\s*\\(?([A-${last}])\\b`, "g")),
  ]
    .sort((a, b) => a.index - b.index)
    .map(([, capital, small]) => capital ?? small)
    .at(-1);
  // A letter before a space alone may be the article: "A capital question".
  const alone =
    new RegExp(`^(?:\\(([A-${last}])\\)|([A-${last}])\\s*(?:[.:)\\n]|$))`)
      .exec(text)
      ?.slice(1)
      .find(Boolean) ??
    new RegExp(`^\\(?([a-${last.toLowerCase()}])\\)?[.:)]?$`).exec(text)?.[1] ??
    new RegExp(`(?:^|\\s)\\(?([A-${last}])\\)?[.)]?$`).exec(text)?.[1];
  const named = choices?.flatMap((choice, c) =>
    normalise(choice) !== "" && ` ${normalise(text)} `.includes(` ${normalise(choice)} `) ? [c] : [],
  );
  const found = (
    said ??
    alone ??
    (named?.length === 1 ? String.fromCharCode(65 + named[0]) : undefined)
  )?.toUpperCase();
  return found === undefined ? { score: undefined } : graded(found, found === letter);
}

/** A key as a letter: "C", 2 (index), or the text of a choice; undefined where it names none of the choices. */
export function keyLetter(answer: unknown, choices: readonly string[] | undefined): string | undefined {
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

/** The number after "####" or "answer", in \boxed{}, or the last one in the response. */
function gradeNumber(response: string, answer: unknown, tolerance: number): Grade {
  const key = parseNumber(String(answer));
  const number = String.raw`[-−+]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?:[eE][-+]?\d+)?(?:\s*/\s*\d+)?%?`;
  const marked = new RegExp(String.raw`(?:####|\\boxed\{|answer\s*(?:is|:|=)?)\s*[$€£]?\s*(${number})`, "gi");
  const plain = /[-−+]?(?:\d{1,3}(?:,\d{3})+|\d+|(?=\.\d))(?:\.\d+)?(?:[eE][-+]?\d+)?(?:\s*\/\s*\d+)?%?/g;
  const candidates = [...response.matchAll(marked)]
    .map((match) => match[1])
    .filter((text) => /\d/.test(text));
  const found = candidates.at(-1) ?? [...response.matchAll(plain)].map((match) => match[0]).at(-1);
  if (found === undefined) return { score: undefined };
  const value = parseNumber(found);
  const scale = Math.max(1, Math.abs(key));
  return graded(found.trim(), Math.abs(value - key) <= tolerance * scale);
}

/** A number as people write it: "1,234", "$5", "3/4", "25%"; NaN for anything else. */
export function parseNumber(text: string): number {
  const plain = text.replace(/[,$€£\s]/g, "").replace("−", "-");
  const percent = plain.endsWith("%");
  const [above, below] = plain.replace("%", "").split("/");
  const value = below === undefined ? Number(above) : Number(above) / Number(below);
  return percent ? value / 100 : value;
}

function gradeJson(response: string, answer: unknown, field: string): Grade {
  const start = response.search(/[{[]/);
  const end = Math.max(response.lastIndexOf("}"), response.lastIndexOf("]"));
  let value: unknown;
  try {
    value = JSON.parse(response.slice(start, end + 1));
  } catch {
    return { score: undefined };
  }
  for (const part of field.split(".")) value = (value as Record<string, unknown> | undefined)?.[part];
  if (value === undefined) return { score: undefined };
  const same =
    JSON.stringify(value) === JSON.stringify(answer) ||
    (typeof value !== "object" && normalise(String(value)) === normalise(String(answer)));
  return graded(JSON.stringify(value), same);
}

/** What a judge is asked unless told otherwise. */
export const judgeTemplate = `Question:
{{question}}

Reference answer:
{{answer}}

Response to be graded:
{{response}}

Does the response give the reference answer? Judge the meaning, not the wording. Reply with one word: CORRECT or INCORRECT.`;

/**
 * Reads a judge's reply: the last CORRECT or INCORRECT, else the last "right" or "wrong", else a first "yes" or "no", or a
 * number from 0 to 1. A "not" before the word turns it round.
 */
export function readVerdict(reply: string): Grade {
  const negated = String.raw`((?:\bnot|n['’]t)\s+(?:\w+\s+)?)?`;
  for (const [words, positive] of [
    ["incorrect|correct", "correct"],
    ["wrong|right", "right"],
  ]) {
    const last = [...reply.matchAll(new RegExp(`${negated}\\b(${words})\\b`, "gi"))].at(-1);
    if (!last) continue;
    const word = last[2].toLowerCase();
    return graded(last[1] ? `not ${word}` : word, (word === positive) === !last[1]);
  }
  const first = /^\W*(yes|no)\b/i.exec(reply)?.[1].toLowerCase();
  if (first) return graded(first, first === "yes");
  const number = Number(reply.trim());
  return reply.trim() !== "" && number >= 0 && number <= 1
    ? { score: number, extracted: reply.trim() }
    : { score: undefined };
}
