import { expect, test } from "vitest";
import { simulate, simulateItems } from "../irt/index.ts";
import { designExam } from "./exam.ts";
import type { Constraints } from "./greedy.ts";
import { poolOf } from "./pool.ts";
import { scenariosOf } from "./scenarios.ts";
import { selectQuestions } from "./select.ts";

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
  const questions = design("adaptive", { never: [3], exposure: { among: 2, seed: 1 } }).adaptive?.questions;
  expect(questions?.length).toBe(29);
});
