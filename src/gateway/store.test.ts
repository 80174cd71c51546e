import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { laidOutFolder } from "../../test/laid-out-folder.ts";
import {
  chatAnswer,
  type ScriptedUpstream,
  scriptedUpstream,
  sendJson,
} from "../../test/scripted-upstream.ts";
import { ask, type TestGateway, testGateway, until } from "../../test/test-gateway.ts";
import { recalibrate, rollUp } from "./recalibrate.ts";
import { openStore, type Store } from "./store.ts";

const problems: string[] = [];
const log = { request() {}, event() {}, problem: (message: string) => void problems.push(message) };
let folder: string;
let store: Store;
let upstream: ScriptedUpstream;
let gateway: TestGateway;
const admin = { authorization: "Bearer the-operators-own-key" };

beforeAll(async () => {
  process.env.TRIPOS_TEST_ADMIN = "the-operators-own-key";
  folder = await laidOutFolder();
  store = openStore({ folder, log });
  upstream = await scriptedUpstream();
  gateway = await testGateway(
    { strong: upstream.url, weak: upstream.url },
    {
      store,
      config: {
        models: [
          ...["strong", "weak"].map((name) => ({ name, upstream: name, price: { input: 1, output: 2 } })),
          { name: "unpriced", upstream: "weak" },
        ],
        keys: { required: true, adminFrom: { env: "TRIPOS_TEST_ADMIN" } },
      },
    },
  );
});
afterAll(async () => {
  await gateway.close(100);
  await upstream.close();
  rmSync(folder, { recursive: true, force: true });
});

const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });
async function newKey(wanted: object): Promise<{ id: string; secret: string }> {
  const response = await gateway.post("/v1/keys", { name: "test", ...wanted }, admin);
  expect(response.status).toBe(201);
  return (await response.json()) as { id: string; secret: string };
}
const get = async (path: string, secret: string) => {
  const response = await fetch(gateway.url + path, { headers: bearer(secret) });
  return {
    status: response.status,
    body: (await response.json()) as Record<string, unknown> & { data: { id: string }[] },
  };
};
const codeOf = async (response: Response) =>
  ((await response.json()) as { error: { code: string } }).error.code;

test("a key is needed, is kept only as a hash, and ends at once when revoked", async () => {
  expect((await gateway.post("/v1/chat/completions", ask())).status).toBe(401);
  expect((await gateway.post("/v1/chat/completions", ask(), bearer("tripos-guess"))).status).toBe(401);
  const { id, secret } = await newKey({});
  expect((await gateway.post("/v1/chat/completions", ask(), bearer(secret))).status).toBe(200);
  expect((await gateway.post("/v1/chat/completions", ask(), { "x-api-key": secret })).status).toBe(200);
  const kept = JSON.stringify(await store.query("select * from api_key"));
  expect(kept).not.toContain(secret);
  expect((await gateway.post("/v1/keys", { name: "more" }, bearer(secret))).status).toBe(403);
  const revoked = await fetch(`${gateway.url}/v1/keys/${id}`, { method: "DELETE", headers: admin });
  expect(revoked.status).toBe(200);
  expect((await gateway.post("/v1/chat/completions", ask(), bearer(secret))).status).toBe(401);
});

test("an expired key, and one for other models, are refused", async () => {
  const old = await newKey({ expires: "2020-01-01T00:00:00Z" });
  expect((await gateway.post("/v1/chat/completions", ask(), bearer(old.secret))).status).toBe(401);
  const narrow = await newKey({ models: ["weak"] });
  const routed = await gateway.post("/v1/chat/completions", ask(), bearer(narrow.secret));
  expect(routed.headers.get("x-tripos-model")).toBe("weak");
  expect(
    (await gateway.post("/v1/chat/completions", ask("q", { model: "strong" }), bearer(narrow.secret))).status,
  ).toBe(403);
});

