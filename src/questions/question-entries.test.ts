import { expect, test } from "vitest";
import { questionEntries, questionId, questionText } from "./question-entries.ts";

const read = (content: string) =>
  questionEntries(content, "q.jsonl").map((entry) => [questionId(entry), questionText(entry, "q.jsonl")]);

test("objects a line, a list, and plain texts are questions", () => {
  const expected = [
    ["a", "Why?"],
    [7, "How?"],
  ];
  expect(read('{"item": "a", "question": "Why?"}\n\n{"id": 7, "text": "How?"}\n')).toEqual(expected);
  expect(read('[{"task_id": "a", "prompt": "Why?"},\n {"global index": 7, "input": "How?"}]')).toEqual(
    expected,
  );
  expect(read('"Why?"\n{"text": ""}')).toEqual([
    [undefined, "Why?"],
    [undefined, ""],
  ]);
  expect(read('{"id": 1, "question": "Q", "prompt_formatted": "In full: Q"}')).toEqual([[1, "In full: Q"]]);
});

test.each([
  ["{", /q\.jsonl, line 1, column 2: this is not valid JSON/],
  ['{"text": "a"}\n12', /line 2: the entry is no question \(found 12/],
  ["[null]", /entry 0: the entry is no question/],
  [" \n", /holds no question/],
  ["[]", /holds no question/],
  ['{"id": 1}', /line 1, field "question": the question has no text/],
  ['{"text": 5}', /no text/],
])("%j is refused with its place", (content, message) => {
  expect(() => read(content)).toThrow(message);
});
