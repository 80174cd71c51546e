import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { newFolder, triposHere as tripos } from "./cli.ts";
import { simulatedQuestions } from "./simulated-questions.ts";

const folder = newFolder();
const at = (name: string) => join(folder, name);

function write(name: string, content: string): string {
  mkdirSync(dirname(at(name)), { recursive: true });
  writeFileSync(at(name), content);
  return at(name);
}

/** A table with columns of its own names, and tokens counted. */
function table(name: string, n: number, seed: number): string {
  const { subjects, items, texts = [], scores } = simulatedQuestions(n, seed).matrix;
  const rows = subjects.flatMap((llm, s) =>
    items.map((item, i) => `${llm},${item},${scores[s * n + i]},"${texts[i]}",100,${50 * (s + 1)}`),
  );
  return write(name, `llm,nr,points,wording,prompt_tokens,completion_tokens\n${rows.join("\n")}\n`);
}

/** A question like those of training. */
const like = "9: what about river island valley mountain capital river border valley?";

const columns = ["--columns", "subject=llm,item=nr,score=points,text=wording"];

test("train, evaluate and route read other columns, and price the tokens", { timeout: 60_000 }, async () => {
  const prices = write("prices.yaml", "geographer: {input: 10, output: 10}\n'*': {input: 1, output: 1}\n");
  const router = at("router");
  const trained = await tripos(
    ["train", table("kinds_train.csv", 250, 1), ...columns, "--prices", prices, "--out", router].concat(
      "--trees",
      "10",
    ),
  );
  expect(trained).toMatchObject({ code: 0, stderr: "" });
  const evaluated = await tripos(
    ["evaluate", router, table("kinds_test.csv", 120, 2), ...columns, "--prices", prices, "--json"].concat(
      "--policy",
      "cheapest:0",
    ),
  );
  const { datasets, llmRouterBench } = JSON.parse(evaluated.stdout);
  // The cheapest, by its tokens: 100 in, 100 out at $1 a million.
  expect(datasets[0].cost).toBeCloseTo(200e-6, 12);
  expect(datasets[0].gain.costs.over).toBeGreaterThan(150e-6);
  expect(datasets[0].tradeOff.aiq).toBeGreaterThan(0.4);
  expect(llmRouterBench.costSave).toBeLessThanOrEqual(1);
  expect(llmRouterBench.paretoDist).toBeGreaterThanOrEqual(0);

  const limits = write("limits.yaml", "geographer: {vision: false}\nmathematician: {regions: [us]}\n");
  const routed = await tripos(
    ["route", router, like, "--prices", limits, "--needs", "vision,region=eu"].concat("--json"),
  );
  const decision = JSON.parse(routed.stdout);
  expect(decision.model).toBe("programmer");
  expect(decision.excluded).toHaveLength(2);
  expect(decision.reasons[0]).toHaveProperty("lead");
  expect(decision.similar).toHaveLength(5);
  const told = await tripos(["route", router, like, "--prices", limits, "--needs", "vision"]);
  expect(told.stdout).toContain("geographer: left out, it cannot see images");
  expect(told.stdout).toMatch(/Training questions most like it: .+ \(0\.\d\d\)/);
  expect(told.stdout).toMatch(/What moves P of .* \(and its lead over .*\)/);

  expect((await tripos(["route", router, "x", "--needs", "vision"])).stderr).toContain("--prices FILE");
  expect((await tripos(["route", router, "x", "--prices", limits, "--needs", "sight"])).code).toBe(2);
  const broken = write("broken.yaml", "geographer: {input: -1, output: 2}\n");
  expect((await tripos(["route", router, "x", "--prices", broken])).stderr).toContain("geographer.input");
});

test("LLMRouterBench's folders are trained on, and evaluated one dataset at a time", {
  timeout: 60_000,
}, async () => {
  for (const [dataset, seed] of [
    ["places", 3],
    ["sums", 4],
  ] as const) {
    const { subjects, texts = [], scores } = simulatedQuestions(80, seed).matrix;
    subjects.forEach((model, s) => {
      const records = texts.map((text, i) => ({
        index: i + 1,
        origin_query: text,
        prompt: text,
        prediction: "",
        ground_truth: "",
        score: scores[s * 80 + i],
        prompt_tokens: 20,
        completion_tokens: 10,
        cost: 0.001 * (s + 1),
      }));
      const result = {
        performance: 0.5,
        counts: 80,
        dataset_name: dataset,
        split: "test",
        model_name: model,
      };
      write(
        `bench/${dataset}/test/${model}/${dataset}-test-${model}-20250101_000000.json`,
        JSON.stringify({ ...result, records }),
      );
    });
  }
  const router = at("bench-router");
  const trained = await tripos(["train", at("bench"), "--out", router, "--trees", "10"]);
  expect(trained.code).toBe(0);
  const { stdout } = await tripos(["evaluate", router, at("bench")]);
  expect(stdout).toMatch(/places .*\n.*sums/);
  expect(stdout).toMatch(
    /as LLMRouterBench measures: AvgAcc .*Gain@R .*Gain@B .*Gap@O .*PerfGain .*CostSave .*ParetoDist/,
  );
  const { datasets } = JSON.parse((await tripos(["evaluate", router, at("bench"), "--json"])).stdout);
  expect(datasets.map(({ name, items }: { name: string; items: number }) => [name, items])).toEqual([
    ["places", 80],
    ["sums", 80],
  ]);
});

test("RouterArena's prediction file: the formatted prompts, in order, for its own inference to fill", {
  timeout: 60_000,
}, async () => {
  const { subjects, items, texts = [], scores } = simulatedQuestions(60, 5).matrix;
  const rows = texts.map((question, i) => ({
    question,
    scores: Object.fromEntries(subjects.map((subject, s) => [subject, scores[s * items.length + i]])),
  }));
  await tripos(["train", write("few_train.json", JSON.stringify(rows)), "--out", at("few"), "--trees", "5"]);
  const entries = texts.slice(0, 3).map((text, i) => ({
    "global index": `Kinds_${i}`,
    prompt: text,
    ...(i < 2 && { prompt_formatted: `Answer the question.\n${text}` }),
  }));
  const file = write("router_data.json", JSON.stringify(entries));
  const out = at("predictions.json");
  const route = ["route", at("few"), "--file", file, "--format", "routerarena", "--out", out];
  expect((await tripos(route)).code).toBe(0);
  const predictions = JSON.parse(readFileSync(out, "utf8"));
  expect(predictions).toHaveLength(3);
  predictions.forEach((entry: Record<string, unknown>, i: number) => {
    expect(entry).toEqual({
      "global index": entries[i]["global index"],
      prompt: entries[i].prompt_formatted ?? entries[i].prompt,
      prediction: expect.stringMatching(new RegExp(`^(${subjects.join("|")})$`)),
      generated_result: null,
      cost: null,
      accuracy: null,
    });
  });
});
