import { type JsonPath, parseJson, positionInJson } from "../formats/index.ts";
import { InputError, show } from "../input-error.ts";
import { emptyMatrix, type ResponseMatrix } from "./matrix.ts";

/** One question of a RouterDC file; further fields are kept as they are. */
export interface RouterDCEntry {
  readonly question: string;
  readonly scores: Readonly<Record<string, number>>;
  readonly [field: string]: unknown;
}

export interface RouterDCFile {
  /** The entries as they stand in the file, all fields untouched. */
  readonly entries: readonly RouterDCEntry[];
  /** Scores as they are (not rounded to right or wrong), texts, items named q0, q1, … */
  readonly matrix: ResponseMatrix;
  /** Number of entries whose question stood in the file before. They are kept. */
  readonly duplicates: number;
  readonly warnings: readonly string[];
}

/**
 * Reads RouterDC's JSON, `[{question, scores: {model: number}, cluster_id?}]`.
 * @param firstId number of the first item: with 2000, the items are q2000, q2001, …
 * @throws InputError naming the entry, its line and the field that is wrong
 */
export function readRouterDC(text: string, source: string, firstId = 0): RouterDCFile {
  const content = parseJson(text, source);
  if (!Array.isArray(content))
    throw new InputError("the file does not hold a list of questions", {
      source,
      found: show(content),
      expected: "[{question, scores: {model: number}}, …]",
    });
  if (content.length === 0)
    throw new InputError("the list of questions is empty", { source, expected: "at least one entry" });
  const wrong = (path: JsonPath, summary: string, found: unknown, expected: string, hint?: string) =>
    new InputError(summary, {
      source,
      at: [`entry ${path[0]}`, positionInJson(text, path) ?? positionInJson(text, path.slice(0, 1))]
        .filter(Boolean)
        .join(", "),
      field: path.slice(1).join("."),
      found: found === undefined ? "nothing" : show(found),
      expected,
      ...(hint && { hint }),
    });

  const entries = content as RouterDCEntry[];
  let subjects: string[] = [];
  let scores = new Float64Array(0);
  for (const [i, entry] of entries.entries()) {
    if (typeof entry !== "object" || entry === null || typeof entry.question !== "string")
      throw wrong([i, "question"], "the entry has no question", entry?.question, "a text");
    const given = entry.scores;
    if (typeof given !== "object" || given === null || Array.isArray(given))
      throw wrong([i, "scores"], "the entry has no scores", given, "{model: number, …}");
    if (i === 0) {
      subjects = Object.keys(given);
      if (subjects.length === 0)
        throw wrong([i, "scores"], "there are no models", given, "{model: number, …}");
      scores = new Float64Array(subjects.length * entries.length);
    }
    for (const [s, model] of subjects.entries()) {
      const score = given[model];
      if (typeof score === "number" && score >= 0) scores[s * entries.length + i] = score;
      else if (!Object.hasOwn(given, model))
        throw wrong([i, "scores"], ...otherModels(subjects, Object.keys(given)));
      else
        throw wrong(
          [i, "scores", model],
          "the score cannot be used",
          score,
          "a number ≥ 0 (0 is wrong, 1 is right)",
        );
    }
    if (Object.keys(given).length !== subjects.length)
      throw wrong([i, "scores"], ...otherModels(subjects, Object.keys(given)));
  }

  const matrix = {
    ...emptyMatrix(
      subjects,
      entries.map((_, i) => `q${firstId + i}`),
    ),
    scores,
    observed: new Uint8Array(scores.length).fill(1),
    texts: entries.map((entry) => entry.question),
  };
  return { entries, matrix, ...duplicatesIn(matrix, source) };
}

function otherModels(wanted: readonly string[], given: readonly string[]): [string, string, string, string] {
  const missing = wanted.filter((model) => !given.includes(model));
  const extra = given.filter((model) => !wanted.includes(model));
  const parts = [
    missing.length > 0 && `without ${missing.join(", ")}`,
    extra.length > 0 && `with ${extra.join(", ")} besides`,
  ];
  return [
    "the models are not those of the first entry",
    parts.filter(Boolean).join("; "),
    `the same ${wanted.length} models in every entry`,
    "Give every entry a score for every model, or leave a model out of all of them.",
  ];
}

/**
 * Makes sure that two sets of responses (training and test) are of the same models.
 * @throws InputError naming the models that only one of them has
 */
export function requireSameSubjects(
  first: { readonly subjects: readonly string[]; readonly source: string },
  second: { readonly subjects: readonly string[]; readonly source: string },
): void {
  const only = (a: readonly string[], b: readonly string[]) => a.filter((name) => !b.includes(name));
  const missing = only(first.subjects, second.subjects);
  const extra = only(second.subjects, first.subjects);
  if (missing.length === 0 && extra.length === 0) return;
  const parts = [
    missing.length > 0 && `${missing.join(", ")} only in ${first.source}`,
    extra.length > 0 && `${extra.join(", ")} only in ${second.source}`,
  ];
  throw new InputError("the two files are not about the same models", {
    source: `${first.source} and ${second.source}`,
    found: parts.filter(Boolean).join("; "),
    expected: "the same models in both",
  });
}

function duplicatesIn(matrix: ResponseMatrix, source: string): Pick<RouterDCFile, "duplicates" | "warnings"> {
  const { items, subjects, scores } = matrix;
  const texts = matrix.texts ?? [];
  const first = new Map<string, number>();
  const contradictions: string[] = [];
  let duplicates = 0;
  for (const [i, text] of texts.entries()) {
    const before = first.get(text);
    if (before === undefined) {
      first.set(text, i);
      continue;
    }
    duplicates++;
    if (subjects.some((_, s) => scores[s * items.length + i] !== scores[s * items.length + before]))
      contradictions.push(`${before} and ${i}`);
  }
  const shown = contradictions.slice(0, 5).join("; ") + (contradictions.length > 5 ? "; …" : "");
  return {
    duplicates,
    warnings:
      contradictions.length > 0
        ? [`${source}: the same question has different scores in entries ${shown}; both are kept.`]
        : [],
  };
}
