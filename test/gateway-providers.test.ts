import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { discoverUpstreams, type GatewayConfigInput } from "../src/gateway/index.ts";
import { chatAnswer, type ScriptedUpstream, scriptedUpstream, sendJson } from "./scripted-upstream.ts";
import { ask, type TestGateway, testGateway } from "./test-gateway.ts";

type UpstreamInput = GatewayConfigInput["upstreams"][number];

let upstream: ScriptedUpstream;
let fallback: ScriptedUpstream;
let gateway: TestGateway;

beforeEach(async () => {
  process.env.TRIPOS_TEST_PROVIDER_KEY = "provider-secret";
  [upstream, fallback] = [await scriptedUpstream(), await scriptedUpstream()];
});
afterEach(() => Promise.all([gateway.close(100), upstream.close(), fallback.close()]));

/** A gateway in front of a server that plays the provider below `path`; the model "m" is its own `as`. */
async function provider(path: string, as: string, more: Partial<UpstreamInput> = {}): Promise<void> {
  gateway = await testGateway(
    { m: upstream.url, fallback: fallback.url },
    {
      config: {
        upstreams: [
          {
            name: "m",
            baseUrl: upstream.url + path,
            keyFrom: { env: "TRIPOS_TEST_PROVIDER_KEY" },
            retries: 0,
            ...more,
          },
          { name: "fallback", baseUrl: `${fallback.url}/v1` },
        ],
        models: [
          { name: "m", upstream: "m", as },
          { name: "fallback", upstream: "fallback" },
        ],
      },
    },
  );
}

const chat = (more = {}) => gateway.post("/v1/chat/completions", ask("q", more));
const sent = () => {
  const [{ path, headers, body }] = upstream.received;
  return { path, headers, body: JSON.parse(body) as Record<string, unknown> };
};

describe("Azure OpenAI", () => {
  beforeEach(() => provider("", "my deployment", { kind: "azure", apiVersion: "2025-01-01-preview" }));

  test("is asked at the deployment's path with its version, and by the api-key header", async () => {
    expect((await chat()).status).toBe(200);
    const { path, headers } = sent();
    expect(path).toBe("/openai/deployments/my%20deployment/chat/completions?api-version=2025-01-01-preview");
    expect(headers["api-key"]).toBe("provider-secret");
    expect(headers.authorization).toBeUndefined();
  });

  test("streams that begin with the verdict on the prompt pass byte for byte", async () => {
    const stream =
      'data: {"choices":[],"prompt_filter_results":[{"prompt_index":0}]}\n\ndata: {"choices":[{"index":0,"delta":{"content":"B"}}]}\n\ndata: [DONE]\n\n';
    upstream.answer = (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
      response.end(stream);
    };
    expect(await (await chat({ stream: true })).text()).toBe(stream);
  });

  test("a prompt that its content filter refuses comes back as it said it: the client's own mistake", async () => {
    const refusal = '{"error":{"code":"content_filter","message":"filtered","status":400}}';
    upstream.answer = (_, response) => sendJson(response, refusal, 400);
    const response = await chat();
    expect([response.status, await response.text()]).toEqual([400, refusal]);
    expect(fallback.received).toHaveLength(0);
  });

  test("embeddings go to their deployment", async () => {
    upstream.answer = (_, response) =>
      sendJson(response, '{"object":"list","data":[],"usage":{"prompt_tokens":3,"total_tokens":3}}');
    expect((await gateway.post("/v1/embeddings", { model: "m", input: "x" })).status).toBe(200);
    expect(sent().path).toMatch(/^\/openai\/deployments\/my%20deployment\/embeddings\?api-version=/);
  });
});

describe("Gemini", () => {
  beforeEach(() => provider("/v1beta/openai", "gemini-2.5-flash"));

  test("is asked at its OpenAI-compatible address, its own fields untouched", async () => {
    const extra = { google: { thinking_config: { thinking_budget: 0 } } };
    const response = await chat({ extra_body: extra, reasoning_effort: "low" });
    expect(response.headers.get("x-tripos-model")).toBe("m");
    const { path, headers, body } = sent();
    expect(path).toBe("/v1beta/openai/chat/completions");
    expect(headers.authorization).toBe("Bearer provider-secret");
    expect(body).toMatchObject({
      model: "gemini-2.5-flash",
      extra_body: extra,
      reasoning_effort: "low",
    });
  });

  test("its errors, lists with one error in them, send the question on or come back as they are", async () => {
    const error = (code: number, status: string) =>
      `[{"error":{"code":${code},"message":"m","status":"${status}"}}]`;
    upstream.answer = (_, response) => sendJson(response, error(429, "RESOURCE_EXHAUSTED"), 429);
    expect((await chat()).headers.get("x-tripos-model")).toBe("fallback");
    upstream.answer = (_, response) => sendJson(response, error(400, "INVALID_ARGUMENT"), 400);
    const response = await chat();
    expect([response.status, await response.text()]).toEqual([400, error(400, "INVALID_ARGUMENT")]);
  });
});

describe("Mistral", () => {
  beforeEach(() => provider("/v1", "mistral-small-latest"));

  test("is asked at its address, its own fields untouched; its parts of content pass", async () => {
    const answer = chatAnswer().replace(
      '"content":"B"',
      '"content":[{"type":"thinking","thinking":[{"type":"text","text":"t"}]},{"type":"text","text":"B"}]',
    );
    upstream.answer = (_, response) => sendJson(response, answer);
    const response = await chat({ safe_prompt: true, random_seed: 1 });
    expect(await response.text()).toBe(answer);
    const { path, headers, body } = sent();
    expect(path).toBe("/v1/chat/completions");
    expect(headers.authorization).toBe("Bearer provider-secret");
    expect(body).toMatchObject({ model: "mistral-small-latest", safe_prompt: true, random_seed: 1 });
    expect(gateway.records[0]).toMatchObject({ inputTokens: 60, outputTokens: 6, estimated: false });
  });

  test("what it refuses as unprocessable comes back as it said it", async () => {
    const refusal =
      '{"object":"error","message":{"detail":[{"type":"missing"}]},"type":"invalid_request_error"}';
    upstream.answer = (_, response) => sendJson(response, refusal, 422);
    const response = await chat();
    expect([response.status, await response.text()]).toEqual([422, refusal]);
  });
});

describe("Amazon Bedrock", () => {
  test("is asked at its OpenAI-compatible address by an API key", async () => {
    await provider("/openai/v1", "openai.gpt-oss-20b-1:0");
    expect((await chat()).status).toBe(200);
    const { path, headers, body } = sent();
    expect(path).toBe("/openai/v1/chat/completions");
    expect(headers.authorization).toBe("Bearer provider-secret");
    expect(body.model).toBe("openai.gpt-oss-20b-1:0");
  });

  test("is found by its key and region", async () => {
    await provider("/openai/v1", "x");
    const environment = { AWS_BEARER_TOKEN_BEDROCK: "k", AWS_REGION: "eu-west-1" };
    const found = await discoverUpstreams({ environment, servers: [] });
    expect(found).toEqual([
      {
        upstream: {
          name: "bedrock",
          baseUrl: "https://bedrock-runtime.eu-west-1.amazonaws.com/openai/v1",
          keyFrom: { env: "AWS_BEARER_TOKEN_BEDROCK" },
        },
        models: [],
      },
    ]);
  });
});
