import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { demonstrationConfig, parseConfigText, readConfig } from "../src/gateway/index.ts";
import { trainRouter } from "../src/routing/index.ts";
import { saveRouter } from "../src/storage/index.ts";
import { type ScriptedUpstream, scriptedUpstream, sendJson } from "./scripted-upstream.ts";
import { simulatedQuestions } from "./simulated-questions.ts";

const cli = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
/** A model that the embedded router knows. */
const [{ name: known }] = demonstrationConfig().models;
let folder: string;
let upstream: ScriptedUpstream;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tripos-init-"));
  upstream = await scriptedUpstream();
  upstream.answer = (_, response) => sendJson(response, `{"data":[{"id":"${known}"},{"id":"large"}]}`);
});
afterAll(async () => {
  await upstream.close();
  rmSync(folder, { recursive: true, force: true });
});

const init = (...options: string[]) =>
  new Promise<{ code: number; out: string; err: string }>((resolve) => {
    const env = { PATH: process.env.PATH, OPENAI_API_KEY: "sk-very-secret" };
    execFile(
      process.execPath,
      [cli, "init", "--yes", "--no-ask", ...options],
      { cwd: folder, env },
      (error, out, err) => resolve({ code: Number(error?.code ?? 0), out, err }),
    );
  });

test("writes a configuration that serve takes, from the servers and keys found, without the keys", async () => {
  const { code, out, err } = await init("--server", `mine=${upstream.url}/v1`, "--router", "mmlu");
  expect([code, out]).toEqual([0, expect.stringContaining("curl http://127.0.0.1:8080/v1/chat/completions")]);
  expect(err).toContain("Found mine (2 models)");
  expect(err).toContain("Found openai (0 models, key in the environment)");
  const text = readFileSync(join(folder, "tripos.yaml"), "utf8");
  const config = parseConfigText(text, "tripos.yaml");
  expect(config.models.map(({ name, upstream: at }) => [name, at])).toEqual([
    [known, "mine"],
    ["large", "mine"],
  ]);
  expect(config.upstreams.map(({ name }) => name)).toEqual(["mine"]);
  expect(config.router).toBe("mmlu");
  expect(err).toContain("The router mmlu does not know large and will never choose it.");
  expect(err).not.toContain(`know ${known}`);
  expect(text).toContain("US dollars per million tokens:  price: { input: 0.2, output: 0.6 }");
  expect(text + out + err).not.toContain("sk-very-secret");
});

test("does not replace a file unless told, and takes only the models named", async () => {
  const server = ["--server", `mine=${upstream.url}/v1`];
  const refused = await init(...server);
  expect([refused.code, refused.err]).toEqual([2, expect.stringContaining("tripos.yaml: is there already")]);
  const { code, out } = await init(...server, "--force", "--json", "--model", "large");
  expect(code).toBe(0);
  expect((JSON.parse(out) as { models: object[] }).models).toEqual([{ name: "large", upstream: "mine" }]);
  expect((await init(...server, "--force", "--model", "none")).code).toBe(2);
});

test("pairs no router with models that it does not know, and names its folder as the file sees it", async () => {
  const { matrix } = simulatedQuestions(120, 1);
  const router = trainRouter(matrix, { trees: 10, seed: 3 });
  saveRouter(router, join(folder, "trained", "r3"));
  mkdirSync(join(folder, "etc"));
  const options = ["--router", "trained/r3", "--out", "etc/gateway.yaml"];
  const refused = await init(...options, "--model", "large");
  expect([refused.code, existsSync(join(folder, "etc", "gateway.yaml"))]).toEqual([2, false]);
  expect(refused.err).toMatch(/--router trained\/r3: the router knows none of these models \(found large/);
  expect((await init(...options, "--model", router.models[0])).code).toBe(0);
  const file = join(folder, "etc", "gateway.yaml");
  expect(readFileSync(file, "utf8")).toContain("router: ../trained/r3\n");
  expect(readConfig(file, { OPENAI_API_KEY: "sk" }).router).toBe(join(folder, "trained", "r3"));
});
