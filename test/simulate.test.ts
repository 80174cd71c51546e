import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readResponses, sourcesAt } from "../src/node.ts";
import { newFolder, triposHere } from "./cli.ts";

const matrixAt = async (path: string) => (await readResponses(await sourcesAt([path]))).matrix;

test("a walk without data: simulate, calibrate, a new subject's answers, its score", async () => {
  const folder = newFolder();
  const at = (name: string) => join(folder, name);
  const run = async (...args: string[]) => {
    const outcome = await triposHere(args);
    expect([outcome.code, args[0], outcome.stderr]).toEqual([0, args[0], expect.anything()]);
    return outcome.stdout;
  };
  const drawn = ["--subjects", "60", "--items", "150", "--missing", ".1"];
  const simulated = JSON.parse(await run("simulate", ...drawn, "--out", at("r.csv"), "--json"));
  expect(simulated).toMatchObject({ subjects: 60, items: 150, dims: 1 });
  expect(simulated.responses / (60 * 150)).toBeCloseTo(0.9, 1);

  await run("simulate", ...drawn, "--out", at("again.csv"));
  expect(readFileSync(at("again.csv"))).toEqual(readFileSync(at("r.csv")));

  await run("calibrate", at("r.csv"), "--dims", "1", "--model", "2pl", "--out", at("bank"));
  const taker = ["--bank", at("bank"), "--subjects", "1", "--seed", "7"];
  const [truth] = JSON.parse(await run("simulate", ...taker, "--out", at("new.csv"), "--json")).ability;
  expect((await matrixAt(at("new.csv"))).items).toEqual((await matrixAt(at("r.csv"))).items);
  const scored = ["exam", "score", at("bank"), at("new.csv"), "--json"];
  const { subject, ability, abilitySE } = JSON.parse(await run(...scored));
  expect(subject).toBe("new 1");
  expect(Math.abs(ability[0] - truth)).toBeLessThan(4 * abilitySE[0]);

  const design = ["--count", "20", "--method", "readout", "--no-assess", "--out", at("exam.json")];
  await run("exam", "design", at("bank"), ...design);
  await run("simulate", ...taker, "--exam", at("exam.json"), "--out", at("taken.csv"));
  const [every, taken] = [await matrixAt(at("new.csv")), await matrixAt(at("taken.csv"))];
  const { questions } = JSON.parse(readFileSync(at("exam.json"), "utf8"));
  expect(taken.items).toEqual(questions.map(({ item }: { item: string }) => item));
  // The same subject gives the same answers.
  taken.items.forEach((item, j) => {
    expect(taken.scores[j]).toBe(every.scores[every.items.indexOf(item)]);
  });
});

test("what cannot be drawn ends with code 2 and says why", async () => {
  const out = ["--out", join(newFolder(), "r.csv")];
  const cases: [string[], RegExp][] = [
    [["--out", "r.xml"], /r.xml: the output's ending does not say what to write.*\.parquet, \.csv/],
    [[...out, "--model", "graded", "--trials", "3"], /only right\/wrong models have several trials/],
    [[...out, "--bank", "b", "--items", "3"], /--items: a bank has its own items/],
    [[...out, "--exam", "e.json"], /--exam: an exam is answered by the items of its bank .*--bank/],
    [[...out, "--missing", "1"], /--missing: the value does not fit .*0 to 0.99/],
  ];
  for (const [args, message] of cases) {
    const { code, stderr } = await triposHere(["simulate", ...args]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  }
});
