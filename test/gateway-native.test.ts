import { crc32 } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { GatewayConfigInput } from "../src/gateway/index.ts";
import { chatAnswer, type ScriptedUpstream, scriptedUpstream, sendJson } from "./scripted-upstream.ts";
import { ask, type TestGateway, testGateway, until } from "./test-gateway.ts";

// Gemini and Bedrock asked in their own formats, on real sockets: servers that speak generateContent and Converse.

let upstream: ScriptedUpstream;
let fallback: ScriptedUpstream;
let gateway: TestGateway;

beforeEach(async () => {
  process.env.TRIPOS_TEST_PROVIDER_KEY = "provider-secret";
  [upstream, fallback] = [await scriptedUpstream(), await scriptedUpstream()];
});
afterEach(() => Promise.all([gateway.close(100), upstream.close(), fallback.close()]));

async function start(kind: "gemini" | "bedrock", path: string, more: object = {}): Promise<void> {
  const native = { name: "native", kind, baseUrl: upstream.url + path, retries: 0, ...more };
  const config: Partial<GatewayConfigInput> = {
    upstreams: [native, { name: "fallback", baseUrl: `${fallback.url}/v1` }],
    models: [
      { name: "native", upstream: "native", as: "the-model", price: { input: 1, output: 2 } },
      { name: "fallback", upstream: "fallback" },
    ],
  };
  gateway = await testGateway({ native: upstream.url, fallback: fallback.url }, { config });
}
const chat = (more = {}) =>
  gateway.post("/v1/chat/completions", ask("Is glass a liquid?", { model: "native", ...more }));
const sent = () => {
  const { path, headers, body } = upstream.received[0];
  return { path, headers, body: JSON.parse(body) as Record<string, unknown> };
};
interface Chunk {
  choices: {
    delta: { content?: string; tool_calls?: { function: { name?: string; arguments: string } }[] };
  }[];
  usage?: object;
}
const chunksOf = async (response: Response) => {
  const events = (await response.text()).trim().split("\n\n");
  expect(events.pop()).toBe("data: [DONE]");
  return events.map((event) => JSON.parse(event.slice(6)) as Chunk);
};
const weather = {
  tools: [
    {
      type: "function",
      function: { name: "weather", parameters: { type: "object", properties: { city: { type: "string" } } } },
    },
  ],
  tool_choice: "required",
};
/** A conversation in which the tool was called and has answered. */
const conversation = {
  messages: [
    { role: "system", content: "Be brief." },
    {
      role: "user",
      content: [
        { type: "text", text: "What is the weather here?" },
        { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } },
      ],
    },
    {
      role: "assistant",
      content: null,
      tool_calls: [
        { id: "call_1", type: "function", function: { name: "weather", arguments: '{"city":"Bern"}' } },
      ],
    },
    { role: "tool", tool_call_id: "call_1", content: "rain" },
  ],
  max_tokens: 50,
  temperature: 0,
};

