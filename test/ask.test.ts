import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { trainRouter } from "../src/routing/index.ts";
import { saveRouter } from "../src/storage/index.ts";
import { newFolder, triposHere } from "./cli.ts";
import { chatAnswer, type ScriptedUpstream, scriptedUpstream, sendJson } from "./scripted-upstream.ts";
import { simulatedQuestions } from "./simulated-questions.ts";

const folder = newFolder();
const { matrix } = simulatedQuestions(600, 1);
const costs = matrix.scores.map((_, o) => [0.004, 0.002, 0.001][Math.floor(o / 600)]);
const question = "7: what about river mountain island valley border river?";
let upstream: ScriptedUpstream;
beforeAll(async () => {
  saveRouter(trainRouter({ ...matrix, costs }, { trees: 20 }), join(folder, "router"));
  upstream = await scriptedUpstream();
  upstream.answer = ({ body }, response) =>
    sendJson(response, chatAnswer(`I am the ${JSON.parse(body).model}.`));
});
afterAll(() => upstream.close());

const ask = (...more: string[]) =>
  triposHere(["ask", join(folder, "router"), question, "--base-url", `${upstream.url}/v1`, ...more], {
    OPENAI_API_KEY: "",
  });

test("a cascade asks the cheapest first and goes up while the verifier is not content", {
  timeout: 30_000,
}, async () => {
  const verifier = join(folder, "verify.mjs");
  writeFileSync(
    verifier,
    `let text = ""; for await (const part of process.stdin) text += part;
     const { question, response } = JSON.parse(text);
     console.log(question.includes("river") && response.includes("mathematician") ? 0.9 : 0.1);`,
  );
  const prices = join(folder, "prices.yaml");
  writeFileSync(
    prices,
    "geographer: {input: 40, output: 40}\nmathematician: {input: 20, output: 20}\nprogrammer: {input: 10, output: 10}\n",
  );
  const command = `"${process.execPath}" "${verifier}"`;
  const verified = await ask("--accept", "0.3", "--verify", command, "--prices", prices, "--json");
  expect(verified).toMatchObject({ code: 0, stderr: "" });
  const found = JSON.parse(verified.stdout);
  expect(found).toMatchObject({
    model: "mathematician",
    answer: "I am the mathematician.",
    accepted: true,
    judged: 0.9,
  });
  expect(found.asked.map(({ model }: { model: string }) => model)).toEqual(["programmer", "mathematician"]);
  expect(found.cost).toBeCloseTo((66 * 10 + 66 * 20) / 1e6, 12);

  const never = await ask("--accept", "0.95", "--verify", command);
  expect(never.stdout).toBe("I am the mathematician.\n");
  expect(never.stderr).toContain("no answer was good enough; this is mathematician's");
});

test("without a verifier the router's own P decides, and one model is asked", {
  timeout: 30_000,
}, async () => {
  const before = upstream.received.length;
  expect((await ask("--accept", "0.3")).stdout).toBe("I am the programmer.\n");
  expect((await ask("--accept", "0.99")).stdout).toBe("I am the geographer.\n");
  expect(upstream.received).toHaveLength(before + 2);
});

test("a verifier that fails, and a server that refuses, are named", { timeout: 30_000 }, async () => {
  const failed = await ask("--verify", "exit 3");
  expect(failed.code).toBe(2);
  expect(failed.stderr).toMatch(/exit 3.*exit code 3/);
  upstream.answer = (_, response) => sendJson(response, '{"error":{"message":"no such model"}}', 404);
  const refused = await ask("--accept", "0.3");
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain("no such model");
});
