import { expect, test } from "vitest";
import { simulate, simulateItems } from "../irt/index.ts";
import { adaptiveSteps } from "./adaptive-design.ts";
import { designExam } from "./exam.ts";
import { readExam, writeExam } from "./exam-file.ts";
import type { Constraints } from "./greedy.ts";
import { poolOf } from "./pool.ts";
import { scenariosOf } from "./scenarios.ts";
import { selectQuestions } from "./select.ts";
import { questionsToTake } from "./take.ts";

const items = simulateItems("2pl", { items: 30, seed: 1 });
const { matrix } = simulate(items, { subjects: 12, seed: 2 });
const pool = poolOf(matrix, items, scenariosOf(matrix));
const choose = (method: "anchors" | "readout", constraints: Constraints) =>
  Array.from(selectQuestions(pool, { method, count: 5, constraints }).items);

test("anchors leave out what is never to be asked, and stand for it all the same", () => {
  const [first] = choose("anchors", {});
  const { items: others, anchorWeights } = selectQuestions(pool, {
    method: "anchors",
    count: 5,
    constraints: { never: [first] },
  });
  expect(Array.from(others)).not.toContain(first);
  expect(anchorWeights?.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
  expect(() => choose("anchors", { never: matrix.items.keys() })).toThrow(/no question is left/);
});

test("constraints that a method cannot keep are refused, not dropped", () => {
  const costs = new Float64Array(30).fill(1);
  const kept = { atLeast: {}, never: [3] };
  expect(choose("anchors", kept).length).toBeGreaterThan(3);
  expect(() => choose("anchors", { atLeast: { logic: 2 } })).toThrow(/Least numbers.*found anchors/);
  expect(() => choose("anchors", { costs })).toThrow(/Costs cannot be kept/);
  expect(() => choose("anchors", { costs, budget: 3 })).toThrow(/readout, information or random/);
  expect(() => choose("anchors", { exposure: { among: 3, seed: 1 } })).toThrow(/Exposure/);
  expect(() => choose("readout", { budget: 3 })).toThrow(/needs the costs/);
  expect(choose("readout", { costs, budget: 3 }).length).toBe(3);
  const design = (method: "adaptive" | "readout", constraints: Constraints, stop = {}) =>
    designExam(pool, "hash", { method, count: 5, constraints, adaptive: { stop }, assessed: false });
  expect(() => design("adaptive", { costs })).toThrow(/found adaptive/);
  expect(() => design("readout", {}, { standardError: 0.3 })).toThrow(/only an adaptive exam/);
  const rule = (method: "auto" | "anchors" | "readout", more: object) => () =>
    designExam(pool, "hash", { method, count: 5, assessed: false, ...more });
  expect(rule("readout", { adaptive: { criterion: "fisher" } })).toThrow(/criterion fisher/);
  expect(rule("anchors", { adaptive: { balance: true } })).toThrow(/only an adaptive exam.*balance/);
  expect(rule("readout", { clustering: "correct." })).toThrow(/only anchors are clustered/);
  expect(rule("anchors", { clustering: "correct." })).not.toThrow();
  const questions = design("adaptive", { never: [3], exposure: { among: 2, seed: 1 } }).adaptive?.questions;
  expect(questions?.length).toBe(29);
});

test("a balanced adaptive exam asks of each scenario the share that it has of the bank", () => {
  const scenarios = matrix.items.map((_, i) => (i < 20 ? "many" : "few"));
  const named = { ...matrix, scenarios };
  const divided = poolOf(named, items, scenariosOf(named));
  const options = { method: "adaptive", count: 9, assessment: { folds: 2 } } as const;
  const exam = designExam(divided, "hash", { ...options, adaptive: { balance: true } });
  const { adaptive } = readExam(writeExam(exam), "exam.json");
  if (!adaptive) throw new Error("not adaptive");
  const steps = adaptiveSteps(adaptive);
  let state = steps.next(steps.start());
  while (state.pending !== null) state = steps.next(steps.answer(state, { score: 1 }));
  const few = state.answers.filter(({ item }) => adaptive.questions[item].scenario === "few");
  expect([state.answers.length, few.length]).toEqual([9, 3]);
  expect(() =>
    designExam(pool, "hash", { ...options, assessed: false, adaptive: { balance: true } }),
  ).toThrow(/no scenarios to balance/);
});

test("an adaptive exam needs as many questions as it asks at most; a fixed one all", () => {
  const exam = designExam(pool, "hash", { method: "adaptive", count: 5, assessed: false });
  const found = (count: number) =>
    new Map(
      exam.adaptive?.questions
        .slice(0, count)
        .map(({ item }) => [item, { item, question: "?", grader: { type: "judge" } } as const]),
    );
  expect(questionsToTake(exam, found(7), "q.jsonl").length).toBe(7);
  expect(() => questionsToTake(exam, found(4), "q.jsonl")).toThrow(/26 of 30 missing.*at least 5/);
  expect(() => questionsToTake(exam, found(4), "q.jsonl", true)).toThrow(/missing/);
});