test("a model without a price: its record has no cost, and keys with a budget may not use it", async () => {
  const [free, budgeted] = [await newKey({}), await newKey({ budgetDay: 1 })];
  const asked = ask("q", { model: "unpriced" });
  const answer = await gateway.post("/v1/chat/completions", asked, bearer(free.secret));
  expect(answer.status).toBe(200);
  await store.records.settle();
  const id = answer.headers.get("x-tripos-request-id");
  expect((await get(`/v1/requests/${id}`, free.secret)).body.cost).toBeNull();
  const [spent] = await store.query("select cost, requests from spend where key_id = $1", [free.id]);
  expect([Number(spent.cost), Number(spent.requests)]).toEqual([0, 1]);
  const refused = await gateway.post("/v1/chat/completions", asked, bearer(budgeted.secret));
  expect([refused.status, await codeOf(refused)]).toEqual([403, "price_unknown"]);
  expect((await gateway.post("/v1/chat/completions", ask(), bearer(budgeted.secret))).status).toBe(200);
});

test("records and feedback belong to the key that asked", async () => {
  const [mine, other] = [await newKey({}), await newKey({})];
  const answer = await gateway.post("/v1/chat/completions", ask(), bearer(mine.secret));
  const id = answer.headers.get("x-tripos-request-id")!;
  const grade = (secret: string) => gateway.post("/v1/feedback", { id, score: 1 }, bearer(secret));
  expect((await grade(other.secret)).status).toBe(404);
  expect((await grade(mine.secret)).status).toBe(200);
  expect((await get(`/v1/requests/${id}`, mine.secret)).body).toMatchObject({
    id,
    model: "strong",
    cost: 72e-6,
    question: null,
  });
  expect((await get(`/v1/requests/${id}`, other.secret)).status).toBe(404);
  expect((await get("/v1/requests/..%2f..%2fetc%2fpasswd", mine.secret)).status).toBe(404);
  expect((await get("/v1/requests", other.secret)).body.data).toEqual([]);
  expect((await get("/v1/requests", mine.secret)).body.data.map((row) => row.id)).toEqual([id]);
  expect((await gateway.post("/v1/feedback", { id, score: 2 }, bearer(mine.secret))).status).toBe(400);
});

describe("limits", () => {
  test("requests per minute", async () => {
    const { secret } = await newKey({ requestsPerMinute: 2 });
    const statuses = [];
    for (let i = 0; i < 3; i++)
      statuses.push((await gateway.post("/v1/chat/completions", ask(), bearer(secret))).status);
    // A minute may turn in between; then the third is let through as the first of the next.
    expect(statuses.slice(0, 2)).toEqual([200, 200]);
    const response = await gateway.post("/v1/chat/completions", ask(), bearer(secret));
    expect(response.status).toBe(429);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
  });

  test("tokens per minute are not overrun by more than one request, however many come at once", async () => {
    upstream.answer = async (_, response) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      sendJson(
        response,
        chatAnswer().replace(
          '"prompt_tokens":60,"completion_tokens":6',
          '"prompt_tokens":10,"completion_tokens":1000',
        ),
      );
    };
    const minute = () => new Date().toISOString().slice(0, 16);
    // With the longest answer stated, then without: the first is taken for long, later ones for as long as those before.
    for (const more of [{ max_tokens: 1000 }, {}])
      for (let tries = 0; ; tries++) {
        const { id, secret } = await newKey({ tokensPerMinute: 3000 });
        const begun = minute();
        const statuses: number[] = [];
        const askAtOnce = async (count: number) => {
          const all = Array.from({ length: count }, () =>
            gateway.post("/v1/chat/completions", ask("q", more), bearer(secret)),
          );
          statuses.push(...(await Promise.all(all)).map(({ status }) => status));
        };
        // One after the other is not held up by what the one before had held.
        await askAtOnce(1);
        await askAtOnce(40);
        await store.records.settle();
        await askAtOnce(5);
        const served = statuses.filter((status) => status === 200).length;
        await store.records.settle();
        const [{ held }] = await store.query("select count(*) as held from reservation where key_id = $1", [
          id,
        ]);
        // A minute that turned in between brought new tokens.
        if (minute() !== begun && tries === 0) continue;
        expect(served * 1010).toBeGreaterThanOrEqual("max_tokens" in more ? 3000 : 2000);
        expect(served * 1010).toBeLessThan(3000 + 1011);
        expect(Number(held)).toBe(0);
        break;
      }
    upstream.answer = (_, response) => sendJson(response, chatAnswer());
  });

  test("a budget is not overrun by more than one request, however many come at once", async () => {
    // Each request costs 1000 output tokens at $2 a million: $0.002, and cannot cost more.
    const budget = 0.01;
    const { id, secret } = await newKey({ budgetDay: budget });
    upstream.answer = async (_, response) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      sendJson(
        response,
        chatAnswer().replace(
          '"prompt_tokens":60,"completion_tokens":6',
          '"prompt_tokens":0,"completion_tokens":1000',
        ),
      );
    };
    const statuses: number[] = [];
    for (let round = 0; round < 3; round++) {
      const all = Array.from({ length: 20 }, () =>
        gateway.post("/v1/chat/completions", ask("q", { max_tokens: 1000 }), bearer(secret)),
      );
      for (const response of await Promise.all(all)) {
        statuses.push(response.status);
        if (response.status === 429) expect(await codeOf(response)).toBe("insufficient_quota");
      }
      await store.records.settle();
    }
    upstream.answer = (_, response) => sendJson(response, chatAnswer());
    const [{ spent, held }] = await store.query(
      "select (select sum(cost) from spend where key_id = $1) as spent, (select count(*) from reservation where key_id = $1) as held",
      [id],
    );
    expect(Number(spent)).toBeGreaterThanOrEqual(budget);
    expect(Number(spent)).toBeLessThanOrEqual(budget + 0.002 + 1e-9);
    expect(Number(held)).toBe(0);
    expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(6);
  });
});

