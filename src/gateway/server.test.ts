import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  chatAnswer,
  type ScriptedUpstream,
  scriptedUpstream,
  sendJson,
} from "../../test/scripted-upstream.ts";
import { ask, type TestGateway, testGateway, until } from "../../test/test-gateway.ts";
import { parsePolicy } from "../routing/index.ts";
import { parseConfig } from "./config.ts";
import type { Decider } from "./decide.ts";
import { deciderFor } from "./decider-for.ts";
import { stayed } from "./staying.ts";

let first: ScriptedUpstream;
let second: ScriptedUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  [first, second] = [await scriptedUpstream(), await scriptedUpstream()];
  gateway = await testGateway({ strong: first.url, weak: second.url });
});
afterAll(async () => {
  await gateway.close(100);
  await Promise.all([first.close(), second.close()]);
});
beforeEach(() => {
  for (const upstream of [first, second]) {
    upstream.received.length = 0;
    upstream.answer = (_, response) => sendJson(response, chatAnswer());
  }
  gateway.records.length = 0;
});

const streamBytes = async (response: Response) => Buffer.from(await response.arrayBuffer()).toString();

describe("an answer", () => {
  test("comes from the model most likely right, with the reasons in headers", async () => {
    const response = await gateway.post("/v1/chat/completions", ask());
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(chatAnswer());
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "x-tripos-model": "strong",
      "x-tripos-p": "0.9000",
      "x-tripos-interval": "0.8000, 1.0000",
      "x-tripos-cost": String((60 + 2 * 6) / 1e6),
    });
    expect(JSON.parse(first.received[0].body).model).toBe("strong");
    await until(() => gateway.records.length === 1);
    expect(gateway.records[0]).toMatchObject({
      id: response.headers.get("x-tripos-request-id"),
      model: "strong",
      p: 0.9,
      inputTokens: 60,
      outputTokens: 6,
      estimated: false,
      outcome: "ok",
      question: null,
    });
  });

  test("of a policy, an allowed list or a model by name", async () => {
    const model = async (body: unknown, headers = {}) =>
      (await gateway.post("/v1/chat/completions", body, headers)).headers.get("x-tripos-model");
    expect(await model(ask("q", { model: "tripos/cheap" }))).toBe("weak");
    expect(await model(ask("q"), { "x-tripos-policy": "cheap" })).toBe("weak");
    expect(await model(ask("q", { metadata: { tripos_policy: "cheap" } }))).toBe("weak");
    expect(await model(ask("q"), { "x-tripos-models": "weak" })).toBe("weak");
    expect(await model(ask("q", { model: "weak" }))).toBe("weak");
  });

  test("leaves every byte of the request but the model as it was", async () => {
    const body = `{"temperature":1.0,"seed":12345678901234567890, "model":"tripos","messages":[{"role":"user","content":"é\\u00e9"}],"unknown":{"model":"x"}}`;
    await gateway.post("/v1/chat/completions", body);
    expect(first.received[0].body).toBe(body.replace('"tripos"', '"strong"'));
  });

  test("streams byte for byte, whatever the pieces", async () => {
    const pieces = [
      'data: {"choices":[{"delta":{"content":"é',
      '🙂"}}]}\r\n',
      "\r\n: comment\n\n",
      'data: {"usage":{"prompt_tokens":3,"completion_tokens":2}}\n\ndata: [DONE]\n\n',
    ];
    first.answer = async (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const piece of pieces) {
        response.write(piece);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      response.end();
    };
    const response = await gateway.post("/v1/chat/completions", ask("q", { stream: true }));
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    expect(await streamBytes(response)).toBe(pieces.join(""));
    await until(() => gateway.records.length === 1);
    expect(gateway.records[0]).toMatchObject({
      inputTokens: 3,
      outputTokens: 2,
      estimated: false,
      streamed: true,
    });
  });

  test("stops the upstream when the client leaves", async () => {
    first.answer = (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      const timer = setInterval(() => response.write("data: {}\n\n"), 5);
      response.once("close", () => clearInterval(timer));
    };
    const leaving = new AbortController();
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: "POST",
      body: JSON.stringify(ask("q", { stream: true })),
      signal: leaving.signal,
    });
    await response.body!.getReader().read();
    leaving.abort();
    await first.received[0].closed;
    await until(() => gateway.records.length === 1);
    expect(gateway.records[0].outcome).toBe("cancelled");
  });

  test("stops the upstream when the client leaves before it", async () => {
    first.answer = () => {};
    const leaving = new AbortController();
    const left = fetch(`${gateway.url}/v1/chat/completions`, {
      method: "POST",
      body: JSON.stringify(ask()),
      signal: leaving.signal,
    }).catch(() => "left");
    await until(() => first.received.length === 1);
    leaving.abort();
    expect(await left).toBe("left");
    await first.received[0].closed;
    expect(second.received).toHaveLength(0);
  });

  test("holds the upstream back when the client does not read", async () => {
    let sent = 0;
    first.answer = (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      const piece = `data: ${"x".repeat(65_536)}\n\n`;
      const write = () => {
        while (sent < 100_000_000) {
          sent += piece.length;
          if (!response.write(piece)) return response.once("drain", write);
        }
        return response.end();
      };
      write();
    };
    const response = await gateway.post("/v1/chat/completions", ask("q", { stream: true }));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(sent).toBeLessThan(50_000_000);
    await response.body!.cancel();
  });
});

