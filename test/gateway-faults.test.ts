import { connect } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { chatAnswer, type ScriptedUpstream, scriptedUpstream, sendJson } from "./scripted-upstream.ts";
import { ask, type TestGateway, testGateway, until } from "./test-gateway.ts";

// The table of faults and attacks in docs/gateway.md: each row is a test here, in store.test.ts or in
// gateway-process.test.ts.

let first: ScriptedUpstream;
let second: ScriptedUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  [first, second] = [await scriptedUpstream(), await scriptedUpstream()];
});
afterAll(async () => {
  await Promise.all([first.close(), second.close()]);
});
beforeEach(async () => {
  for (const upstream of [first, second]) {
    upstream.received.length = 0;
    upstream.answer = (_, response) => sendJson(response, chatAnswer());
  }
  await start();
});
afterEach(() => gateway.close(50));

const quick = { timeouts: { connect: "500ms", first: "300ms", idle: "300ms" }, retries: 0 };
async function start(upstream: object = quick, config = {}): Promise<void> {
  await gateway?.close(50);
  gateway = await testGateway({ strong: first.url, weak: second.url }, { upstream, config });
}
const chat = (more = {}) => gateway.post("/v1/chat/completions", ask("q", more));
const modelOf = (response: Response) => response.headers.get("x-tripos-model");
const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const startEvents = (response: Parameters<ScriptedUpstream["answer"]>[1]) =>
  response.writeHead(200, { "content-type": "text/event-stream" });

