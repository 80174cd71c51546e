import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  deciderFor,
  demonstrationConfig,
  type GatewayConfigInput,
  parseConfig,
} from "../src/gateway/index.ts";
import { chatAnswer, type ScriptedUpstream, scriptedUpstream, sendJson } from "./scripted-upstream.ts";
import { ask, type TestGateway, testGateway, until } from "./test-gateway.ts";

// `tripos/cascade` on real sockets: the cheap model's answer is graded before the client has a byte of it.

const names = demonstrationConfig().models.map(({ name }) => name);
const strongName = names.find((name) => /llama-3/i.test(name))!;
const weakName = names.find((name) => name !== strongName)!;
let weak: ScriptedUpstream;
let strong: ScriptedUpstream;
let gateway: TestGateway | undefined;

beforeAll(async () => {
  [weak, strong] = [await scriptedUpstream(), await scriptedUpstream()];
});
afterAll(() => Promise.all([weak.close(), strong.close()]));
beforeEach(() => {
  for (const upstream of [weak, strong]) upstream.received.length = 0;
  weak.answer = (_, response) => sendJson(response, chatAnswer("I do not know."));
  strong.answer = (_, response) => sendJson(response, chatAnswer("Answer: B"));
});
afterEach(() => gateway?.close(50));

async function start(grader?: GatewayConfigInput["grader"]): Promise<TestGateway> {
  const config = {
    policies: { cascade: "cascade:0.95" },
    router: "mmlu",
    models: [
      { name: weakName, upstream: "weak", price: { input: 0.1, output: 0.1 } },
      { name: strongName, upstream: "strong", price: { input: 1, output: 2 } },
    ],
    ...(grader && { grader }),
  };
  const upstreams = [
    { name: "weak", kind: "demonstration" as const },
    { name: "strong", kind: "demonstration" as const },
  ];
  const decider = deciderFor(parseConfig({ ...config, upstreams }));
  gateway = await testGateway(
    { weak: weak.url, strong: strong.url },
    { config, decider, upstream: { retries: 0 } },
  );
  return gateway;
}
const cascade = (more = {}) =>
  gateway!.post("/v1/chat/completions", ask("Is glass a liquid?", { model: "tripos/cascade", ...more }));
const told = async (response: Response) => {
  const body = (await response.json()) as { choices: { message: { content: string } }[] };
  return body.choices[0].message.content;
};
const header = (response: Response, name: string) => response.headers.get(`x-tripos-${name}`);
/** 60 tokens in and 6 out, at each one's price. */
const [weakCost, strongCost] = [6.6e-6, 72e-6];

describe("an answer that its grader", () => {
  const grader = { kind: "regex" as const, pattern: "^Answer: [A-D]$" };

  test("accepts is the client's, and nobody else is asked", async () => {
    await start(grader);
    weak.answer = (_, response) => sendJson(response, chatAnswer("Answer: A"));
    const response = await cascade();
    expect(await told(response)).toBe("Answer: A");
    expect([header(response, "model"), header(response, "cascade")]).toEqual([weakName, `${weakName} 1.000`]);
    expect(Number(header(response, "cost"))).toBeCloseTo(weakCost, 9);
    expect(strong.received).toHaveLength(0);
    expect(gateway!.records[0].steps).toBeNull();
  });

  test("refuses is not: the next model answers, and both are paid", async () => {
    await start(grader);
    const response = await cascade();
    expect(await told(response)).toBe("Answer: B");
    expect(header(response, "cascade")).toBe(`${weakName} 0.000, ${strongName} 1.000`);
    expect(Number(header(response, "cost"))).toBeCloseTo(weakCost + strongCost, 9);
    const [record] = gateway!.records;
    expect(record).toMatchObject({
      model: strongName,
      inputTokens: 120,
      outputTokens: 12,
      policy: "cascade",
    });
    expect(record.cost).toBeCloseTo(weakCost + strongCost, 12);
    expect(record.steps).toMatchObject([
      { model: weakName, as: "cascade", judged: 0 },
      { model: strongName, as: "cascade", judged: 1 },
    ]);
  });

  test("never sees because its model fails: the next one's is graded", async () => {
    await start(grader);
    weak.answer = (_, response) => sendJson(response, "{}", 500);
    const response = await cascade();
    expect(await told(response)).toBe("Answer: B");
    expect(gateway!.records[0]).toMatchObject({ failedTries: 1, steps: null });
    strong.answer = (_, answer) => sendJson(answer, "{}", 500);
    expect((await cascade()).status).toBe(502);
  });

  test("refuses everywhere: the one graded best is the answer", async () => {
    await start({ kind: "regex", pattern: "never" });
    expect(await told(await cascade())).toBe("Answer: B");
  });
});

