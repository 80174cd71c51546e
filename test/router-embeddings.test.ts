import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeNpy } from "../src/formats/index.ts";

import { deciderFor, demonstrationConfig } from "../src/gateway/index.ts";
import { seededNormal, seededRandom } from "../src/numerics/index.ts";
import { loadRouter } from "../src/storage/index.ts";
import { newFolder, triposHere as tripos } from "./cli.ts";
import { scriptedUpstream, sendJson } from "./scripted-upstream.ts";
import { simulatedQuestions } from "./simulated-questions.ts";

const folder = newFolder();
const at = (name: string) => join(folder, name);
const normal = seededNormal(seededRandom(4));

/** Texts that tell nothing; whom a question suits stands in its vector alone. */
function write(name: string, n: number, seed: number): string {
  const { subjects, items, texts = [], scores } = simulatedQuestions(n, seed).matrix;
  const word = (i: number) => ["river", "integral", "loop"].findIndex((_, k) => kindOf(texts[i]) === k);
  const rows = subjects.flatMap((llm, s) =>
    items.map((item, i) => `${llm},${item},${scores[s * n + i]},"${plain(seed, i)}"`),
  );
  writeFileSync(at(`${name}.csv`), `subject,item,score,text\n${rows.join("\n")}\n`);
  const values = Float32Array.from({ length: 8 * n }, (_, o) =>
    o % 8 === word(Math.floor(o / 8)) ? 1 + 0.1 * normal() : 0.1 * normal(),
  );
  writeFileSync(at(`${name}.npy`), writeNpy({ dtype: "float32", shape: [n, 8], data: values }));
  return at(`${name}.csv`);
}

/** The texts of {@link write} as answers that were right. */
function plainLog(name: string, n: number, seed: number): string {
  const line = (i: number) =>
    JSON.stringify({ text: plain(seed, i), model: "programmer", reward: i % 2, source: "unit tests" });
  writeFileSync(at(name), Array.from({ length: n }, (_, i) => line(i)).join("\n"));
  return at(name);
}

const plain = (seed: number, i: number) => `question ${seed} ${(i * 7919) % 1000}`;
const kindOf = (text: string) =>
  [/river|mountain|capital|border|island|valley/, /integral|matrix|prime|angle|vector|root/].findIndex(
    (words) => words.test(text),
  );

test("vectors made elsewhere are read beside the text, and asked for by name", async () => {
  const train = write("train", 200, 1);
  const fresh = write("fresh", 100, 2);
  const router = at("router");
  const trained = await tripos([
    "train",
    train,
    "--features",
    at("train.npy"),
    "--out",
    router,
    "--trees",
    "10",
  ]);
  expect(trained).toMatchObject({ code: 0, stderr: "" });
  const { features } = JSON.parse(readFileSync(join(router, "router.json"), "utf8"));
  expect(features.embeddings).toMatchObject([{ source: { name: "given vectors" }, width: 8 }]);
  const evaluated = await tripos(["evaluate", router, fresh, "--features", at("fresh.npy"), "--json"]);
  const { macro } = JSON.parse(evaluated.stdout);
  expect(macro.router).toBeGreaterThan(macro.bestSingle + 0.1);

  const without = await tripos(["evaluate", router, fresh]);
  expect(without).toMatchObject({ code: 2, stdout: "" });
  expect(without.stderr).toMatch(/given vectors.*missing[\s\S]*--features FILE\.npy/);
  const short = await tripos(["evaluate", router, fresh, "--features", at("train.npy")]);
  expect(short.stderr).toContain("(100, dims)");
  const log = plainLog("log.jsonl", 100, 2);
  const drifted = await tripos(["drift", router, log, "--features", at("fresh.npy"), "--json"]);
  expect(JSON.parse(drifted.stdout)).toMatchObject({ questions: 100, questionsChanged: false });
  const taught = await tripos(["feedback", router, log, "--features", at("fresh.npy"), "--json"]);
  expect(JSON.parse(taught.stdout)).toMatchObject({ answers: 100 });
  expect((await tripos(["drift", router, log])).stderr).toContain("--features FILE.npy");
  const unused = at("unused");
  await tripos(["train", train, "--out", unused, "--trees", "5"]);
  const refused = await tripos(["route", unused, "hi", "--features", at("train.npy")]);
  expect(refused.stderr).toContain("by their text alone");
  expect((await tripos(["route", unused, "hi", "--models", "gpt"])).stderr).toContain("use --allow");
  const served = (folder: string) =>
    deciderFor({
      ...demonstrationConfig(),
      router: folder,
      models: loadRouter(folder).models.map((name) => ({ name, upstream: "u" })),
    });
  expect(() => served(router)).toThrow(/given vectors too, which is not configured/);
  expect(served(unused).vectors).toBeUndefined();
});

test("an embedder that fails half-way loses nothing: the second run asks for the rest only", async () => {
  const upstream = await scriptedUpstream();
  let left = 1;
  const embedded: string[] = [];
  upstream.answer = ({ body }, response) => {
    const { input } = JSON.parse(body) as { input: string[] };
    if (left-- <= 0) return sendJson(response, '{"error":{"message":"the quota is used up"}}', 400);
    embedded.push(...input);
    const data = input.map((text, index) => ({ index, embedding: [text.length, (text.length * 7) % 5, 1] }));
    sendJson(response, JSON.stringify({ data }));
  };
  try {
    const train = write("paid", 200, 3);
    const command = ["train", train, "--embedder", "openai", "--base-url", `${upstream.url}/v1`];
    const run = () =>
      tripos([...command, "--out", at("paid"), "--trees", "5"], { XDG_CACHE_HOME: at("cache") });
    const failed = await run();
    expect(failed).toMatchObject({ code: 2, stdout: "" });
    expect(failed.stderr).toContain("the quota is used up");
    left = 100;
    expect((await run()).code).toBe(0);
    expect(new Set(embedded).size).toBe(embedded.length);
    const asked = await tripos(["route", at("paid"), "a question"]);
    expect(asked.stderr).toMatch(/openai[\s\S]*--embedder openai --base-url URL/);
  } finally {
    await upstream.close();
  }
});
