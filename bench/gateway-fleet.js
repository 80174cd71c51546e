// Two gateways on one PostgreSQL: requests a second together with and without limits, whether every record arrived and the
// budget held, and what the database does of each statement (the numbers of docs/scale.md).
//
//   npm run build
//   DATABASE_URL=postgres://… node bench/gateway-fleet.js [--seconds 8]        an empty database
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import pg from "pg";
import { load } from "./gateway-load.js";

const { values: options } = parseArgs({ options: { seconds: { type: "string" } } });
const seconds = Number(options.seconds ?? 8);
const url = process.env.DATABASE_URL;
const folder = mkdtempSync(join(tmpdir(), "tripos-fleet-"));
const children = [];
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});
const started = (args, environment = {}) =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "ignore"],
    });
    children.push(child);
    child.stdout.once("data", (data) => resolve(String(data).trim()));
  });
const admin = { authorization: "Bearer operator" };
const pool = new pg.Pool({ connectionString: url, max: 16 });
const query = async (sql, parameters) => (await pool.query(sql, parameters)).rows;

const upstream = await started([new URL("gateway-upstream.js", import.meta.url).pathname, "serve"]);
const gateways = [];
for (const name of ["one", "two"]) {
  const config = join(folder, `${name}.json`);
  const models = [{ name: "m", upstream: "mock", price: { input: 1, output: 2 } }];
  const upstreams = [{ name: "mock", baseUrl: `${upstream}/v1`, concurrency: 4096 }];
  writeFileSync(config, JSON.stringify({ upstreams, models, store: { folder: join(folder, name) } }));
  const args = ["dist/cli/main.js", "serve", "--json", "--config", config, "--port", "0"];
  gateways.push(JSON.parse(await started(args, { TRIPOS_ADMIN_KEY: "operator" })).url);
}
const chat = (i) => `${gateways[i]}/v1/chat/completions`;
const newKey = async (wanted) => {
  for (;;) {
    const response = await fetch(`${gateways[0]}/v1/keys`, {
      method: "POST",
      headers: { ...admin, "content-type": "application/json" },
      body: JSON.stringify({ name: "bench", ...wanted }),
    });
    if (response.status === 201) return response.json();
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
};

/** Both gateways under load at once: requests a second together, and how many were refused. */
async function both(headersOf) {
  const results = await Promise.all(
    [0, 1].map((i) => load(chat(i), headersOf(i), { connections: 8, duration: seconds })),
  );
  const sum = (value) => results.reduce((total, each) => total + value(each), 0);
  return {
    perSecond: Math.round(sum((r) => r.requests.average)),
    answered: sum((r) => r["2xx"]),
    refused: sum((r) => r.non2xx),
  };
}

const generous = await newKey({});
const limited = await newKey({ budgetDay: 1e6 });
// A request of the mock upstream costs 60 + 2 · 6 millionths of a dollar.
const budget = 2_000 * 72e-6;
const small = await newKey({ budgetDay: budget });
await new Promise((resolve) => setTimeout(resolve, 500));
const bearer = ({ secret }) => ({ authorization: `Bearer ${secret}` });
const warm = await both(() => bearer(generous));
const free = await both(() => bearer(generous));
const oneKey = await both(() => bearer(limited));
const overrun = await both(() => bearer(small));
await new Promise((resolve) => setTimeout(resolve, 4_000));
const [{ n }] = await query("select count(*)::int as n from request where status = 200");
const [{ spent }] = await query("select cost as spent from spend where key_id = $1", [small.id]);
const [{ bytes }] = await query(
  "select pg_total_relation_size('request')::float8 / count(*) as bytes from request",
);

const counted = [warm, free, oneKey, overrun].reduce((sum, each) => sum + each.answered, 0);

/** Statements a second on so many connections. */
async function rate(connections, statement) {
  const until = performance.now() + seconds * 500;
  let count = 0;
  const work = async () => {
    for (; performance.now() < until; count++) await statement(count);
  };
  await Promise.all(Array.from({ length: connections }, work));
  return count / (seconds / 2);
}
const [sample] = await query(
  `select row_to_json(r) as record from (select id, extract(epoch from at) * 1000 as at, key_id as key, endpoint, model, upstream, cost,
     input_tokens as "inputTokens", output_tokens as "outputTokens", estimated, status, outcome, failed_tries as "failedTries",
     decision_ms as "decisionTime", first_byte_ms as "firstByteTime", total_ms as time, streamed from request where status = 200 limit 1) r`,
);
const records = (count) =>
  JSON.stringify(Array.from({ length: 500 }, (_, i) => ({ ...sample.record, id: `bench_${count}_${i}` })));
const takeIn = (await rate(1, (count) => query("select take_in($1)", [records(count)]))) * 500;
const keys = [];
for (let i = 0; i < 100; i++) keys.push((await newKey({ budgetDay: 1e6 })).id);
const admits = await rate(16, (count) =>
  query("select admit($1, gen_random_uuid()::text, 0.001)", [keys[count % keys.length]]),
);

console.log(
  JSON.stringify(
    {
      gateways: 2,
      withoutLimits: free.perSecond,
      oneKeyWithBudget: oneKey.perSecond,
      answered: counted,
      recorded: n,
      budget: { limit: budget, spent, answered: overrun.answered, refused: overrun.refused },
      bytesARequest: Math.round(bytes),
      recordsTakenInASecond: Math.round(takeIn),
      admitsASecond: Math.round(admits),
    },
    null,
    1,
  ),
);
process.exit(0);