test("a program grades: what it prints is P, and its failing is a refusal", async () => {
  const program = `let text = ""; process.stdin.on("data", (data) => { text += data; }).on("end", () => {
    const { question, answer } = JSON.parse(text);
    if (answer === "crash") process.exit(3);
    console.log(question.includes("glass") && answer.startsWith("Answer") ? 0.97 : 0.2); });`;
  await start({ kind: "command", command: [process.execPath, "-e", program] });
  const response = await cascade();
  expect(header(response, "cascade")).toBe(`${weakName} 0.200, ${strongName} 0.970`);
  weak.answer = (_, answer) => sendJson(answer, chatAnswer("crash"));
  expect(header(await cascade(), "cascade")).toBe(`${weakName} 0.000, ${strongName} 0.970`);
});

test("a grader that cannot be run leaves the choice to the router's P", async () => {
  await start({ kind: "command", command: ["/nonexistent/grader"] });
  const response = await cascade();
  expect(response.status).toBe(200);
  expect(header(response, "model")).toBe(strongName);
});

test("another model grades, and is paid too", async () => {
  await start({ kind: "model", model: strongName });
  strong.answer = ({ body }, response) => {
    const judging = body.includes("How likely is this answer to be correct");
    sendJson(response, chatAnswer(judging ? (body.includes("do not know") ? "3" : "98") : "Answer: B"));
  };
  const response = await cascade();
  expect(header(response, "cascade")).toBe(`${weakName} 0.030, ${strongName} 0.980`);
  expect(Number(header(response, "cost"))).toBeCloseTo(weakCost + 3 * strongCost, 9);
  expect(gateway!.records[0].steps!.map(({ as }) => as).sort()).toEqual([
    "cascade",
    "cascade",
    "judge",
    "judge",
  ]);
});

describe("a model's own confidence", () => {
  const confident = (logprob: number) =>
    chatAnswer("Answer: C").replace(
      '"finish_reason"',
      `"logprobs":{"content":[{"token":"C","logprob":${logprob}}]},"finish_reason"`,
    );

  test("decides where the upstream gives log-probabilities; the client sees none that it did not ask for", async () => {
    await start();
    weak.answer = (_, response) => sendJson(response, confident(-0.01));
    const response = await cascade();
    expect(header(response, "cascade")).toBe(`${weakName} 0.990`);
    expect(await response.text()).not.toContain('logprob"');
    expect(JSON.parse(weak.received[0].body)).toMatchObject({ logprobs: true, model: weakName });
    weak.answer = (_, answer) => sendJson(answer, confident(-2));
    expect(header(await cascade(), "model")).toBe(strongName);
  });

  test("is not asked again of an upstream that refuses to tell; then the router's P stands in", async () => {
    await start();
    weak.answer = ({ body }, response) =>
      body.includes("logprobs") ? sendJson(response, "{}", 400) : sendJson(response, chatAnswer("Answer: C"));
    expect(header(await cascade(), "model")).toBe(strongName);
    expect(weak.received).toHaveLength(2);
    await cascade();
    expect(weak.received).toHaveLength(3);
  });
});