describe("Gemini's generateContent", () => {
  const usage = { promptTokenCount: 60, candidatesTokenCount: 6, totalTokenCount: 66 };
  const answer = (parts: object[], finishReason?: string) =>
    JSON.stringify({
      candidates: [{ content: { role: "model", parts }, finishReason, index: 0 }],
      usageMetadata: usage,
    });
  const key = { keyFrom: { env: "TRIPOS_TEST_PROVIDER_KEY" } };

  test("is asked with everything that a conversation holds, and answers as a chat", async () => {
    await start("gemini", "/v1beta", key);
    upstream.answer = (_, response) => sendJson(response, answer([{ text: "Wet." }], "STOP"));
    const response = await chat({ ...conversation, ...weather });
    const body = (await response.json()) as object;
    expect(body).toMatchObject({
      object: "chat.completion",
      choices: [{ message: { role: "assistant", content: "Wet." }, finish_reason: "stop" }],
      usage: { prompt_tokens: 60, completion_tokens: 6, total_tokens: 66 },
    });
    expect(Number(response.headers.get("x-tripos-cost"))).toBeCloseTo(72e-6, 9);
    const { path, headers, body: request } = sent();
    expect(path).toBe("/v1beta/models/the-model:generateContent");
    expect(headers["x-goog-api-key"]).toBe("provider-secret");
    expect(request).toMatchObject({
      systemInstruction: { parts: [{ text: "Be brief." }] },
      generationConfig: { maxOutputTokens: 50, temperature: 0 },
      toolConfig: { functionCallingConfig: { mode: "ANY" } },
    });
    const words = JSON.stringify(request);
    for (const part of ["iVBORw0KGgo=", '"name":"weather","args":{"city":"Bern"}', "rain"])
      expect(words).toContain(part);
  });

  test("streams, and calls tools", async () => {
    await start("gemini", "/v1beta", key);
    upstream.answer = (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(`data: ${answer([{ text: "Let me " }])}\n\n`);
      response.write(`data: ${answer([{ text: "see." }])}\n\n`);
      const call = { functionCall: { name: "weather", args: { city: "Bern" } } };
      response.end(`data: ${answer([call], "STOP")}\n\n`);
    };
    const chunks = await chunksOf(await chat({ ...weather, stream: true }));
    const deltas = chunks.map(({ choices }) => choices[0].delta);
    expect(deltas.map(({ content = "" }) => content).join("")).toBe("Let me see.");
    const calls = deltas.flatMap(({ tool_calls = [] }) => tool_calls);
    expect(calls[0].function.name).toBe("weather");
    expect(JSON.parse(calls.map((each) => each.function.arguments).join(""))).toEqual({ city: "Bern" });
    expect(chunks.at(-1)).toMatchObject({
      choices: [{ finish_reason: "tool_calls" }],
      usage: { prompt_tokens: 60 },
    });
    expect(sent().path).toBe("/v1beta/models/the-model:streamGenerateContent?alt=sse");
    await until(() => gateway.records.length === 1);
    expect(gateway.records[0]).toMatchObject({ inputTokens: 60, outputTokens: 6, estimated: false });
  });

  test("answers Anthropic's clients too, and is passed over where it has no such endpoint", async () => {
    await start("gemini", "/v1beta", key);
    upstream.answer = (_, response) => sendJson(response, answer([{ text: "Wet." }], "STOP"));
    const { messages } = ask("q");
    const message = await gateway.post("/v1/messages", { model: "native", max_tokens: 9, messages });
    expect(await message.json()).toMatchObject({ type: "message", content: [{ text: "Wet." }] });
    const completion = await gateway.post("/v1/completions", { model: "tripos", prompt: "q" });
    expect(completion.headers.get("x-tripos-model")).toBe("fallback");
  });

  test("refusals come back, faults send the question on, hanging is given up", async () => {
    await start("gemini", "/v1beta", { ...key, timeouts: { first: 100 } });
    const refusal = { error: { code: 400, message: "Too hot.", status: "INVALID_ARGUMENT" } };
    upstream.answer = (_, response) => sendJson(response, JSON.stringify(refusal), 400);
    const refused = await chat();
    expect([refused.status, await refused.json()]).toMatchObject([400, { error: { message: "Too hot." } }]);
    fallback.answer = (_, response) => sendJson(response, chatAnswer());
    for (const fault of [
      (_: unknown, response: Parameters<typeof sendJson>[0]) => sendJson(response, "{}", 500),
      () => {},
    ]) {
      upstream.answer = fault;
      const response = await chat({ model: "tripos" });
      expect([response.status, response.headers.get("x-tripos-model")]).toEqual([200, "fallback"]);
    }
    const two = await chat({ model: "tripos", n: 2 });
    expect(two.headers.get("x-tripos-model")).toBe("fallback");
  });
});

