import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bankFiles, encodeBank } from "../src/bank/index.ts";
import { designExam, itemsHash, poolOfBank, writeExam } from "../src/exam/index.ts";
import { writeFolder } from "../src/files/index.ts";
import { parseConfig, type RunningGateway, serveConfigured } from "../src/gateway/index.ts";
import { trainRouter } from "../src/routing/index.ts";
import { saveRouter } from "../src/storage/index.ts";
import { type PostgresServer, postgresPrograms, postgresServer } from "./postgres-server.ts";
import { sampleBank } from "./sample-bank.ts";
import { chatAnswer, type ScriptedUpstream, scriptedUpstream, sendJson } from "./scripted-upstream.ts";
import { simulatedQuestions } from "./simulated-questions.ts";
import { ask } from "./test-gateway.ts";

const admin = { authorization: "Bearer operators-key", "content-type": "application/json" };
const { matrix } = simulatedQuestions(200, 1);
const router = trainRouter(matrix, { trees: 10, seed: 3 });
const [text] = matrix.texts!;

describe.skipIf(!postgresPrograms)("gateways on one PostgreSQL share their router", () => {
  const folder = mkdtempSync(join(tmpdir(), "tripos-routers-"));
  const bank = sampleBank(12, 40);
  const problems: string[] = [];
  const log = {
    request() {},
    event() {},
    problem: (message: string, details?: object) =>
      void problems.push(`${message} ${JSON.stringify(details)}`),
  };
  let postgres: PostgresServer;
  let upstream: ScriptedUpstream;
  const gateways: RunningGateway[] = [];

  beforeAll(async () => {
    process.env.TRIPOS_TEST_ADMIN = "operators-key";
    postgres = await postgresServer();
    upstream = await scriptedUpstream();
    await postgres.start();
    writeFolder(join(folder, "bank"), await encodeBank(bank), bankFiles);
    const exam = designExam(poolOfBank(bank, "bank"), await itemsHash(bank), {
      method: "random",
      count: 20,
      assessed: false,
      ...(bank.texts && { texts: bank.texts }),
    });
    writeFileSync(join(folder, "exam.json"), writeExam(exam));
    writeFileSync(
      join(folder, "questions.jsonl"),
      exam.questions
        .map(({ item, text }) => JSON.stringify({ item, question: text, choices: ["a", "b"], answer: "B" }))
        .join("\n"),
    );
    for (const name of ["one", "two"]) {
      const own = join(folder, name, "router");
      saveRouter(router, own);
      const config = parseConfig({
        listen: { port: 0 },
        router: own,
        routerName: "shared",
        upstreams: [{ name: "u", baseUrl: `${upstream.url}/v1` }],
        models: [...router.models, "newcomer"].map((model) => ({
          name: model,
          upstream: "u",
          price: { input: 1, output: 1 },
        })),
        store: { folder: join(folder, name, "store") },
        keys: { adminFrom: { env: "TRIPOS_TEST_ADMIN" } },
        exams: [
          {
            id: "short",
            exam: join(folder, "exam.json"),
            bank: join(folder, "bank"),
            questions: join(folder, "questions.jsonl"),
          },
        ],
      });
      gateways.push(await serveConfigured({ load: () => config, log, databaseUrl: postgres.url }));
    }
    await soon(async () => (await get(1, "/v1/requests")).status === 200);
  }, 60_000);
  afterAll(async () => {
    await Promise.all(gateways.map((gateway) => gateway.close(100)));
    await upstream.close();
    postgres.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const get = (i: number, path: string) => fetch(gateways[i].url + path, { headers: admin });
  const post = (i: number, path: string, body: object) =>
    fetch(gateways[i].url + path, { method: "POST", headers: admin, body: JSON.stringify(body) });
  interface Standing {
    readonly model: string;
    readonly p: number;
  }
  const standings = async (i: number) =>
    ((await (await post(i, "/v1/route", { text })).json()) as { candidates: Standing[] }).candidates;
  async function soon(holds: () => Promise<boolean>, milliseconds = 20_000): Promise<void> {
    const end = Date.now() + milliseconds;
    while (!(await holds().catch(() => false))) {
      if (Date.now() > end) throw new Error(`waited in vain; ${problems.join("; ")}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  const scores = async () => {
    const { questions } = (await (await get(0, "/v1/exams/short")).json()) as {
      questions: { item: string; text: string }[];
    };
    return questions.map(({ item }, i) => ({ item, score: i % 4 === 0 ? 0 : 1 }));
  };

  test("answers to an exam give scores with intervals; what is not right is refused", async () => {
    const answers = await scores();
    expect(answers).toHaveLength(20);
    const response = await post(0, "/v1/exams/short/answers", { model: "m", answers });
    expect(response.status).toBe(201);
    const report = (await response.json()) as {
      subject: string;
      abilitySE: number[];
      joined: object;
      scenarios: { name: string; estimate: number; interval: [number, number] }[];
    };
    expect(report).toMatchObject({ subject: "m", exam: "short", joined: { bank: false, router: false } });
    expect(report.abilitySE[0]).toBeGreaterThan(0);
    for (const { estimate, interval } of report.scenarios) {
      expect(interval[0]).toBeLessThanOrEqual(estimate);
      expect(interval[1]).toBeGreaterThanOrEqual(estimate);
    }
    const refused = async (path: string, body: object) => (await post(0, path, body)).status;
    expect(await refused("/v1/exams/none/answers", { model: "m", answers })).toBe(404);
    expect(await refused("/v1/exams/..%2f..%2fbank/answers", { model: "m", answers })).toBe(404);
    const [first] = answers;
    for (const wrong of [
      [],
      [{ item: "unheard of", score: 1 }],
      [first, first],
      [{ item: first.item, score: 2 }],
    ])
      expect(await refused("/v1/exams/short/answers", { model: "m", answers: wrong })).toBe(400);
    const stranger = await fetch(`${gateways[0].url}/v1/exams/short/answers`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "m", answers, join: true }),
    });
    expect(stranger.status).toBe(403);
  });

  test("a model that joins by its answers is routed to at every gateway, and no stream is dropped", async () => {
    expect((await standings(1)).map(({ model }) => model)).not.toContain("newcomer");
    let finish = () => {};
    upstream.answer = async (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: 1\n\n");
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      response.end("data: 2\n\n");
    };
    const stream = await post(1, "/v1/chat/completions", ask(text, { stream: true }));
    const response = await post(0, "/v1/exams/short/answers", {
      model: "newcomer",
      answers: await scores(),
      join: true,
    });
    expect(await response.json()).toMatchObject({ joined: { bank: true, router: true } });
    for (const i of [0, 1])
      await soon(async () => (await standings(i)).some(({ model }) => model === "newcomer"));
    finish();
    expect(await stream.text()).toBe("data: 1\n\ndata: 2\n\n");
    upstream.answer = (_, answer) => sendJson(answer, chatAnswer());
    const again = await post(0, "/v1/exams/short/answers", {
      model: "newcomer",
      answers: await scores(),
      join: true,
    });
    expect(again.status).toBe(400);
  });

  test("the operator's grades given at one gateway move P at all", async () => {
    const [best] = await standings(1);
    for (let i = 0; i < 25; i++) {
      const answer = await post(0, "/v1/chat/completions", ask(text, { model: "tripos" }));
      const id = answer.headers.get("x-tripos-request-id");
      const graded = await post(0, "/v1/feedback", { id, score: 0 });
      expect([200, 404]).toContain(graded.status);
    }
    const p = async () => (await standings(1)).find(({ model }) => model === best.model)!.p;
    await soon(async () => (await p()) < best.p - 0.01);
  });

  test("a router trained anew in one gateway's folder is taken up by all", async () => {
    const fewer = trainRouter(matrix, { trees: 5, seed: 9 });
    saveRouter(fewer, join(folder, "new"));
    cpSync(join(folder, "new"), join(folder, "one", "router"), { recursive: true });
    // The newcomer's answers had no part in it.
    await soon(async () => !(await standings(1)).some(({ model }) => model === "newcomer"));
  });

  test("an exam is run in the background, through the gateway's own models", async () => {
    upstream.answer = (_, response) => sendJson(response, chatAnswer("The answer is B."));
    const model = router.models[0];
    expect((await post(0, "/v1/exams/short/runs", { model })).status).toBe(202);
    interface Results {
      readonly data: {
        readonly subject: string;
        readonly report: { readonly scenarios: { mean: number }[] };
      }[];
    }
    const results = async () => (await (await get(1, "/v1/exams/short/results")).json()) as Results;
    await soon(async () => (await results()).data.some(({ subject }) => subject === model));
    const { report } = (await results()).data.find(({ subject }) => subject === model)!;
    expect(report.scenarios.at(-1)!.mean).toBe(1);
  });
});
