// Tripos, Portkey's gateway and LiteLLM's proxy in front of the same mock upstream, with the same load, in one run.
//
//   npm run build
//   node bench/gateway.js [--portkey FOLDER] [--litellm FILE] [--seconds 10] [--soak REQUESTS]
//
// FOLDER has node_modules/@portkey-ai/gateway, FILE is LiteLLM's program. Tripos decides by its MMLU router and records
// every request in its embedded PostgreSQL; the others pass through.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import autocannon from "autocannon";
import { embeddedMmlu } from "../dist/gateway/mmlu-decider.js";
import { streamed } from "./gateway-upstream.js";

const { values: options } = parseArgs({
  options: {
    portkey: { type: "string" },
    litellm: { type: "string" },
    seconds: { type: "string" },
    soak: { type: "string" },
  },
});
const seconds = Number(options.seconds ?? 10);
const folder = mkdtempSync(join(tmpdir(), "tripos-bench-"));
const children = [];
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

function start(command, args, environment = {}) {
  const child = spawn(command, args, {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "ignore"],
  });
  children.push(child);
  return child;
}

async function ended(child) {
  const exit = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  setTimeout(() => child.kill("SIGKILL"), 10_000).unref();
  await exit;
}

const upstream = start(process.execPath, [new URL("gateway-upstream.js", import.meta.url).pathname, "serve"]);
const upstreamUrl = await new Promise((resolve) =>
  upstream.stdout.once("data", (data) => resolve(String(data).trim())),
);

const question = (i) =>
  `Question ${i}: which of the following is a statistic that can be used to test the hypothesis that the return to work experience for female workers is significant and positive? A) x2 test B) F test C) Durbin Watson test D) t test`;
const body = (i, stream = false) =>
  JSON.stringify({
    model: "tripos",
    ...(stream && { stream }),
    messages: [{ role: "user", content: question(i) }],
  });

const triposConfig = join(folder, "tripos.json");
writeFileSync(
  triposConfig,
  JSON.stringify({
    router: "mmlu",
    upstreams: [{ name: "mock", baseUrl: `${upstreamUrl}/v1`, concurrency: 4096 }],
    models: embeddedMmlu().responses.subjects.map((name) => ({
      name,
      upstream: "mock",
      price: { input: 1, output: 2 },
    })),
    store: { folder: join(folder, "store") },
  }),
);
const litellmConfig = join(folder, "litellm.yaml");
writeFileSync(
  litellmConfig,
  `model_list:\n  - model_name: tripos\n    litellm_params: { model: openai/m, api_base: ${upstreamUrl}/v1, api_key: x }\n`,
);

const port = { tripos: 18471, portkey: 18472, litellm: 18473 };
const contenders = [
  {
    name: "tripos",
    start: () =>
      start(process.execPath, [
        "dist/cli/main.js",
        "serve",
        "--config",
        triposConfig,
        "--port",
        String(port.tripos),
      ]),
    headers: {},
  },
  ...(options.portkey
    ? [
        {
          name: "portkey",
          start: () =>
            start(
              process.execPath,
              [
                join(options.portkey, "node_modules/@portkey-ai/gateway/build/start-server.js"),
                `--port=${port.portkey}`,
                "--headless",
              ],
              { NODE_ENV: "production" },
            ),
          headers: {
            "x-portkey-provider": "openai",
            "x-portkey-custom-host": `${upstreamUrl}/v1`,
            authorization: "Bearer x",
          },
        },
      ]
    : []),
  ...(options.litellm
    ? [
        {
          name: "litellm",
          start: () =>
            start(
              options.litellm,
              ["--config", litellmConfig, "--port", String(port.litellm), "--host", "127.0.0.1"],
              {
                LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY: "true",
              },
            ),
          headers: { authorization: "Bearer x" },
        },
      ]
    : []),
];

const memoryOf = (child) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))[1]) / 1024;

async function answers(url, headers) {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: body(0),
    });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}

function load(url, headers, more) {
  let i = 0;
  return autocannon({
    url,
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    requests: [
      {
        // Each question is another one: no cache of decisions helps.
        setupRequest: (each) => ({ ...each, body: body(i++) }),
      },
    ],
    ...more,
  });
}