describe("Bedrock's Converse", () => {
  const usage = { inputTokens: 60, outputTokens: 6, totalTokens: 66 };
  beforeEach(() => {
    process.env.AWS_ACCESS_KEY_ID = "AKIATEST";
    process.env.AWS_SECRET_ACCESS_KEY = "aws-secret";
  });
  afterEach(() => {
    delete process.env.AWS_ACCESS_KEY_ID;
    delete process.env.AWS_SECRET_ACCESS_KEY;
  });

  /** One message of Amazon's event stream: lengths, checksum, headers, payload, checksum. */
  function frame(type: string, payload: object): Buffer {
    const header = (name: string, value: string) =>
      Buffer.concat([
        Buffer.from([name.length]),
        Buffer.from(name),
        Buffer.from([7, 0, value.length]),
        Buffer.from(value),
      ]);
    const headers = Buffer.concat([
      header(":message-type", "event"),
      header(":event-type", type),
      header(":content-type", "application/json"),
    ]);
    const body = Buffer.from(JSON.stringify(payload));
    const whole = Buffer.alloc(16 + headers.length + body.length);
    whole.writeUInt32BE(whole.length, 0);
    whole.writeUInt32BE(headers.length, 4);
    whole.writeUInt32BE(crc32(whole.subarray(0, 8)), 8);
    headers.copy(whole, 12);
    body.copy(whole, 12 + headers.length);
    whole.writeUInt32BE(crc32(whole.subarray(0, -4)), whole.length - 4);
    return whole;
  }

  test("is asked with a signature and everything that a conversation holds", async () => {
    await start("bedrock", "", { region: "eu-west-1" });
    const message = { role: "assistant", content: [{ text: "Wet." }] };
    upstream.answer = (_, response) =>
      sendJson(response, JSON.stringify({ output: { message }, stopReason: "end_turn", usage }));
    const response = await chat({ ...conversation, ...weather });
    expect(await response.json()).toMatchObject({
      choices: [{ message: { content: "Wet." }, finish_reason: "stop" }],
      usage: { prompt_tokens: 60, completion_tokens: 6 },
    });
    const { path, headers, body } = sent();
    expect(path).toBe("/model/the-model/converse");
    expect(headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIATEST\/\d{8}\/eu-west-1\/bedrock\/aws4_request, SignedHeaders=\S+, Signature=[\da-f]{64}$/,
    );
    expect(body).toMatchObject({
      system: [{ text: "Be brief." }],
      inferenceConfig: { maxTokens: 50, temperature: 0 },
      toolConfig: { tools: [{ toolSpec: { name: "weather" } }], toolChoice: { any: {} } },
    });
    const words = JSON.stringify(body);
    for (const part of ["iVBORw0KGgo=", '"toolUse"', '"toolResult"', "rain"]) expect(words).toContain(part);
  });

  test("is asked with an API key where there is one", async () => {
    await start("bedrock", "", { region: "eu-west-1", keyFrom: { env: "TRIPOS_TEST_PROVIDER_KEY" } });
    upstream.answer = (_, response) => sendJson(response, "{}", 500);
    expect((await chat()).status).toBe(502);
    expect(sent().headers.authorization).toBe("Bearer provider-secret");
  });

  test("streams Amazon's frames, and calls tools", async () => {
    await start("bedrock", "", { region: "eu-west-1" });
    const index = { contentBlockIndex: 0 };
    const stream = Buffer.concat([
      frame("messageStart", { role: "assistant" }),
      frame("contentBlockDelta", { ...index, delta: { text: "Let me " } }),
      frame("contentBlockDelta", { ...index, delta: { text: "see." } }),
      frame("contentBlockStop", index),
      frame("contentBlockStart", {
        contentBlockIndex: 1,
        start: { toolUse: { toolUseId: "t1", name: "weather" } },
      }),
      frame("contentBlockDelta", { contentBlockIndex: 1, delta: { toolUse: { input: '{"city":' } } }),
      frame("contentBlockDelta", { contentBlockIndex: 1, delta: { toolUse: { input: '"Bern"}' } } }),
      frame("contentBlockStop", { contentBlockIndex: 1 }),
      frame("messageStop", { stopReason: "tool_use" }),
      frame("metadata", { usage }),
    ]);
    upstream.answer = (_, response) => {
      response.writeHead(200, { "content-type": "application/vnd.amazon.eventstream" });
      response.write(stream.subarray(0, 300)); // In the middle of a frame.
      setTimeout(() => response.end(stream.subarray(300)), 20);
    };
    const chunks = await chunksOf(await chat({ ...weather, stream: true }));
    const deltas = chunks.map(({ choices }) => choices[0].delta);
    expect(deltas.map(({ content = "" }) => content).join("")).toBe("Let me see.");
    const calls = deltas.flatMap(({ tool_calls = [] }) => tool_calls);
    expect(calls[0]).toMatchObject({ index: 0, id: "t1", function: { name: "weather" } });
    expect(calls.map((each) => each.function.arguments).join("")).toBe('{"city":"Bern"}');
    expect(chunks.at(-1)).toMatchObject({
      choices: [{ finish_reason: "tool_calls" }],
      usage: { prompt_tokens: 60, completion_tokens: 6 },
    });
    expect(sent().path).toBe("/model/the-model/converse-stream");
  });
});
