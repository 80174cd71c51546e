import { InputError } from "../input-error.ts";
import type { ResponseMatrix } from "../responses/index.ts";
import type { Answers } from "./score.ts";

/** The answers of every subject of a matrix to the items of a bank. */
export interface MatchedAnswers {
  readonly answers: readonly Answers[];
  /** Ids of answered questions that the bank does not have. */
  readonly unknown: readonly string[];
}

/**
 * Finds a matrix's items in a bank's.
 * @throws InputError where a question is unknown to the bank, unless `ignoreUnknown`; where none is known; and for a
 *   score outside [0, 1]
 */
export function matchAnswers(
  matrix: ResponseMatrix,
  items: readonly string[],
  source: string,
  { ignoreUnknown = false }: { readonly ignoreUnknown?: boolean } = {},
): MatchedAnswers {
  const { subjects, observed, ...rest } = matrix;
  const outside = rest.scores.findIndex((score, cell) => observed[cell] === 1 && !(score >= 0 && score <= 1));
  if (outside >= 0)
    throw new InputError("a score lies outside the range of right and wrong", {
      source,
      field: `${subjects[Math.floor(outside / rest.items.length)]} on ${rest.items[outside % rest.items.length]}`,
      found: String(rest.scores[outside]),
      expected: "0 to 1",
    });
  const index = new Map(items.map((item, i) => [item, i]));
  const places = rest.items.map((item) => index.get(item));
  const width = places.length;
  const answered = places.map((_, j) => subjects.some((_, s) => observed[s * width + j] === 1));
  const unknown = rest.items.filter((_, j) => answered[j] && places[j] === undefined);
  if (unknown.length > 0 && !ignoreUnknown)
    throw new InputError("there are answers to questions that the bank does not have", {
      source,
      found: `${unknown.length} of ${width}: ${unknown.slice(0, 5).join(", ")}${unknown.length > 5 ? ", …" : ""}`,
      hint: "Score against the bank that the exam was made from, or leave them out with --ignore-unknown.",
    });
  if (unknown.length > 0 && unknown.length === answered.filter(Boolean).length)
    throw new InputError("none of the answered questions is in the bank", {
      source,
      found: unknown.slice(0, 5).join(", "),
    });
  return {
    unknown,
    answers: subjects.map((subject, s) => {
      const own = places.flatMap((i, j) =>
        i !== undefined && observed[s * width + j] ? [[i, rest.scores[s * width + j]]] : [],
      );
      return { subject, items: own.map(([i]) => i), scores: own.map(([, score]) => score) };
    }),
  };
}
