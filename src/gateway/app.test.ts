import { expect, test } from "vitest";
import { createApp } from "./app.ts";
import { parseConfig } from "./config.ts";
import { Conversations } from "./conversations.ts";
import { Traffic } from "./dashboard-state.ts";
import { openFleet } from "./fleet.ts";
import type { Gateway } from "./gateway.ts";
import { listDecider } from "./list-decider.ts";
import { openMetrics } from "./metrics.ts";
import type { RequestRecord } from "./request-record.ts";

const config = parseConfig({
  upstreams: [{ name: "demo", kind: "demonstration" }],
  models: [{ name: "demo", upstream: "demo", price: { input: 1, output: 2 } }],
});
const records: RequestRecord[] = [];
const gateway: Gateway = {
  snapshot: {
    config,
    decider: listDecider(["demo"]),
    fleet: openFleet(config),
    grader: async () => ({ p: 1 }),
  },
  configProblem: undefined,
  metrics: openMetrics(() => []),
  conversations: new Conversations(),
  traffic: new Traffic(),
  store: undefined,
  tracing: undefined,
  exams: undefined,
  adminKey: undefined,
  graded() {},
  afterwards: { soon: (work) => work(), later: (work) => work(), catchUp() {} },
  problem: (message) => {
    throw new Error(message);
  },
  record: (record) => void records.push(record),
};
const app = createApp(gateway);
const post = (path: string, body: object) =>
  app.fetch(
    new Request(`http://gateway${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    }),
  );
const messages = [{ role: "user", content: "q" }];

test("the app answers web requests with web responses, without a server of Node's", async () => {
  const response = await post("/v1/chat/completions", { model: "tripos", messages });
  expect(response.status).toBe(200);
  expect(response.headers.get("x-tripos-model")).toBe("demo");
  expect(await response.json()).toMatchObject({ object: "chat.completion" });
  expect((await post("/v1/chat/completions", { model: "nope", messages })).status).toBe(404);
  expect(records).toHaveLength(1);
});

test("its streams end, and a reader that leaves is recorded as such", async () => {
  const stream = await post("/v1/chat/completions", { model: "tripos", messages, stream: true });
  expect(await stream.text()).toMatch(/data: \[DONE\]\n\n$/);
  expect(records.at(-1)).toMatchObject({ outcome: "ok", streamed: true });
  const left = await post("/v1/chat/completions", { model: "tripos", messages, stream: true });
  const reader = left.body!.getReader();
  await reader.read();
  await reader.cancel();
  expect(records.at(-1)).toMatchObject({ outcome: "cancelled" });
});