describe("an upstream that", () => {
  test("refuses connections: the next model answers", async () => {
    const gone = await scriptedUpstream();
    await gone.close();
    const other = await testGateway({ gone: gone.url, weak: second.url }, { upstream: quick });
    expect(modelOf(await other.post("/v1/chat/completions", ask()))).toBe("weak");
    await other.close(50);
  });

  test("hangs before its headers: the next model answers", async () => {
    first.answer = () => {};
    expect(modelOf(await chat())).toBe("weak");
  });

  test("hangs after its headers: the next model answers", async () => {
    first.answer = (_, response) => startEvents(response).flushHeaders();
    expect(modelOf(await chat({ stream: true }))).toBe("weak");
  });

  test.each([
    [
      "hangs mid-stream",
      (_: unknown, response: Parameters<ScriptedUpstream["answer"]>[1]) =>
        void startEvents(response).write("data: {}\n\n"),
    ],
    [
      "cuts mid-chunk",
      async (_: unknown, response: Parameters<ScriptedUpstream["answer"]>[1]) => {
        startEvents(response).write('data: {}\n\ndata: {"half');
        await wait(50);
        response.destroy();
      },
    ],
  ])("%s: the client is told by an error event, and nobody else is asked", async (_, answer) => {
    first.answer = answer;
    const text = await (await chat({ stream: true })).text();
    expect(text.startsWith("data: {}\n\n")).toBe(true);
    expect(text).toMatch(
      /\n\ndata: \{"error":\{"message":"The upstream broke off[^\n]*"code":"upstream_cut"\}\}\n\n$/,
    );
    expect(text).not.toContain("[DONE]");
    expect(second.received).toHaveLength(0);
    await until(() => gateway.records.length === 1);
    expect(gateway.records[0].outcome).toBe("cut");
  });

  test.each([
    ["HTML", "text/html", "<html>Bad gateway</html>"],
    ["invalid JSON", "application/json", '{"id": "x", '],
    ["nothing", "application/json", ""],
  ])("sends %s: the next model answers", async (_, type, body) => {
    first.answer = (_, response) => {
      response.writeHead(200, { "content-type": type });
      response.end(body);
    };
    expect(modelOf(await chat())).toBe("weak");
  });

  test("sends what cannot be translated: the next model answers, and no place in its queue is lost", async () => {
    await start({ ...quick, concurrency: 1, queue: 0, breaker: { failures: 100, cooldown: "1s" } });
    const broken = { ...JSON.parse(chatAnswer()), choices: [] };
    first.answer = (_, response) => sendJson(response, JSON.stringify(broken));
    const message = () => gateway.post("/v1/messages", { ...ask(), max_tokens: 9 });
    for (let i = 0; i < 3; i++) expect(modelOf(await message())).toBe("weak");
    expect(first.received).toHaveLength(3);
    first.answer = (_, response) => {
      startEvents(response);
      response.end(": nothing\n\ndata: {not json\n\n");
    };
    for (let i = 0; i < 3; i++)
      expect(
        modelOf(await gateway.post("/v1/messages", { ...ask("q", { stream: true }), max_tokens: 9 })),
      ).toBe("weak");
    expect(first.received).toHaveLength(6);
  });

  test("answers 429 with a short retry-after: it is asked again after that time", async () => {
    await start({ ...quick, retries: 1 });
    const begun = performance.now();
    first.answer = (_, response) =>
      first.received.length === 1
        ? sendJson(response, "{}", 429, { "retry-after": "1" })
        : sendJson(response, chatAnswer());
    expect(modelOf(await chat())).toBe("strong");
    expect(performance.now() - begun).toBeGreaterThanOrEqual(990);
  });

  test("answers 429 with a long retry-after: the next model answers at once", async () => {
    await start({ ...quick, retries: 3 });
    first.answer = (_, response) => sendJson(response, "{}", 429, { "retry-after": "60" });
    expect(modelOf(await chat())).toBe("weak");
    expect(first.received).toHaveLength(1);
    second.answer = first.answer;
    const response = await chat();
    expect([response.status, response.headers.get("retry-after")]).toEqual([429, "60"]);
  });

  test("storms with 500: it is left alone, then tried again", async () => {
    await start({ ...quick, breaker: { failures: 3, cooldown: "400ms" } });
    first.answer = (_, response) => sendJson(response, "{}", 500);
    for (let i = 0; i < 10; i++) expect(modelOf(await chat())).toBe("weak");
    expect(first.received).toHaveLength(3);
    const { upstreams } = (await (await fetch(`${gateway.url}/readyz`)).json()) as { upstreams: object[] };
    expect(upstreams[0]).toMatchObject({ name: "strong", state: "open" });
    first.answer = (_, response) => sendJson(response, chatAnswer());
    await wait(450);
    expect(modelOf(await chat())).toBe("strong");
  });

  test("is the last one to fail: the client is told in OpenAI's shape, without the upstream's words", async () => {
    const secret = '{"error":{"message":"Incorrect API key provided: sk-leak"}}';
    for (const upstream of [first, second])
      upstream.answer = (_, response) => sendJson(response, secret, 401);
    const response = await chat();
    expect(response.status).toBe(502);
    const text = await response.text();
    expect(text).toContain("strong answered 401; weak answered 401");
    expect(text).not.toContain("sk-leak");
  });

  test("sends 100 MB: it flows through", async () => {
    const piece = Buffer.alloc(1024 ** 2, "x");
    first.answer = async (_, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.write('"');
      for (let i = 0; i < 100; i++)
        if (!response.write(piece)) await new Promise((resolve) => response.once("drain", resolve));
      response.end('"');
    };
    const before = process.memoryUsage().arrayBuffers;
    let size = 0;
    let most = 0;
    for await (const bytes of (await chat()).body as unknown as AsyncIterable<Uint8Array>) {
      size += bytes.length;
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }
    expect(size).toBe(100 * 1024 ** 2 + 2);
    expect(most).toBeLessThan(80 * 1024 ** 2);
  });

  test("drips slowly: each piece arrives as it is sent", async () => {
    first.answer = async (_, response) => {
      startEvents(response);
      for (let i = 0; i < 6; i++) {
        response.write(`data: ${i}\n\n`);
        await wait(60);
      }
      response.end();
    };
    const times: number[] = [];
    for await (const _ of (await chat({ stream: true })).body as unknown as AsyncIterable<Uint8Array>)
      times.push(performance.now());
    expect(times.length).toBeGreaterThanOrEqual(5);
    expect(times.at(-1)! - times[0]).toBeGreaterThan(200);
  });

  test("is slower than usual: the next model is asked too, and the first answer wins", async () => {
    await start({ ...quick, timeouts: { first: "5s" }, hedgeAfter: 0.9 });
    for (let i = 0; i < 24; i++) await chat();
    first.answer = () => {};
    const response = await chat();
    expect(modelOf(response)).toBe("weak");
    await first.received.at(-1)!.closed;
    // The loser has read the question, which its upstream charges.
    const { steps, cost } = gateway.records.at(-1)!;
    expect(steps).toMatchObject([
      { model: "strong", as: "hedge", outputTokens: 0 },
      { model: "weak", as: "hedge", cost: 72e-6 },
    ]);
    expect(cost).toBeGreaterThan(72e-6);
  });

  test("is full: requests wait their turn, and are turned away when the queue is full too", async () => {
    await start({ ...quick, concurrency: 1, queue: 1 });
    const gate = { open: () => {} };
    const opened = new Promise<void>((resolve) => {
      gate.open = resolve;
    });
    first.answer = async (_, response) => {
      await opened;
      sendJson(response, chatAnswer());
    };
    const answers = [chat({ model: "strong" }), chat({ model: "strong" }), chat({ model: "strong" })];
    await until(() => first.received.length === 1);
    await wait(50);
    expect(first.received).toHaveLength(1);
    gate.open();
    const statuses = (await Promise.all(answers)).map(({ status }) => status).toSorted();
    expect(statuses).toEqual([200, 200, 502]);
  });
});

/** Sends raw bytes and returns all that comes back until the connection closes. */
function raw(bytes: string | Buffer, patience = 3000): Promise<string> {
  const { port } = new URL(gateway.url);
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(Number(port), "127.0.0.1", () => socket.write(bytes));
    socket.setTimeout(patience, () => socket.destroy());
    socket.on("data", (data) => {
      text += data;
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(text));
  });
}

describe("a client that", () => {
  test("sends 50 MB, stated or in chunks: 413", async () => {
    await start(quick, { limits: { body: "1mb" } });
    const big = Buffer.alloc(50 * 1024 ** 2, " ");
    const stated = await fetch(`${gateway.url}/v1/chat/completions`, { method: "POST", body: big }).catch(
      () => undefined,
    );
    expect(stated?.status ?? 413).toBe(413);
    const stream = new ReadableStream({
      pull(controller) {
        controller.enqueue(big.subarray(0, 65_536));
      },
    });
    const chunked = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: "POST",
      body: stream,
      duplex: "half",
    } as RequestInit).catch(() => undefined);
    expect(chunked?.status ?? 413).toBe(413);
    expect((await chat()).status).toBe(200);
  });

  test("sends invalid UTF-8: 400", async () => {
    const body = Buffer.concat([
      Buffer.from('{"model":"tripos","x":"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"}'),
    ]);
    const response = await fetch(`${gateway.url}/v1/chat/completions`, { method: "POST", body });
    expect([response.status, ((await response.json()) as { error: { code: string } }).error.code]).toEqual([
      400,
      "invalid_utf8",
    ]);
  });

  test("sends deep JSON: the gateway lives", async () => {
    const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    const response = await gateway.post(
      "/v1/chat/completions",
      `{"model":"tripos","messages":[{"role":"user","content":"q"}],"x":${deep}}`,
    );
    expect([200, 400]).toContain(response.status);
    expect((await chat()).status).toBe(200);
  });

  test("smuggles a request in its framing: 400, and no upstream sees it", async () => {
    const head = "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n";
    const inner = "0\r\n\r\nPOST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}";
    for (const framing of [
      `content-length: ${inner.length}\r\ntransfer-encoding: chunked\r\n\r\n${inner}`,
      "transfer-encoding: chunked, identity\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
      "content-length: 2\r\ncontent-length: 3\r\n\r\n{}x",
      "transfer-encoding: chunked\r\n\r\n2;x\n{}\r\n0\r\n\r\n",
    ])
      expect(await raw(head + framing, 500)).toMatch(/^HTTP\/1.1 400/);
    expect(first.received).toHaveLength(0);
  });

  test("puts line breaks into a header value: refused, no header made of it", async () => {
    const answer = await raw(
      "POST /v1/route HTTP/1.1\r\nhost: x\r\nx-tripos-policy: a\rx-evil: 1\r\ncontent-length: 2\r\n\r\n{}",
      500,
    );
    expect(answer).toMatch(/^HTTP\/1.1 400/);
    expect(answer).not.toMatch(/^x-evil/m);
  });

  test("puts line breaks into a model's name, a policy or a user: no header is made of it", async () => {
    for (const evil of ["tripos/a\r\nx-evil: 1", "m\r\nx-evil: 1"]) {
      const response = await chat({ model: evil });
      expect([200, 400, 404]).toContain(response.status);
      expect(response.headers.get("x-evil")).toBeNull();
    }
    const user = await chat({ user: "a\r\nx-evil: 1" });
    expect([user.status, user.headers.get("x-evil")]).toEqual([200, null]);
    expect(first.received.every(({ headers }) => !("x-evil" in headers))).toBe(true);
  });

  test("sends its request a byte at a time: its connection is closed", async () => {
    await start(quick, { limits: { requestTime: "400ms" } });
    const answer = await raw("POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nx-slow: ", 20_000);
    expect(answer).toMatch(/^HTTP\/1.1 408/);
  });

  test("is a web page of another site, or one whose name points here: refused where no key is asked for", async () => {
    const { host, port } = new URL(gateway.url);
    const body = JSON.stringify(ask());
    const head = (more: string) =>
      `POST /v1/chat/completions HTTP/1.1\r\nconnection: close\r\ncontent-type: text/plain\r\n${more}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    for (const page of [
      `host: ${host}\r\norigin: https://evil.example`,
      `host: ${host}\r\norigin: null`,
      `host: ${host}\r\nsec-fetch-site: cross-site`,
      `host: evil.example:${port}\r\norigin: http://evil.example:${port}\r\nsec-fetch-site: same-origin`,
    ])
      expect(await raw(head(page))).toMatch(/^HTTP\/1.1 403[\s\S]*foreign_page/);
    expect(first.received).toHaveLength(0);
    const own = `host: ${host}\r\norigin: http://${host}\r\nsec-fetch-site: same-origin`;
    expect(await raw(head(own))).toMatch(/^HTTP\/1.1 200/);
  });

  test("sends turns that are none: 400, and is not recorded as gone", async () => {
    for (const messages of [[null], ["q"], [{ role: "user", content: "q" }, 3]])
      expect((await gateway.post("/v1/chat/completions", { model: "tripos", messages })).status).toBe(400);
    expect(first.received).toHaveLength(0);
  });

  test("names an address of its own: it is not fetched", async () => {
    const internal = await scriptedUpstream();
    await gateway.post(
      "/v1/chat/completions",
      ask("q", { base_url: internal.url, api_base: internal.url, metadata: { base_url: internal.url } }),
      {
        "x-tripos-base-url": internal.url,
        "x-portkey-custom-host": internal.url,
        "x-forwarded-host": internal.url,
      },
    );
    const absolute = await raw(
      `POST ${internal.url}/v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}`,
      500,
    );
    expect(absolute).toMatch(/^HTTP\/1.1 4/);
    expect(internal.received).toHaveLength(0);
    await internal.close();
  });
});
