import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { newFolder, triposHere as tripos } from "./cli.ts";
import { simulatedQuestions } from "./simulated-questions.ts";

const folder = newFolder();
const at = (name: string) => join(folder, name);
const dollars = [0.004, 0.002, 0.001];

/** Responses one a line; `passed` makes a right answer 2 of 5 samples. */
function write(name: string, n: number, seed: number, { passed = false, costs = false } = {}): string {
  const { subjects, items, texts = [], scores } = simulatedQuestions(n, seed).matrix;
  const lines = subjects.flatMap((subject, s) =>
    items.map((item, i) =>
      JSON.stringify({
        subject,
        item,
        text: texts[i],
        score: scores[s * n + i] * (passed ? 0.4 : 1),
        ...(costs && { cost: dollars[s] }),
      }),
    ),
  );
  writeFileSync(at(name), lines.join("\n"));
  return at(name);
}

test("train, evaluate and route: rules printed, costs told, misuse named", { timeout: 60_000 }, async () => {
  const train = write("quiz_train.jsonl", 300, 1, { passed: true });
  const fresh = write("quiz_test.jsonl", 200, 2, { passed: true });
  const trained = await tripos(["train", train, "--out", at("router"), "--trees", "10"]);
  expect(trained).toMatchObject({ code: 0, stderr: "" });
  expect(trained.stdout).toContain("scores as rewards (score)");

  const hard = await tripos(["evaluate", at("router"), fresh, "--json"]);
  expect(hard.stderr).toContain("quiz_test.jsonl:score reads it so");
  const [set] = JSON.parse(hard.stdout).datasets;
  expect(set).toMatchObject({ rule: "hard", gain: { questions: 200 } });
  const scored = await tripos(["evaluate", at("router"), `${fresh}:score`, "--json"]);
  expect(scored.stderr).toBe("");
  expect(JSON.parse(scored.stdout).datasets[0].oracle).toBeCloseTo(0.4 * set.oracle, 10);

  const again = await tripos(["train", fresh, "--base", at("router"), "--out", at("again")]);
  expect(again).toMatchObject({ code: 2, stdout: "" });
  expect(again.stderr).toContain("no model that the router does not know");
  writeFileSync(at("new.jsonl"), readFileSync(fresh, "utf8").replaceAll("mathematician", "professor"));
  const joined = await tripos(["train", at("new.jsonl"), "--base", at("router"), "--out", at("more")]);
  expect(joined.stdout).toMatch(/professor, joined by 200 answers: expected reward 0\.\d{3} ± 0\.\d{3}/);
  writeFileSync(at("empty.jsonl"), "\n");
  const empty = await tripos(["route", at("router"), "--file", at("empty.jsonl")]);
  expect(empty).toMatchObject({ code: 2, stdout: "" });
  expect(empty.stderr).toContain("no question");
  const wrong = await tripos(["route", at("router"), "hello", "--policy", "cheapest:2"]);
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain("--policy: the policy cannot be used");
  expect(wrong.stderr).toContain("as in cheapest:0.7");
  const costless = await tripos(["route", at("router"), "hello", "--policy", "cheapest:0.5"]);
  expect(costless.code).toBe(2);
  expect(costless.stderr).toMatch(
    /geographer, mathematician and 1 more: its cost is unknown\)\n +Give a price table/,
  );
  const explore = (seed: string) =>
    tripos(["route", at("router"), "river island", "--policy", "explore", "--seed", seed, "--json"]);
  expect((await explore("5")).stdout).toBe((await explore("5")).stdout);
});

test("with costs, evaluate tells what is saved, and a cascade's bound by its name", {
  timeout: 60_000,
}, async () => {
  const train = write("priced_train.jsonl", 300, 3, { costs: true });
  const fresh = write("priced_test.jsonl", 200, 4, { costs: true });
  await tripos(["train", train, "--out", at("priced"), "--trees", "10"]);
  const cheap = await tripos(["evaluate", at("priced"), fresh, "--policy", "cheapest:0"]);
  const told = await tripos(["evaluate", at("priced"), fresh, "--json"]);
  const [{ gain, models }] = JSON.parse(told.stdout).datasets;
  expect(gain.cheaper.reward).toBe(models[gain.cheaper.model]);
  expect(gain.cheaper.reward).toBeGreaterThanOrEqual(models[gain.over]);
  expect(gain.cheaper.cost).toBeLessThan(gain.costs.over);
  expect(cheap.stdout).toContain(`${gain.over} was the best in training; here ${gain.cheaper.model} earned`);
  expect(cheap.stdout).toMatch(/The router costs 0\.00100 a question, mathematician 0\.00200: 50 % saved/);
  const cascade = await tripos(["evaluate", at("priced"), fresh, "--policy", "cascade:0.6"]);
  expect(cascade.stdout).toContain("a cascade with a perfect verifier, an upper bound");
});
