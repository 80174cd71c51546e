import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { triposHere as tripos } from "./cli.ts";
import { simulatedQuestions } from "./simulated-questions.ts";

const folder = mkdtempSync(join(tmpdir(), "tripos-routing-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The questions as RouterDC's JSON. */
function written(name: string, seed: number, n: number, models = 3): string {
  const { matrix } = simulatedQuestions(n, seed);
  const rows = (matrix.texts ?? []).map((question, i) => ({
    question,
    scores: Object.fromEntries(matrix.subjects.slice(0, models).map((s, m) => [s, matrix.scores[m * n + i]])),
  }));
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(rows));
  return path;
}

test("train, evaluate and route from the command line", async () => {
  const router = join(folder, "router");
  const [train, fresh] = [written("kinds_train.json", 1, 300), written("kinds_test.json", 2, 200)];
  const trained = JSON.parse(
    (await tripos(["train", train, "--out", router, "--trees", "10", "--json"])).stdout,
  );
  expect(trained.models).toEqual(["geographer", "mathematician", "programmer"]);

  const report = join(folder, "report.html");
  const { datasets, macro } = JSON.parse(
    (await tripos(["evaluate", router, `${fresh}:hard`, "--json", "--report", report])).stdout,
  );
  expect(Object.keys(datasets[0])).toEqual(
    "name items models router bestSingle random oracle brier logLoss auc ece cost gain rule".split(" "),
  );
  expect(Object.keys(macro)).toEqual(["router", "bestSingle", "bestPerDataset", "oracle"]);
  expect(macro.router).toBeGreaterThan(macro.bestSingle);
  expect(datasets[0]).toMatchObject({ name: "kinds_test", items: 200, cost: null });
  const page = readFileSync(report, "utf8");
  expect(page).toContain("Reliability");
  expect(page).toMatch(
    /In \d+ of \d+ ranges of P, with \d+ % of the predictions, the reward lies within the mean interval/,
  );

  const questions = join(folder, "questions.jsonl");
  writeFileSync(
    questions,
    '{"id":"a","text":"309: what about river island valley border river mountain capital island?"}\n{"question":"x"}\n',
  );
  const arena = JSON.parse(
    (await tripos(["route", router, "--file", questions, "--format", "routerarena"])).stdout,
  );
  expect(arena.map((row: Record<string, unknown>) => row["global index"])).toEqual(["a", "1"]);
  expect(arena[0].prediction).toBe("geographer");
});

test("what cannot be used ends with code 2 and says why", async () => {
  const small = join(folder, "small");
  await tripos(["train", written("two_train.json", 3, 60, 2), "--out", small, "--trees", "5"]);
  const stranger = await tripos(["evaluate", small, written("three_test.json", 4, 20)]);
  expect(stranger.code).toBe(2);
  expect(stranger.stderr).toMatch(/models that the router does not know.*programmer/);
  expect((await tripos(["route", small, "hi", "--policy", "cheapest:2"])).code).toBe(2);
  expect((await tripos(["route", small, "--file", join(folder, "none.jsonl")])).stderr).toMatch(
    /cannot be read/,
  );
});