describe("when an upstream fails", () => {
  test("another try is made, then the next model of the ranking asked", async () => {
    first.answer = (_, response) => sendJson(response, "{}", 500);
    const response = await gateway.post("/v1/chat/completions", ask());
    expect(response.headers.get("x-tripos-model")).toBe("weak");
    expect(first.received.length).toBe(3);
    expect(gateway.records.at(-1)?.failedTries).toBe(1);
  });

  test("a client's own mistake comes back as it is", async () => {
    const body = '{"error":{"message":"bad tool","type":"invalid_request_error"}}';
    first.answer = (_, response) => sendJson(response, body, 400);
    const response = await gateway.post("/v1/chat/completions", ask());
    expect(response.status).toBe(400);
    expect(await response.text()).toBe(body);
    expect(second.received).toHaveLength(0);
  });
});

describe("an error has OpenAI's shape", () => {
  const cases: [string, string, number, string | null][] = [
    ["/v1/chat/completions", "{", 400, "invalid_json"],
    ["/v1/chat/completions", "[]", 400, "invalid_json"],
    ["/v1/chat/completions", '{"messages":[]}', 400, "model_required"],
    ["/v1/chat/completions", '{"model":"tripos"}', 400, "missing_required_parameter"],
    ["/v1/chat/completions", '{"model":"strong"}', 400, "missing_required_parameter"],
    ["/v1/chat/completions", '{"model":"tripos","messages":"q"}', 400, "invalid_type"],
    ["/v1/chat/completions", '{"model":"tripos","messages":[]}', 400, "empty_array"],
    ["/v1/chat/completions", '{"model":"nope\\r\\nx-evil: 1"}', 404, "model_not_found"],
    ["/v1/embeddings", '{"model":"tripos","input":"x"}', 400, "model_required"],
    ["/v1/nothing", "{}", 404, "unknown_url"],
    ["/v1/models", "{}", 405, "method_not_allowed"],
  ];
  test("another method than the path's: what it takes", async () => {
    const response = await fetch(`${gateway.url}/v1/chat/completions`);
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
  });
  test.each(cases)("%s %s", async (path, body, status, code) => {
    const response = await gateway.post(path, body);
    expect(response.status).toBe(status);
    const { error } = (await response.json()) as { error: Record<string, unknown> };
    expect(Object.keys(error)).toEqual(["message", "type", "param", "code"]);
    expect(error.code).toBe(code);
    expect(response.headers.get("x-evil")).toBeNull();
  });
});

