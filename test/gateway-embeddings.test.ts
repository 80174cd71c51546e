import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { deciderFor, readConfig } from "../src/gateway/index.ts";
import { openAiEmbedder } from "../src/questions/index.ts";
import { trainRouter } from "../src/routing/index.ts";
import { saveRouter } from "../src/storage/index.ts";
import { chatAnswer, type ScriptedUpstream, scriptedUpstream, sendJson } from "./scripted-upstream.ts";
import { simulatedQuestions } from "./simulated-questions.ts";
import { ask, type TestGateway, testGateway } from "./test-gateway.ts";

const folder = mkdtempSync(join(tmpdir(), "tripos-embeddings-"));
const said: [string, string | undefined][] = [];
let upstream: ScriptedUpstream;
let embedder: ScriptedUpstream;
let gateway: TestGateway;
let pause = 0;

/** Texts say nothing; the kind of a question is in its vector alone. */
const { matrix: worded } = simulatedQuestions(300, 5);
const texts = worded.texts!.map((_, i) => `question ${i}`);
const wordsOf = new Map(texts.map((text, i) => [text, worded.texts![i]]));
const vector = (text: string) =>
  ["river|mountain|capital|geo", "integral|matrix|prime|math", "loop|array|string|prog"].map((words) => {
    return new RegExp(words).test(wordsOf.get(text) ?? text) ? 1 : 0;
  });

beforeAll(async () => {
  [upstream, embedder] = [await scriptedUpstream(), await scriptedUpstream()];
  embedder.answer = async ({ body }, response) => {
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    const { input } = JSON.parse(body) as { input: string[] };
    sendJson(
      response,
      JSON.stringify({ data: input.map((text, index) => ({ index, embedding: vector(text) })) }),
    );
  };
  upstream.answer = (_, response) => sendJson(response, chatAnswer());
  const features = await openAiEmbedder({ baseUrl: `${embedder.url}/v1`, model: "e" }).embed(texts);
  const router = trainRouter({ ...worded, texts }, { trees: 10, seed: 1, embedded: [{ texts, features }] });
  saveRouter(router, join(folder, "router"));
  const config = {
    listen: { port: 0 },
    router: "router",
    embedders: [{ kind: "openai", baseUrl: `${embedder.url}/v1`, embeddingModel: "e", timeout: "200ms" }],
    upstreams: [{ name: "u", baseUrl: `${upstream.url}/v1` }],
    models: router.models.map((name) => ({ name, upstream: "u", price: { input: 1, output: 1 } })),
  };
  writeFileSync(join(folder, "tripos.json"), JSON.stringify(config));
  writeFileSync(join(folder, "without.json"), JSON.stringify({ ...config, embedders: [] }));
  const decider = deciderFor(readConfig(join(folder, "tripos.json")), undefined, undefined, (...told) =>
    said.push(told),
  );
  gateway = await testGateway({ u: upstream.url }, { config: { models: config.models }, decider });
  embedder.received.length = 0;
}, 60_000);
afterAll(async () => {
  await gateway.close(100);
  await Promise.all([upstream.close(), embedder.close()]);
  rmSync(folder, { recursive: true, force: true });
});

const chosen = async (text: string, model = "tripos") =>
  (await gateway.post("/v1/chat/completions", ask(text, { model }))).headers.get("x-tripos-model");

test("a router that was trained with embeddings is asked with the question's vector", async () => {
  expect(await chosen("question of geo")).toBe("geographer");
  expect(await chosen("question of math")).toBe("mathematician");
  expect(await chosen("question of prog")).toBe("programmer");
  const shown = await (await gateway.post("/v1/route", { text: "question of math" })).json();
  expect(shown).toMatchObject({ model: "mathematician" });
  expect(embedder.received.map(({ path }) => path)).toEqual(new Array(4).fill("/v1/embeddings"));
  // Nobody needs a vector of what is not routed.
  expect(await chosen("question of prog", "geographer")).toBe("geographer");
  expect(embedder.received).toHaveLength(4);
});

test("an embedder that hangs or is down fails no request: the best model overall answers, and the record says why", async () => {
  const usual = await chosen("");
  pause = 2_000;
  gateway.records.length = 0;
  const begun = performance.now();
  for (let i = 0; i < 3; i++) expect(await chosen("question of prog")).toBe(usual);
  expect(performance.now() - begun).toBeLessThan(1_500);
  // Left alone by now.
  const quick = performance.now();
  expect(await chosen("question of math")).toBe(usual);
  expect(performance.now() - quick).toBeLessThan(150);
  const { records } = gateway;
  expect(records).toHaveLength(4);
  for (const { rule } of records) expect(rule).toMatch(/^the embedder openai:e does not answer, so only/);
  expect(said).toEqual([["openai:e", "no answer within 0.2 s"]]);
});

test("a gateway without the router's embedder does not start, and says what to write", () => {
  expect(() => deciderFor(readConfig(join(folder, "without.json")))).toThrow(
    /embedder openai:e too, which is not configured/,
  );
  writeFileSync(join(folder, "wrong.yaml"), 'embedders:\n  - kind: openai\n    baseURL: "http://x/v1"\n');
  expect(() => readConfig(join(folder, "wrong.yaml"))).toThrow(/line 3[\s\S]*did you mean "baseUrl"/);
});