/** Times of single requests at a steady rate, kept-alive, in milliseconds. */
async function latencies(url, headers, rate, duration) {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const times = [];
  const pending = [];
  const target = new URL(url);
  for (let i = 0; i < rate * duration; i++) {
    const due = performance.now() + 1000 / rate;
    pending.push(
      new Promise((resolve, reject) => {
        const begun = performance.now();
        const asked = request(
          target,
          { method: "POST", agent, headers: { "content-type": "application/json", ...headers } },
          (response) => {
            response.resume();
            response.on("end", () => {
              times.push(performance.now() - begun);
              resolve();
            });
          },
        );
        asked.on("error", reject);
        asked.end(body(i));
      }),
    );
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
  }
  await Promise.all(pending);
  agent.destroy();
  times.sort((a, b) => a - b);
  return { p50: times[Math.floor(times.length * 0.5)], p99: times[Math.floor(times.length * 0.99)] };
}

/** 1,000 streams at once: how many came back whole and byte-identical, in which time. */
async function streams(url, headers, count) {
  const agent = new Agent({ keepAlive: false, maxSockets: count });
  const begun = performance.now();
  const results = await Promise.all(
    Array.from(
      { length: count },
      (_, i) =>
        new Promise((resolve) => {
          const asked = request(
            new URL(url),
            { method: "POST", agent, headers: { "content-type": "application/json", ...headers } },
            (response) => {
              let text = "";
              response.setEncoding("utf8");
              response.on("data", (data) => {
                text += data;
              });
              response.on("end", () => resolve(text === streamed));
              response.on("error", () => resolve(false));
            },
          );
          asked.on("error", () => resolve(false));
          asked.end(body(i, true));
        }),
    ),
  );
  return {
    identical: results.filter(Boolean).length,
    of: count,
    seconds: (performance.now() - begun) / 1000,
  };
}

const direct = await latencies(`${upstreamUrl}/v1/chat/completions`, {}, 100, seconds);
const results = [{ name: "the upstream itself", ...direct }];
for (const contender of contenders) {
  const url = `http://127.0.0.1:${port[contender.name]}/v1/chat/completions`;
  if (contender.name === "tripos") {
    // The first start of all lays out the database; the starts after it are what is measured.
    const first = contender.start();
    while (
      !(await fetch(`http://127.0.0.1:${port.tripos}/v1/requests`).then(
        (response) => response.ok,
        () => false,
      ))
    )
      await new Promise((resolve) => setTimeout(resolve, 100));
    await ended(first);
  }
  const begun = performance.now();
  const child = contender.start();
  child.stdout.resume();
  while (!(await answers(url, contender.headers))) await new Promise((resolve) => setTimeout(resolve, 10));
  const startSeconds = (performance.now() - begun) / 1000;
  await load(url, contender.headers, { connections: 16, duration: Math.min(5, seconds) });
  const busy = await load(url, contender.headers, { connections: 16, duration: seconds });
  const { p50, p99 } = await latencies(url, contender.headers, 100, seconds);
  const rested = memoryOf(child);
  const streaming = await streams(url, contender.headers, 1000);
  results.push({
    name: contender.name,
    requestsPerSecond: busy.requests.average,
    failed: busy.non2xx + busy.errors,
    p50,
    p99,
    addedP50: p50 - direct.p50,
    addedP99: p99 - direct.p99,
    startSeconds,
    memory: rested,
    memoryAfterStreams: memoryOf(child),
    identicalStreams: `${streaming.identical}/${streaming.of}`,
    streamSeconds: streaming.seconds,
  });
  if (contender.name === "tripos" && options.soak)
    results.at(-1).soak = await soak(url, child, Number(options.soak));
  await ended(child);
}

/** Many requests: memory as it goes, and whether every record is there. */
async function soak(url, child, amount) {
  const count = async () => {
    const text = await (await fetch(new URL("/metrics", url))).text();
    return [...text.matchAll(/^tripos_requests_total\{.*\} (\d+)/gm)].reduce(
      (sum, [, n]) => sum + Number(n),
      0,
    );
  };
  const memory = [];
  for (let part = 0; part < 10; part++) {
    await load(url, {}, { connections: 16, amount: amount / 10 });
    memory.push(Math.round(memoryOf(child)));
  }
  await new Promise((resolve) => setTimeout(resolve, 3000));
  return { requests: await count(), recorded: (await stored(url)).requests, memory };
}

async function stored(url) {
  const events = await fetch(new URL("/dashboard/events", url));
  const reader = events.body.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return JSON.parse(new TextDecoder().decode(value).slice(6)).totals;
}

upstream.kill();
console.log(JSON.stringify(results, null, 1));
process.exit(0);