test("an unknown price is reported as unknown, and is within no budget", async () => {
  const models = [{ name: "strong", upstream: "strong" }];
  const config = parseConfig({ upstreams: [{ name: "strong", kind: "demonstration" }], models });
  const unpriced = await testGateway(
    { strong: first.url },
    { config: { models }, decider: deciderFor(config) },
  );
  const response = await unpriced.post("/v1/chat/completions", ask());
  expect(response.status).toBe(200);
  expect(response.headers.get("x-tripos-cost")).toBeNull();
  expect(unpriced.records[0]).toMatchObject({ cost: null, inputTokens: 60 });
  const decided = await unpriced.post("/v1/route", { text: "q" });
  expect(await decided.json()).toMatchObject({ cost: null });
  expect((await unpriced.post("/v1/chat/completions", ask(), { "x-tripos-budget": "1" })).status).toBe(400);
  await unpriced.close(100);
});

describe("a conversation", () => {
  const user = (content: string) => ({ role: "user", content });
  const assistant = (content: string) => ({ role: "assistant", content });
  /** "strong" is better and dearer; a text that says "alike" is as hard for one as for the other. */
  const decider: Decider = {
    name: "test",
    models: ["strong", "weak"],
    policies: ["quality", "cheap"],
    decide(question) {
      const lead = question.text.includes("alike") ? -0.01 : 0.1;
      const candidates = [
        { model: "strong", p: 0.7 + lead, interval: [0.6, 0.9] as const, cost: 2 },
        { model: "weak", p: 0.7, interval: [0.6, 0.9] as const, cost: 1 },
      ].filter(({ model }) => question.allowed?.includes(model) ?? true);
      const policy = parsePolicy(question.policy === "cheap" ? "cheapest:0.6" : "quality");
      const worth = ({ p, cost }: (typeof candidates)[number]) => (policy.kind === "quality" ? p : -cost);
      candidates.sort((a, b) => worth(b) - worth(a));
      return stayed({ ...candidates[0], candidates, rule: "" }, policy, question);
    },
  };
  let talking: TestGateway;
  beforeAll(async () => {
    talking = await testGateway({ strong: first.url, weak: second.url }, { decider });
  });
  afterAll(() => talking.close(100));
  const chosen = async (model: string, messages: unknown[], headers = {}) =>
    (await talking.post("/v1/chat/completions", { model, messages }, headers)).headers.get("x-tripos-model");

  test("stays with its model for a small gain, and leaves it for a great one", async () => {
    const opening = [user("Hello there")];
    expect(await chosen("tripos", opening)).toBe("strong");
    const second = [...opening, assistant("B"), user("Why? alike")];
    expect(await chosen("tripos", second)).toBe("strong");
    expect(await chosen("tripos", [user("Others, alike")])).toBe("weak");
    expect(await chosen("tripos", [user("Others, alike"), assistant("B"), user("Why? alike")])).toBe("weak");
    expect(await chosen("tripos", [user("Others, alike"), assistant("B"), user("Why?")])).toBe("strong");
  });

  test("is none before an answer: each policy decides a first turn by itself, in any order", async () => {
    for (const [text, policies] of [
      ["Which is it?", ["quality", "cheap", "quality"]],
      ["And this?", ["cheap", "quality", "cheap"]],
    ] as const)
      for (const policy of policies)
        expect(await chosen(`tripos/${policy}`, [user(text)])).toBe(policy === "cheap" ? "weak" : "strong");
  });

  test("ends with a change of policy or of the models allowed", async () => {
    const opening = [user("Another beginning, alike")];
    const longer = [...opening, assistant("B"), user("Why? alike")];
    expect(await chosen("tripos", opening, { "x-tripos-models": "strong" })).toBe("strong");
    expect(await chosen("tripos", longer, { "x-tripos-models": "strong" })).toBe("strong");
    expect(await chosen("tripos", longer)).toBe("weak");
    expect(await chosen("tripos/cheap", longer)).toBe("weak");
    expect(await chosen("tripos/quality", [user("x"), assistant("B"), user("Why?")])).toBe("strong");
    expect(await chosen("tripos/cheap", [user("x"), assistant("B"), user("Why?")])).toBe("weak");
  });

  test("that began alike goes its own way from its first answer on; one with a name needs no answer", async () => {
    const with_ = (answer: string, question: string) => [user("Same"), assistant(answer), user(question)];
    expect(await chosen("tripos", with_("one", "Why?"))).toBe("strong");
    expect(await chosen("tripos", with_("two", "Why? alike"))).toBe("weak");
    expect(await chosen("tripos", with_("one", "Why? alike"))).toBe("strong");
    const named = { "x-tripos-conversation": "c1" };
    expect(await chosen("tripos", [user("Named")], named)).toBe("strong");
    expect(await chosen("tripos", [user("alike")], named)).toBe("strong");
    expect(await chosen("tripos", [user("alike")])).toBe("weak");
  });

  test("is continued by the id of an answer at /v1/responses, whole or streamed, at the upstream that keeps it", async () => {
    let answers = 0;
    const answered = (id: string) => ({ id, object: "response", status: "completed", output: [] });
    for (const upstream of [first, second])
      upstream.answer = ({ body }, response) => {
        const id = `resp_${++answers}`;
        if (!JSON.parse(body).stream) return sendJson(response, JSON.stringify(answered(id)));
        response.writeHead(200, { "content-type": "text/event-stream" });
        const event = { type: "response.created", response: answered(id) };
        response.end(`event: response.created\ndata: ${JSON.stringify(event)}\n\n`);
      };
    const turn = async (input: string, more = {}) => {
      const response = await talking.post("/v1/responses", { model: "tripos", input, ...more });
      await response.text();
      return response.headers.get("x-tripos-model");
    };
    expect(await turn("Hello there", { stream: true })).toBe("strong");
    expect(await turn("Why? alike", { previous_response_id: "resp_1" })).toBe("strong");
    expect(await turn("Why? alike", { previous_response_id: "resp_2" })).toBe("strong");
    expect(await turn("Others, alike")).toBe("weak");
    expect(await turn("Why?", { previous_response_id: "resp_4" })).toBe("weak");
    expect(await turn("Why? alike", { previous_response_id: "resp_unknown" })).toBe("weak");
  });
});

