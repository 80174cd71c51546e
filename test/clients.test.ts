import { createOpenAI } from "@ai-sdk/openai";
import Anthropic from "@anthropic-ai/sdk";
import { generateText, streamText } from "ai";
import OpenAI from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { chatAnswer, type ScriptedUpstream, scriptedUpstream, sendJson } from "./scripted-upstream.ts";
import { type TestGateway, testGateway } from "./test-gateway.ts";

let openaiUpstream: ScriptedUpstream;
let anthropicUpstream: ScriptedUpstream;
let gateway: TestGateway;
let demonstration: TestGateway;
let openai: OpenAI;
let anthropic: Anthropic;

beforeAll(async () => {
  [openaiUpstream, anthropicUpstream] = [await scriptedUpstream(), await scriptedUpstream()];
  process.env.TRIPOS_TEST_UPSTREAM_KEY = "upstream-secret";
  gateway = await testGateway(
    { gpt: openaiUpstream.url, claude: anthropicUpstream.url },
    {
      config: {
        upstreams: [
          { name: "gpt", baseUrl: `${openaiUpstream.url}/v1`, keyFrom: { env: "TRIPOS_TEST_UPSTREAM_KEY" } },
          {
            name: "claude",
            kind: "anthropic",
            baseUrl: `${anthropicUpstream.url}/v1`,
            keyFrom: { env: "TRIPOS_TEST_UPSTREAM_KEY" },
          },
        ],
      },
    },
  );
  demonstration = await testGateway(
    { demo: "" },
    { config: { upstreams: [{ name: "demo", kind: "demonstration" }] } },
  );
  openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: "unused", maxRetries: 0 });
  anthropic = new Anthropic({ baseURL: gateway.url, apiKey: "unused", maxRetries: 0 });
});
afterAll(async () => {
  await Promise.all([
    gateway.close(100),
    demonstration.close(100),
    openaiUpstream.close(),
    anthropicUpstream.close(),
  ]);
});
beforeEach(() => {
  openaiUpstream.received.length = 0;
  anthropicUpstream.received.length = 0;
  openaiUpstream.answer = (_, response) => sendJson(response, chatAnswer());
});

