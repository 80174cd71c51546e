import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { InputError } from "../input-error.ts";
import { openAiEmbedder } from "./openai.ts";

interface Asked {
  readonly url: string | undefined;
  readonly key: string | undefined;
  readonly body: { input: string[]; model: string };
}
type Answer = (request: Asked, response: ServerResponse, count: number) => void;

let close = async () => {};
afterEach(() => close());

/** A server on a free port that answers the n-th request with `answer`; returns its address and what it was asked. */
async function serve(answer: Answer): Promise<{ baseUrl: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer(async (request: IncomingMessage, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const one = {
      url: request.url,
      key: request.headers.authorization,
      body: JSON.parse(text) as Asked["body"],
    };
    asked.push(one);
    answer(one, response, asked.length);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  close = () =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, asked };
}

const lengths: Answer = ({ body }, response) => {
  const data = body.input.map((text, index) => ({ index, embedding: [text.length, index, 0.5] }));
  response.end(JSON.stringify({ data: data.reverse() }));
};

test("texts go out in batches and come back in their order", async () => {
  const { baseUrl, asked } = await serve(lengths);
  const done: number[] = [];
  const embedder = openAiEmbedder({
    baseUrl,
    model: "m",
    apiKey: "secret",
    batch: 2,
    onProgress: (n) => done.push(n),
  });
  const { values, dims, source } = await embedder.embed(["a", "bb", "ccc", "dddd", ""]);
  expect(dims).toBe(3);
  expect([0, 1, 2, 3, 4].map((i) => values[3 * i])).toEqual([1, 2, 3, 4, 1]);
  expect(source.name).toBe("openai:m");
  expect(done).toEqual([2, 4, 5]);
  expect(asked.map(({ body }) => body.input.length)).toEqual([2, 2, 1]);
  expect(asked[0]).toMatchObject({ url: "/v1/embeddings", key: "Bearer secret", body: { model: "m" } });
});

test("a busy server is asked again, after the time it asks for", async () => {
  const { baseUrl, asked } = await serve((request, response, count) => {
    if (count === 1)
      response.writeHead(429, { "retry-after": "0.05" }).end('{"error":{"message":"slow down"}}');
    else if (count === 2) response.writeHead(503).end("<html>");
    else if (count === 3) response.destroy();
    else lengths(request, response, count);
  });
  const { values } = await openAiEmbedder({ baseUrl, model: "m", firstDelay: 1 }).embed(["abc"]);
  expect(values[0]).toBe(3);
  expect(asked.length).toBe(4);
});

test.each<[string, Answer, RegExp]>([
  [
    "a wrong key",
    (_, r) => r.writeHead(401).end('{"error":{"message":"bad key"}}'),
    /status 401: "bad key"[\s\S]*OPENAI_API_KEY/,
  ],
  [
    "an unknown model",
    (_, r) => r.writeHead(404).end('{"error":"no such model"}'),
    /no such model[\s\S]*model's name/,
  ],
  ["a page instead of JSON", (_, r) => r.end("<html>hello</html>"), /not a list of embeddings.*hello/],
  ["too few embeddings", (_, r) => r.end('{"data":[]}'), /not a list of embeddings/],
  ["words for numbers", (_, r) => r.end('{"data":[{"embedding":["x"]}]}'), /entry 0/],
  ["an index out of place", (_, r) => r.end('{"data":[{"index":7,"embedding":[1]}]}'), /nothing for text 0/],
  ["a number that is none", (_, r) => r.end('{"data":[{"embedding":[1e999]}]}'), /not a finite number/],
  ["a server that stays down", (_, r) => r.writeHead(500).end(), /cannot be used.*status 500/],
  ["a server that hangs", () => {}, /cannot be used.*no answer within 0.2 s/],
])("%s is one clear error", async (_, answer, message) => {
  const { baseUrl } = await serve(answer);
  const embedding = openAiEmbedder({ baseUrl, model: "m", attempts: 3, firstDelay: 1, timeout: 200 }).embed([
    "x",
  ]);
  await expect(embedding).rejects.toThrow(message);
  await expect(embedding).rejects.toBeInstanceOf(InputError);
});

test("nobody there, and an address that is none", async () => {
  const { baseUrl } = await serve(lengths);
  await close();
  const options = { model: "m", attempts: 2, firstDelay: 1 };
  await expect(openAiEmbedder({ ...options, baseUrl }).embed(["x"])).rejects.toThrow(
    /ECONNREFUSED|cannot be used/,
  );
  expect(() => openAiEmbedder({ ...options, baseUrl: "localhost:8000" })).toThrow(/no address of a server/);
});
