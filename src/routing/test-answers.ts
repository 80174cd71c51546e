import { InputError } from "../input-error.ts";
import type { ResponseMatrix } from "../responses/index.ts";
import { modelNames } from "./predict.ts";
import type { Router } from "./router.ts";

/** A dataset to evaluate on, its scores being rewards (see {@link rewardsOf}). */
export interface TestDataset {
  readonly name: string;
  readonly matrix: ResponseMatrix;
}

/** The answers of a router's models to a test dataset's questions. */
export interface TestAnswers {
  readonly name: string;
  /** Models that answered something. */
  readonly present: readonly string[];
  /** Indices of the questions that one of them answered. */
  readonly questions: readonly number[];
  readonly text: (question: number) => string;
  readonly id: (question: number) => string;
  readonly scenario: (question: number) => string | undefined;
  readonly answered: (model: string, question: number) => boolean;
  readonly reward: (model: string, question: number) => number;
  /** Dollars; NaN where unknown. */
  readonly cost: (model: string, question: number) => number;
  readonly hasCosts: boolean;
}

/**
 * @throws InputError for a dataset that has models unknown to the router, or no question that one of its models
 * answered
 */
export function testAnswers(router: Router, { name, matrix }: TestDataset): TestAnswers {
  const models = modelNames(router);
  const { subjects, items, observed, scores, costs, texts, scenarios } = matrix;
  const unknown = subjects.filter((subject) => !models.includes(subject));
  if (unknown.length > 0)
    throw new InputError("the dataset has models that the router does not know", {
      source: name,
      found: unknown.slice(0, 5).join(", "),
      expected: models.join(", "),
      hint: "Add them with: tripos train FILE --base ROUTER --out ROUTER, or leave them out of the file.",
    });
  const n = items.length;
  const rows = new Map(subjects.map((subject, s) => [subject, s * n]));
  const cell = (model: string, i: number) => (rows.get(model) ?? Number.NaN) + i;
  const answered = (model: string, i: number) => observed[cell(model, i)] === 1;
  const present = models.filter((model) => items.some((_, i) => answered(model, i)));
  const questions = items.flatMap((_, i) => (present.some((model) => answered(model, i)) ? [i] : []));
  if (questions.length === 0)
    throw new InputError("the dataset has no question that one of the router's models answered", {
      source: name,
    });
  return {
    name,
    present,
    questions,
    text: (i) => texts?.[i] ?? "",
    id: (i) => items[i],
    scenario: (i) => scenarios?.[i],
    answered,
    reward: (model, i) => scores[cell(model, i)],
    cost: (model, i) => costs?.[cell(model, i)] ?? Number.NaN,
    hasCosts: costs !== undefined,
  };
}
