import { afterAll, beforeAll, expect, test } from "vitest";
import {
  chatAnswer,
  type ScriptedUpstream,
  scriptedUpstream,
  sendJson,
} from "../../test/scripted-upstream.ts";
import { Departure } from "./departure.ts";
import { fetchTransport } from "./fetch-transport.ts";
import { openAnswer } from "./opened-answer.ts";

// The transport of runtimes without undici, on real sockets.

let upstream: ScriptedUpstream;
beforeAll(async () => {
  upstream = await scriptedUpstream();
});
afterAll(() => upstream.close());

const client = new Departure();
const send = (signal = client) =>
  fetchTransport(
    `${upstream.url}/v1/`,
    { authorization: "Bearer k" },
    { connect: 100, first: 100, idle: 100 },
    "?v=1",
  ).send({ path: "/chat/completions", body: "{}", headers: { traceparent: "t" }, signal });

test("asks with the gateway's and the upstream's headers, and opens a whole answer", async () => {
  upstream.answer = (_, response) => sendJson(response, chatAnswer("yes"));
  const answer = await openAnswer(await send());
  expect(answer.text).toBe(chatAnswer("yes"));
  const { headers, path } = upstream.received.at(-1)!;
  expect(path).toBe("/v1/chat/completions?v=1");
  expect(headers).toMatchObject({ authorization: "Bearer k", traceparent: "t" });
});

test("gives a stream piece by piece, and says where it stalls", async () => {
  upstream.answer = (_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write("data: 1\n\n");
  };
  const { head, rest } = await openAnswer(await send());
  expect(new TextDecoder().decode(head)).toBe("data: 1\n\n");
  await expect(rest!.next()).rejects.toMatchObject({ code: "UND_ERR_BODY_TIMEOUT" });
});

test("gives up an upstream that hangs, and a client that leaves", async () => {
  upstream.answer = () => {};
  await expect(send()).rejects.toMatchObject({ code: "UND_ERR_HEADERS_TIMEOUT" });
  const leaving = new Departure();
  const asked = send(leaving);
  leaving.leave();
  await expect(asked).rejects.toMatchObject({ name: "AbortError" });
});