test("POST /v1/route decides without asking anyone", async () => {
  const response = await gateway.post("/v1/route", { text: "Is glass a liquid?" });
  expect(await response.json()).toMatchObject({
    model: "strong",
    p: 0.9,
    rule: "highest P",
    candidates: [{}, {}],
  });
  expect(first.received).toHaveLength(0);
});

test("metrics ask for an admin's key where the configuration says so, keys required or not", async () => {
  process.env.TRIPOS_METRICS_ADMIN = "the-operators-key";
  for (const required of [true, false]) {
    const keys = { required, adminFrom: { env: "TRIPOS_METRICS_ADMIN" } };
    const status = async (key: boolean, headers: Record<string, string>) => {
      const guarded = await testGateway({ strong: first.url }, { config: { keys, metrics: { key } } });
      const { status } = await fetch(`${guarded.url}/metrics`, { headers });
      await guarded.close(100);
      return status;
    };
    expect(await status(false, {})).toBe(200);
    expect(await status(true, {})).toBe(required ? 401 : 403);
    expect(await status(true, { authorization: "Bearer the-operators-key" })).toBe(200);
  }
});

test("an empty question is routed, and can be asked about; none at all is a mistake", async () => {
  expect((await gateway.post("/v1/chat/completions", ask(""))).status).toBe(200);
  for (const body of [ask(""), { text: "" }])
    expect((await gateway.post("/v1/route", body)).status).toBe(200);
  expect((await gateway.post("/v1/route", {})).status).toBe(400);
});

test("models, health, readiness and metrics are there", async () => {
  const get = (path: string) => fetch(gateway.url + path);
  const models = (await (await get("/v1/models")).json()) as { data: { id: string }[] };
  expect(models.data.map(({ id }) => id)).toEqual(["tripos", "tripos/cheap", "strong", "weak"]);
  expect((await get("/healthz")).status).toBe(200);
  expect((await get("/readyz")).status).toBe(200);
  await gateway.post("/v1/chat/completions", ask());
  expect(await (await get("/metrics")).text()).toMatch(
    /tripos_requests_total\{endpoint="chat",model="strong",outcome="ok"\} \d+/,
  );
});
