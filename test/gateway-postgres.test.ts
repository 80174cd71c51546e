import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openStore, type Store } from "../src/gateway/index.ts";
import { type PostgresServer, postgresPrograms, postgresServer } from "./postgres-server.ts";
import { chatAnswer, type ScriptedUpstream, scriptedUpstream, sendJson } from "./scripted-upstream.ts";
import { ask, type TestGateway, testGateway } from "./test-gateway.ts";

/** Each request costs exactly this: 1000 tokens at $2 a million. */
const price = 0.002;

describe.skipIf(!postgresPrograms)("several gateways on one PostgreSQL", () => {
  const admin = { authorization: "Bearer the-operators-own-key" };
  const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });
  const folders: string[] = [];
  const stores: Store[] = [];
  const gateways: TestGateway[] = [];
  let postgres: PostgresServer;
  let upstream: ScriptedUpstream;

  beforeAll(async () => {
    process.env.TRIPOS_TEST_ADMIN = "the-operators-own-key";
    postgres = await postgresServer();
    upstream = await scriptedUpstream();
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
    for (let i = 0; i < 2; i++) {
      const folder = mkdtempSync(join(tmpdir(), "tripos-shared-"));
      folders.push(folder);
      // The database is not there yet when the gateways start.
      stores.push(openStore({ folder, url: postgres.url, log: { request() {}, event() {}, problem() {} } }));
      gateways.push(
        await testGateway(
          { strong: upstream.url },
          {
            store: stores[i],
            config: { keys: { required: i === 0, adminFrom: { env: "TRIPOS_TEST_ADMIN" } } },
          },
        ),
      );
    }
  }, 60_000);
  afterAll(async () => {
    await Promise.all(gateways.map((gateway) => gateway.close(100)));
    await upstream.close();
    postgres.remove();
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  const newKey = async (wanted: object) => {
    const response = await gateways[0].post("/v1/keys", { name: "k", ...wanted }, admin);
    expect(response.status).toBe(201);
    return (await response.json()) as { id: string; secret: string };
  };
  const chat = (i: number, secret: string) =>
    gateways[i].post("/v1/chat/completions", ask("q", { max_tokens: 1000 }), bearer(secret));
  const idOf = (response: Response) => response.headers.get("x-tripos-request-id");
  async function untilKept(ids: (string | null)[]): Promise<void> {
    for (let tries = 0; ; tries++) {
      await Promise.all(stores.map((store) => store.records.settle()));
      const rows = await stores[0]
        .query("select count(*) as n from request where id = any($1)", [ids])
        .catch(() => []);
      if (Number(rows[0]?.n) === ids.length) return;
      if (tries > 100) throw new Error(`only ${rows[0]?.n} of ${ids.length} records arrived`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  test("that is not there yet: answers flow, and their records arrive once it is", async () => {
    const early = await gateways[1].post("/v1/chat/completions", ask());
    expect(early.status).toBe(200);
    await postgres.start();
    await untilKept([idOf(early)]);
  }, 60_000);

  test("share a budget without overrunning it by more than one request", async () => {
    const budget = 5 * price;
    const { id, secret } = await newKey({ budgetDay: budget });
    for (let round = 0; round < 3; round++) {
      await Promise.all(Array.from({ length: 40 }, (_, i) => chat(i % 2, secret)));
      await Promise.all(stores.map((store) => store.records.settle()));
    }
    const [{ cost }] = await stores[0].query("select cost from spend where key_id = $1", [id]);
    expect(Number(cost)).toBeGreaterThanOrEqual(budget - 1e-9);
    expect(Number(cost)).toBeLessThanOrEqual(budget + price + 1e-9);
  });

  test("share limits of requests, and know of a revoked key at once", async () => {
    const { id, secret } = await newKey({ requestsPerMinute: 6 });
    const statuses = (await Promise.all(Array.from({ length: 20 }, (_, i) => chat(i % 2, secret)))).map(
      ({ status }) => status,
    );
    // Twice as many when a minute turns in between.
    expect([6, 12]).toContain(statuses.filter((status) => status === 200).length);
    const revoked = await fetch(`${gateways[0].url}/v1/keys/${id}`, { method: "DELETE", headers: admin });
    expect(revoked.status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect((await chat(1, secret)).status).toBe(401);
  });

  test("put their own function in the place of an older one, and leave a newer gateway's alone", async () => {
    const old = `create or replace function take_in(records json) returns bigint language sql as 'select 7::bigint'`;
    /** What is taken in of nothing, after a further gateway has started. */
    const started = async () => {
      const folder = mkdtempSync(join(tmpdir(), "tripos-shared-"));
      folders.push(folder);
      const store = openStore({ folder, url: postgres.url, log: { request() {}, event() {}, problem() {} } });
      const [row] = await store.query("select take_in('[]')");
      await store.close();
      return Number(row.take_in);
    };
    await stores[0].query(old);
    expect(await started()).toBe(0);
    await stores[0].query("insert into migration (version) values (999)");
    await stores[0].query(old);
    expect(await started()).toBe(7);
    await stores[0].query("delete from migration where version = 999");
    expect(await started()).toBe(0);
  });

  test("that is restarted under load: no record is lost or counted twice", async () => {
    const { id, secret } = await newKey({});
    const ids: (string | null)[] = [];
    let restarted: Promise<void> | undefined;
    for (let i = 0; i < 60; i++) {
      const response = await chat(i % 2, secret);
      if (response.status === 200) ids.push(idOf(response));
      if (i === 20) {
        postgres.stop();
        restarted = new Promise((resolve) => setTimeout(resolve, 300)).then(() => postgres.start());
      }
    }
    await restarted;
    expect(ids.length).toBe(60);
    await untilKept(ids);
    const [{ cost, requests }] = await stores[0].query("select cost, requests from spend where key_id = $1", [
      id,
    ]);
    expect(Number(requests)).toBe(60);
    expect(Number(cost)).toBeCloseTo(60 * price, 9);
    for (const folder of folders) expect(readdirSync(join(folder, "journal")).length).toBeLessThanOrEqual(1);
  }, 60_000);
});
