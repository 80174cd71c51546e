import { expect, test } from "vitest";
import { tallyOf, tallyText, tallyWarnings, unreadGroups } from "./tally.ts";

const unparsed = { score: 0, note: "unparsed", output: "Hello" };

test("counts, accuracy, and what to say of answers that were not read", () => {
  const some = tallyOf([
    { score: 1 },
    { score: 0.5 },
    ...Array(9).fill({ score: 0 }),
    { score: null },
    unparsed,
  ]);
  expect(some).toEqual({
    answers: 13,
    right: 1,
    partial: 1,
    wrong: 10,
    missing: 1,
    unparsed: 1,
    truncated: 0,
    accuracy: 1.5 / 12,
  });
  expect(tallyText(some)).toBe(
    "1 right, 1 partly right, 10 wrong, 1 missing (1 of them unparsed); accuracy 12.5 %",
  );
  expect(tallyWarnings(some).join()).toMatch(/1 of 13 .*unparsed.*1 of 13 answers are missing/);
  expect(tallyWarnings(some).join()).not.toMatch(/no measure/);
  expect(tallyWarnings(tallyOf(Array(20).fill(unparsed)))).toEqual([
    expect.stringMatching(/In 20 of 20 answers .*no measure of the model/),
  ]);
  expect(tallyWarnings(tallyOf([{ score: 1 }, { score: 0 }]))).toEqual([]);
  const cut = [
    { ...unparsed, finish: "length" },
    { score: null, note: "empty", finish: "length" },
  ];
  expect(tallyWarnings(tallyOf([...cut, { score: 1, finish: "length" }])).join()).toMatch(
    /2 of 3 answers were cut off.*--max-tokens/,
  );
  expect(tallyOf([]).accuracy).toBeNull();
});

test("unread answers that are alike stand together, the most frequent first", () => {
  const empty = { score: null, note: "empty", output: "" };
  const read: { note?: string; output: string } = { output: "A" };
  const groups = unreadGroups([read, empty, unparsed, { ...unparsed, output: "Hello\n" }]);
  expect(groups.map((group) => [group[0].note, group.length])).toEqual([
    ["unparsed", 2],
    ["empty", 1],
  ]);
});
