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

test("repeated answers of right or wrong count as k right of n; scores that are neither are refused; no answer, no rank", async () => {
  const twice = memorySource("r.csv", "subject,item,score\nm,a,0\nm,a,1\nm,b,0.3\n");
  const [{ items, scores }] = (await readAnswers([twice], bank)).answers;
  expect([items, scores]).toEqual([
    [0, 1],
    [0.5, 1],
  ]);
  const points = memorySource("r.csv", "subject,item,score\nm,a,7\n");
  await expect(readAnswers([points], { ...bank, hard: false })).rejects.toThrow(/m on a.*found 7.*0 to 1/);
  const empty = memorySource("r.csv", "subject,item,score\nm,a,\n");
  await expect(readAnswers([empty], bank)).rejects.toThrow(/r\.csv.*without a scored answer/);
});

test("an exam of another bank is refused by what the file holds, whatever its name, in any line", async () => {
  const line = (item: string, of: string) =>
    `${JSON.stringify({ subject: "m", item, score: 1, output: "x", bank: of.repeat(64), settings: of.repeat(64) })}\n`;
  for (const name of ["r.ndjson", "r.json", "answers"])
    await expect(readAnswers([memorySource(name, line("a", "9"))], bank)).rejects.toThrow(/another bank/);
  const joined = line("a", "0") + line("b", "9");
  await expect(readAnswers([memorySource("r.jsonl", joined)], bank)).rejects.toThrow(/another bank/);
});

test("an answer that was graded later counts once, and repeated ones by the rule that is named", async () => {
  const line = (more: object) =>
    `${JSON.stringify({ subject: "m", item: "a", output: "x", settings: "1".repeat(64), ...more })}\n`;
  const later = line({ score: null, note: "ungraded" }) + line({ score: 1 });
  const { answers, notes } = await readAnswers([memorySource("r.jsonl", later)], bank);
  expect(answers[0]).toMatchObject({ scores: [1], tally: { answers: 1, right: 1, missing: 0 } });
  expect(notes).toEqual([]);
  const twice = memorySource("t.jsonl", line({ score: 0 }) + line({ score: 1 }));
  expect((await readAnswers([twice], bank, { repeats: "count" })).notes.join()).toMatch(/--repeats count/);
  expect((await readAnswers([twice], bank, { repeats: "first" })).notes.join()).toMatch(/the first answer/);
});