test("a record given twice counts once", async () => {
  const { id, secret } = await newKey({});
  await gateway.post("/v1/chat/completions", ask(), bearer(secret));
  await until(() => gateway.records.some((record) => record.key === id));
  await store.records.settle();
  const record = gateway.records.find((each) => each.key === id)!;
  const [{ take_in: added }] = await store.query("select take_in($1)", [JSON.stringify([record, record])]);
  expect(Number(added)).toBe(0);
  const [{ cost, requests }] = await store.query("select cost, requests from spend where key_id = $1", [id]);
  expect([Number(cost), Number(requests)]).toEqual([72e-6, 1]);
});

describe("what grades teach", () => {
  const recordOf = (id: string, router: string | null, at = Date.now()) => ({
    ...gateway.records[0],
    id,
    at,
    key: null,
    p: 0.5,
    router,
  });
  const takeIn = (records: readonly object[]) => store.query("select take_in($1)", [JSON.stringify(records)]);
  const grade = (request: string, source: string, score: number) =>
    store.grade({ request, score, grader: "tests", comment: null, source }, null);

  test("only grades of a router's own decisions teach it, each once, however late they come", async () => {
    await takeIn([recordOf("a1", "a"), recordOf("a2", "a"), recordOf("b1", "b"), recordOf("none", null)]);
    for (const id of ["a1", "b1", "none"]) await grade(id, "operator", 0);
    expect(await recalibrate(store, "a")).toBe(1);
    await grade("a2", "operator", 0);
    await store.query("update feedback set at = '2001-01-01' where request_id = 'a2'");
    expect(await recalibrate(store, "a")).toBe(1);
    expect(await recalibrate(store, "a")).toBe(0);
    expect(await recalibrate(store, "b")).toBe(1);
  });

  test("nobody's grade takes another's place, and the operator's is the one that is shown", async () => {
    await takeIn([recordOf("shown", null)]);
    await grade("shown", "operator", 0);
    await grade("shown", "key_1", 1);
    await grade("shown", "key_2", 1);
    const [{ score }] = await store.query("select score from request_score where request_id = 'shown'");
    expect(Number(score)).toBe(0);
    const [{ n }] = await store.query("select count(*) as n from feedback where request_id = 'shown'");
    expect(Number(n)).toBe(3);
  });

  test("a day's sums stay whole when its requests are deleted", async () => {
    const [{ midnight }] = await store.query(
      "select extract(epoch from date_trunc('day', now())) * 1000 as midnight",
    );
    const day = 86_400_000;
    const at = Number(midnight);
    await takeIn([
      recordOf("early yesterday", null, at - day + 1000),
      recordOf("late yesterday", null, at - 1000),
      recordOf("the day before", null, at - day - 1000),
    ]);
    for (let i = 0; i < 2; i++) await rollUp(store, 1);
    const [{ requests }] = await store.query(
      "select sum(requests) as requests from day_sum where day = current_date - 1",
    );
    expect(Number(requests)).toBe(2);
    const left = await store.query(
      "select id from request where id like '%yesterday' or id = 'the day before' order by id",
    );
    expect(left.map(({ id }) => id)).toEqual(["early yesterday", "late yesterday"]);
  });
});

