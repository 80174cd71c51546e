import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { shared, testOnRealData } from "../../test/shared.ts";
import { readPyIrt, writePyIrt } from "./index.ts";

const lines = [
  { subject_id: "m", responses: { q0: 1, q1: 0 } },
  { subject_id: "n", responses: { q2: 0.5, q0: 0 } },
];
const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");

test("missing responses stay missing", () => {
  const matrix = readPyIrt(`\n${text}`, "x");
  expect(matrix.subjects).toEqual(["m", "n"]);
  expect(matrix.items).toEqual(["q0", "q1", "q2"]);
  expect(Array.from(matrix.scores)).toEqual([1, 0, 0, 0, 0, 0.5]);
  expect(Array.from(matrix.observed)).toEqual([1, 1, 0, 1, 0, 1]);
});

test("what is written is read again", () => {
  const matrix = readPyIrt(text, "x");
  expect(readPyIrt(writePyIrt(matrix), "x")).toEqual(matrix);
});

test.each([
  ["", /empty/],
  ['{"subject_id": "m"}', /line 1, field "responses"/],
  [`${text}{"responses": {}}`, /line 3, field "subject_id"/],
  ['{"subject_id": "m", "responses": {"q": "1"}}', /field "responses.q".*found "1"/],
  ['{"subject_id": "m", "responses": {', /line 1.*not valid JSON/],
])("bad input: %j", (content, message) => {
  expect(() => readPyIrt(content, "x")).toThrow(message);
});

testOnRealData("terminalbench: 112 agents, 89 tasks, one line each", () => {
  const content = readFileSync(shared("data/matrices/terminalbench_responses.jsonl"), "utf8");
  const { subjects, items } = readPyIrt(content, "terminalbench");
  expect([subjects.length, items.length]).toEqual([112, 89]);
});
