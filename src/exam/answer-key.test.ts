import { expect, test } from "vitest";
import { keyLetter } from "./choice-answer.ts";
import { readQuestions } from "./question-file.ts";

const read = (row: object) => readQuestions(JSON.stringify({ item: "q", question: "?", ...row }), "q.jsonl");
const choices = ["yes", "no"];

test.each([
  ["B", choices, "B"],
  ["(b).", choices, "B"],
  [1, choices, "B"],
  ["No.", choices, "B"],
  ["y", ["x", "y"], "B"],
  ["-", ["+", "-"], "B"],
  ["Z", choices, undefined],
  [2, choices, undefined],
  [-1, choices, undefined],
  [0.5, choices, undefined],
  ["maybe", choices, undefined],
])("the key %j of %j is %j", (answer, among, letter) => {
  expect(keyLetter(answer, among)).toBe(letter);
});

test.each([
  [{ answer: "Z", choices }, /q\.jsonl, line 1, field "answer".*found "Z".*A to B.*\["yes","no"\]/],
  [{ answer: 2, choices }, /found 2, expected.*index from 0 to 1/],
  [{ answer: "Paris", grader: "choice" }, /no choices/],
  [{ answer: "many", grader: "number" }, /found "many", expected a number/],
  [{ answer: {} }, /found \{\}, expected a text/],
  [{ answer: [], grader: "exact" }, /several in a list/],
])("%j, which nothing can match, is refused", (row, message) => {
  expect(() => read(row)).toThrow(message);
});

test.each([
  { answer: "no", choices },
  { answer: 1, choices },
  { answer: ["Rome", "Roma"] },
  { answer: "1,234" },
  { answer: { a: 1 }, grader: { type: "json", field: "x" } },
  { answer: "anything", grader: "judge" },
])("%j is taken", (row) => {
  expect(read(row).size).toBe(1);
});