test("the journal is empty once the database has the records", async () => {
  await store.records.settle();
  await store.records.settle();
  expect(readdirSync(join(folder, "journal"))).toEqual([]);
});

test("10,000 bad keys are refused, and a good one is served in between", async () => {
  const { secret } = await newKey({});
  const guesses = await Promise.all(
    Array.from({ length: 10 }, (_, batch) => {
      const heads = Array.from(
        { length: 1000 },
        (_, i) =>
          `GET /v1/models HTTP/1.1\r\nhost: x\r\nauthorization: Bearer tripos-guess-${batch}-${i}\r\n${i === 999 ? "connection: close\r\n" : ""}\r\n`,
      );
      return pipelined(heads.join(""));
    }).concat(
      gateway.post("/v1/chat/completions", ask(), bearer(secret)).then(({ status }) => `served: ${status}`),
    ),
  );
  expect(guesses.join("").match(/HTTP\/1\.1 401/g)).toHaveLength(10_000);
  expect(guesses.at(-1)).toBe("served: 200");
});

/** Sends requests in one go over one connection, and returns all that comes back. */
function pipelined(requests: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(Number(new URL(gateway.url).port), "127.0.0.1", () => socket.write(requests));
    socket.setEncoding("latin1");
    socket.on("data", (data) => {
      text += data;
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(text));
  });
}

test("a clock that jumps changes no duration and no budget", async () => {
  const { id, secret } = await newKey({ budgetDay: 1 });
  const now = vi.spyOn(Date, "now").mockReturnValue(Date.parse("2001-01-01"));
  const response = await gateway.post("/v1/chat/completions", ask(), bearer(secret));
  now.mockRestore();
  expect(response.status).toBe(200);
  await until(() => gateway.records.some((record) => record.key === id));
  const record = gateway.records.find((each) => each.key === id)!;
  expect(record.time).toBeGreaterThanOrEqual(0);
  expect(record.time).toBeLessThan(60_000);
  await store.records.settle();
  const [{ today }] = await store.query("select day = current_date as today from spend where key_id = $1", [
    id,
  ]);
  expect(today).toBe(true);
});

test("a store that is closed while its database opens gives the folder back when that has ended", async () => {
  const folder = await laidOutFolder();
  const problems: string[] = [];
  const log = { request() {}, event() {}, problem: (message: string) => void problems.push(message) };
  for (const moment of [0, 100]) {
    const store = openStore({ folder, log });
    await new Promise((resolve) => setTimeout(resolve, moment));
    await store.close();
    expect(existsSync(join(folder, "in-use-by"))).toBe(false);
  }
  const store = openStore({ folder, log });
  expect(await store.query("select 1 as one")).toEqual([{ one: 1 }]);
  await store.close();
  expect(problems).toEqual([]);
});

test("a journal that cannot be written is reported, and the records reach the database all the same", async () => {
  const { id, secret } = await newKey({});
  await store.records.settle();
  rmSync(join(folder, "journal"), { recursive: true });
  writeFileSync(join(folder, "journal"), "in the way");
  const before = problems.length;
  await gateway.post("/v1/chat/completions", ask(), bearer(secret));
  await until(() => gateway.records.some((record) => record.key === id));
  await store.records.settle();
  rmSync(join(folder, "journal"));
  mkdirSync(join(folder, "journal"));
  expect(problems.slice(before).join()).toContain("the journal cannot be written");
  const [{ requests }] = await store.query("select requests from spend where key_id = $1", [id]);
  expect(Number(requests)).toBe(1);
});