describe("a stream", () => {
  /** Events of a chat answer, each with its token's log-probability where one is given. */
  const events = (words: readonly string[], logprob?: number) =>
    `${words
      .map((content) => {
        const logprobs = logprob === undefined ? undefined : { content: [{ token: content, logprob }] };
        return `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, logprobs }] })}\n\n`;
      })
      .join("")}data: {"choices":[],"usage":{"prompt_tokens":60,"completion_tokens":6}}\n\ndata: [DONE]\n\n`;
  const streams = (upstream: ScriptedUpstream, text: string, cut = false) => {
    upstream.answer = (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(text.slice(0, 40));
      setTimeout(() => (cut ? response.destroy() : response.end(text.slice(40))), 20);
    };
  };
  const grader = { kind: "regex" as const, pattern: "^Answer: [A-D]$" };
  const good = events(["Answer", ": ", "A"]);
  const bad = events(["I do", " not know."]);

  test("is held back until it is graded, then passes byte for byte", async () => {
    await start(grader);
    streams(weak, good);
    const response = await cascade({ stream: true });
    expect(await response.text()).toBe(good);
    expect([header(response, "model"), header(response, "cascade")]).toEqual([weakName, `${weakName} 1.000`]);
    expect(strong.received).toHaveLength(0);
    expect(gateway!.records[0]).toMatchObject({ streamed: true, outputTokens: 6, steps: null });
    expect(gateway!.records[0].cost).toBeCloseTo(weakCost, 9);
  });

  test("that is refused is never seen: the last model's flows, ungraded, and both are paid", async () => {
    await start(grader);
    streams(weak, bad);
    streams(strong, bad);
    const response = await cascade({ stream: true });
    expect(await response.text()).toBe(bad);
    expect(header(response, "cascade")).toBe(`${weakName} 0.000, ${strongName}`);
    await until(() => gateway!.records.length === 1);
    const [record] = gateway!.records;
    expect(record.cost).toBeCloseTo(weakCost + strongCost, 9);
    expect(record.steps).toMatchObject([
      { model: weakName, as: "cascade", judged: 0 },
      { model: strongName, as: "cascade", judged: null },
    ]);
  });

  test("that breaks off has not been seen either: the next model answers", async () => {
    await start(grader);
    streams(weak, good, true);
    streams(strong, good);
    const response = await cascade({ stream: true });
    expect(await response.text()).toBe(good);
    expect(header(response, "model")).toBe(strongName);
  });

  test("is graded by its tokens' probabilities, of which the client sees none that it did not ask for", async () => {
    await start();
    streams(weak, events(["Answer", ": ", "A"], -0.01));
    const response = await cascade({ stream: true });
    const text = await response.text();
    expect(header(response, "cascade")).toBe(`${weakName} 0.990`);
    expect(text).not.toContain('logprob"');
    expect(text.match(/"content":"[^"]*"/g)).toEqual(good.match(/"content":"[^"]*"/g));
    streams(weak, events(["Answer", ": ", "A"], -3));
    streams(strong, good);
    expect(header(await cascade({ stream: true }), "model")).toBe(strongName);
    expect(JSON.parse(strong.received[0].body)).not.toHaveProperty("logprobs");
  });

  test("of the Messages and Responses APIs is graded by its text too", async () => {
    await start(grader);
    const piece = (event: object) => `data: ${JSON.stringify(event)}\n\n`;
    const responses = piece({ type: "response.output_text.delta", delta: "Answer: B" });
    streams(weak, responses);
    const stream = { model: "tripos/cascade", stream: true };
    const response = await gateway!.post("/v1/responses", { ...stream, input: "Is glass a liquid?" });
    expect([header(response, "cascade"), await response.text()]).toEqual([`${weakName} 1.000`, responses]);
    streams(weak, good);
    const { messages } = ask("Is glass a liquid?");
    const message = await gateway!.post("/v1/messages", { ...stream, messages, max_tokens: 9 });
    expect(header(message, "cascade")).toBe(`${weakName} 1.000`);
    expect(await message.text()).toContain("message_stop");
  });
});

test("a grader that is none of the models is refused", () => {
  expect(() =>
    parseConfig({
      upstreams: [{ name: "u", kind: "demonstration" }],
      models: [{ name: "m", upstream: "u" }],
      grader: { kind: "model", model: "other" },
    }),
  ).toThrow(/one of the models \(m\)/);
});
