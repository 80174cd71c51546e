import { expect, test } from "vitest";
import { memorySource } from "../formats/index.ts";
import { readAnswers } from "./answer-files.ts";

const bank = { items: ["a", "b", "c"], hash: "0".repeat(64), hard: true };
const file = (name: string, subject: string, settings: string, items: string[], taken: object) =>
  memorySource(
    name,
    `${items
      .map((item, i) =>
        JSON.stringify({
          subject,
          item,
          score: 0,
          output: "?",
          note: "unparsed",
          settings,
          ...(i === 0 && { taken }),
        }),
      )
      .join("\n")}\n`,
  );
const fixed = file("fixed.jsonl", "m", "1".repeat(64), ["a", "b"], { exam: "x", model: "m", questions: "q" });
const adaptive = file("adaptive.jsonl", "m", "2".repeat(64), ["c"], {
  exam: "y",
  model: "m-2",
  questions: "r",
});

test("answers of one subject to different exams are refused, with both files and what differs, unless pooled", async () => {
  await expect(readAnswers([fixed, adaptive], bank)).rejects.toThrow(
    /fixed\.jsonl, adaptive\.jsonl.*another list of questions.*model "m" and "m-2"[\s\S]*--repeats/,
  );
  const { answers, notes } = await readAnswers([fixed, adaptive], bank, { pooled: true });
  expect(answers.map(({ items }) => items)).toEqual([[0, 1, 2]]);
  expect(notes.join()).toMatch(/count as one/);
});

test("the same settings, and other subjects, stand beside each other; what was not read is counted", async () => {
  const again = file("again.jsonl", "m", "1".repeat(64), ["c"], {});
  const other = file("other.jsonl", "n", "2".repeat(64), ["a"], {});
  const { answers } = await readAnswers([fixed, again, other], bank);
  expect(answers.map(({ subject, tally }) => [subject, tally?.answers, tally?.unparsed])).toEqual([
    ["m", 3, 3],
    ["n", 1, 1],
  ]);
  const [foreign] = (
    await readAnswers([memorySource("r.jsonl", '{"subject":"m","item":"a","score":1}\n')], bank)
  ).answers;
  expect(foreign.tally).toBeUndefined();
});