const events = (...list: object[]) => list.map((data) => `data: ${JSON.stringify(data)}\n\n`).join("");
const named = (...list: ({ type: string } & Record<string, unknown>)[]) =>
  list.map((data) => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`).join("");
const sendEvents = (text: string) => (_: unknown, response: Parameters<ScriptedUpstream["answer"]>[1]) => {
  response.writeHead(200, { "content-type": "text/event-stream" });
  // In pieces that cut lines and characters, as networks do.
  for (let i = 0; i < text.length; i += 37) response.write(text.slice(i, i + 37));
  response.end();
};
const tool = {
  type: "function" as const,
  function: {
    name: "weather",
    description: "d",
    parameters: { type: "object", properties: { city: { type: "string" } } },
  },
};
const messages = [{ role: "user" as const, content: "Weather in Rome?" }];

describe("the openai client", () => {
  test("chats, with the reasons in the headers", async () => {
    const { data, response } = await openai.chat.completions
      .create({ model: "tripos", messages })
      .withResponse();
    expect(data.choices[0].message.content).toBe("B");
    expect(response.headers.get("x-tripos-model")).toBe("gpt");
    expect(openaiUpstream.received[0].headers.authorization).toBe("Bearer upstream-secret");
  });

  test("streams", async () => {
    const chunk = (content: string) => ({
      id: "1",
      object: "chat.completion.chunk",
      choices: [{ index: 0, delta: { content } }],
    });
    openaiUpstream.answer = sendEvents(`${events(chunk("Su"), chunk("nny é"))}data: [DONE]\n\n`);
    let text = "";
    for await (const part of await openai.chat.completions.create({
      model: "tripos",
      messages,
      stream: true,
    }))
      text += part.choices[0].delta.content;
    expect(text).toBe("Sunny é");
  });

  test("lists models, embeds, completes, responds", async () => {
    const client = new OpenAI({ baseURL: `${demonstration.url}/v1`, apiKey: "unused" });
    const ids = [];
    for await (const { id } of client.models.list()) ids.push(id);
    expect(ids).toEqual(["tripos", "tripos/cheap", "demo"]);
    const embedded = await client.embeddings.create({ model: "demo", input: "x", encoding_format: "float" });
    expect(embedded.data).toHaveLength(1);
    expect((await client.completions.create({ model: "tripos", prompt: "x" })).choices[0].text).toContain(
      "demo",
    );
    expect((await client.responses.create({ model: "tripos", input: "x" })).output_text).toContain("demo");
    let text = "";
    for await (const event of await client.responses.create({ model: "tripos", input: "x", stream: true }))
      if (event.type === "response.output_text.delta") text += event.delta;
    expect(text).toContain("demo");
  });

  test("raises its own kinds of errors", async () => {
    await expect(openai.chat.completions.create({ model: "nope", messages })).rejects.toBeInstanceOf(
      OpenAI.NotFoundError,
    );
    await expect(openai.chat.completions.create({ model: "", messages })).rejects.toBeInstanceOf(
      OpenAI.BadRequestError,
    );
  });

  test("talks to an Anthropic upstream, tools and all", async () => {
    anthropicUpstream.answer = (_, response) =>
      sendJson(
        response,
        JSON.stringify({
          id: "msg_1",
          type: "message",
          role: "assistant",
          model: "claude",
          content: [
            { type: "text", text: "Let me look." },
            { type: "tool_use", id: "tu_1", name: "weather", input: { city: "Rome" } },
          ],
          stop_reason: "tool_use",
          usage: { input_tokens: 10, output_tokens: 5 },
        }),
      );
    const answer = await openai.chat.completions.create({
      model: "claude",
      messages: [{ role: "system", content: "Be brief." }, ...messages],
      tools: [tool],
      tool_choice: "required",
      stop: "END",
    });
    const sent = anthropicUpstream.received[0];
    expect([sent.path, sent.headers["x-api-key"], sent.headers.authorization]).toEqual([
      "/v1/messages",
      "upstream-secret",
      undefined,
    ]);
    expect(JSON.parse(sent.body)).toEqual({
      model: "claude",
      max_tokens: 4096,
      system: "Be brief.",
      messages: [{ role: "user", content: [{ type: "text", text: "Weather in Rome?" }] }],
      tools: [{ name: "weather", description: "d", input_schema: tool.function.parameters }],
      tool_choice: { type: "any" },
      stop_sequences: ["END"],
    });
    const [choice] = answer.choices;
    expect(choice.finish_reason).toBe("tool_calls");
    expect(choice.message.content).toBe("Let me look.");
    expect(choice.message.tool_calls).toEqual([
      { id: "tu_1", type: "function", function: { name: "weather", arguments: '{"city":"Rome"}' } },
    ]);
    expect(answer.usage).toMatchObject({ prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 });
  });

  test("streams from an Anthropic upstream", async () => {
    anthropicUpstream.answer = sendEvents(
      named(
        {
          type: "message_start",
          message: { id: "msg_1", model: "claude", usage: { input_tokens: 7, output_tokens: 1 } },
        },
        { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
        { type: "ping" },
        { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Sunny" } },
        { type: "content_block_stop", index: 0 },
        {
          type: "content_block_start",
          index: 1,
          content_block: { type: "tool_use", id: "tu_1", name: "weather", input: {} },
        },
        {
          type: "content_block_delta",
          index: 1,
          delta: { type: "input_json_delta", partial_json: '{"city":' },
        },
        {
          type: "content_block_delta",
          index: 1,
          delta: { type: "input_json_delta", partial_json: '"Rome"}' },
        },
        { type: "message_delta", delta: { stop_reason: "tool_use" }, usage: { output_tokens: 9 } },
        { type: "message_stop" },
      ),
    );
    const stream = openai.chat.completions.stream({ model: "claude", messages });
    const final = await stream.finalChatCompletion();
    expect(final.choices[0].message.content).toBe("Sunny");
    expect(final.choices[0].message.tool_calls?.[0]).toMatchObject({
      id: "tu_1",
      function: { arguments: '{"city":"Rome"}' },
    });
    expect(gateway.records.at(-1)).toMatchObject({ inputTokens: 7, outputTokens: 9, estimated: false });
  });
});

describe("the Anthropic client", () => {
  const request = { model: "tripos", max_tokens: 50, messages };

  test("talks to an OpenAI upstream", async () => {
    const { data, response } = await anthropic.messages
      .create({
        ...request,
        system: "Be brief.",
        messages: [
          ...messages,
          {
            role: "assistant",
            content: [{ type: "tool_use", id: "c1", name: "weather", input: { city: "Rome" } }],
          },
          { role: "user", content: [{ type: "tool_result", tool_use_id: "c1", content: "sunny" }] },
        ],
        tools: [{ name: "weather", input_schema: { type: "object" } }],
      })
      .withResponse();
    expect(response.headers.get("x-tripos-model")).toBe("gpt");
    expect(data).toMatchObject({
      id: expect.stringMatching(/^msg_(?!chatcmpl)./),
      type: "message",
      content: [{ type: "text", text: "B" }],
      stop_reason: "end_turn",
      usage: { input_tokens: 60, output_tokens: 6 },
    });
    expect(JSON.parse(openaiUpstream.received[0].body)).toEqual({
      model: "gpt",
      max_tokens: 50,
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Weather in Rome?" },
        {
          role: "assistant",
          content: null,
          tool_calls: [
            { id: "c1", type: "function", function: { name: "weather", arguments: '{"city":"Rome"}' } },
          ],
        },
        { role: "tool", tool_call_id: "c1", content: "sunny" },
      ],
      tools: [{ type: "function", function: { name: "weather", parameters: { type: "object" } } }],
    });
  });

  test("streams from an OpenAI upstream", async () => {
    const chunk = (delta: object, finish_reason: string | null = null) => ({
      id: "1",
      model: "gpt",
      choices: [{ index: 0, delta, finish_reason }],
    });
    openaiUpstream.answer = sendEvents(
      `${events(
        chunk({ role: "assistant", content: "" }),
        chunk({ content: "Let me " }),
        chunk({ content: "look" }),
        chunk({ tool_calls: [{ index: 0, id: "c1", function: { name: "weather", arguments: "" } }] }),
        chunk({ tool_calls: [{ index: 0, function: { arguments: '{"city":"Rome"}' } }] }),
        chunk({}, "tool_calls"),
        { id: "1", choices: [], usage: { prompt_tokens: 8, completion_tokens: 4 } },
      )}data: [DONE]\n\n`,
    );
    const final = await anthropic.messages.stream(request).finalMessage();
    expect(final.id).toBe("msg_1");
    expect(final.content).toMatchObject([
      { type: "text", text: "Let me look" },
      { type: "tool_use", id: "c1", name: "weather", input: { city: "Rome" } },
    ]);
    expect([final.stop_reason, final.usage.output_tokens]).toEqual(["tool_use", 4]);
    expect(JSON.parse(openaiUpstream.received[0].body).stream_options).toEqual({ include_usage: true });
  });

  test("is passed through to an Anthropic upstream byte for byte", async () => {
    const answer =
      '{"id":"msg_1","type":"message","role":"assistant","content":[{"type":"text","text":"é"}],"usage":{"input_tokens":1,"output_tokens":2}}';
    anthropicUpstream.answer = (_, response) => sendJson(response, answer);
    const response = await gateway.post(
      "/v1/messages",
      '{"model": "claude", "max_tokens": 1.0, "messages": []}',
      { "anthropic-beta": "x" },
    );
    expect(await response.text()).toBe(answer);
    expect(anthropicUpstream.received[0].body).toBe('{"model": "claude", "max_tokens": 1.0, "messages": []}');
    expect(anthropicUpstream.received[0].headers["anthropic-beta"]).toBe("x");
  });

  test("raises its own kinds of errors", async () => {
    await expect(anthropic.messages.create({ ...request, model: "nope" })).rejects.toBeInstanceOf(
      Anthropic.NotFoundError,
    );
  });
});

describe("the Vercel AI SDK", () => {
  test("generates and streams through its OpenAI provider", async () => {
    const provider = createOpenAI({ baseURL: `${demonstration.url}/v1`, apiKey: "unused" });
    expect((await generateText({ model: provider.chat("tripos"), prompt: "x" })).text).toContain("demo");
    let text = "";
    for await (const piece of streamText({ model: provider.chat("tripos"), prompt: "x" }).textStream)
      text += piece;
    expect(text).toContain("demo");
    expect((await generateText({ model: provider.responses("tripos"), prompt: "x" })).text).toContain("demo");
  });
});
