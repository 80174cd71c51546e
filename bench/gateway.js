// Tripos, Portkey's gateway and LiteLLM's proxy in front of the same mock upstream, with the same load, in one run.
//
//   npm run build
//   node bench/gateway.js [--portkey FOLDER] [--litellm FILE] [--bare undici,fetch,…] [--only NAME] [--seconds 10] [--soak REQUESTS] [--json]
//
// FOLDER has node_modules/@portkey-ai/gateway, FILE is LiteLLM's program. Tripos decides by its MMLU router and records
// every request in its embedded PostgreSQL; the others pass through. --bare adds proxies that do nothing but pass (see
// gateway-bare.js): what Node itself takes.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { contendersOf } from "./gateway-contenders.js";
import { addedLatency, answers, load, memoryOf, soak, streams } from "./gateway-load.js";

const { values: options } = parseArgs({
  options: {
    portkey: { type: "string" },
    litellm: { type: "string" },
    bare: { type: "string" },
    only: { type: "string" },
    seconds: { type: "string" },
    soak: { type: "string" },
    json: { type: "boolean" },
  },
});
const seconds = Number(options.seconds ?? 10);
const folder = mkdtempSync(join(tmpdir(), "tripos-bench-"));
const children = [];
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});
const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

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

/** Processor time of a process so far, in microseconds: other work on the machine changes it less than the clock's. */
function processorTime({ pid }) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

/** The first start of all lays out the database; the starts after it are what is measured. */
async function layOut(contender) {
  const first = contender.start();
  const records = new URL("/v1/requests?limit=1", contender.url);
  const listed = () =>
    fetch(records).then(
      (response) => response.ok,
      () => false,
    );
  while (!(await listed())) await wait(100);
  await ended(first);
}

/** How long a gateway may take to start, and its streams to end. */
const patience = { start: 180_000, streams: 45_000 };

async function measure(contender, direct) {
  const { name, url, headers } = contender;
  if (name === "tripos") await layOut(contender);
  const begun = performance.now();
  const child = contender.start();
  child.stdout.resume();
  while (!(await answers(url, headers))) {
    if (performance.now() - begun > patience.start) throw new Error(`${name} did not start`);
    await wait(10);
  }
  const startSeconds = (performance.now() - begun) / 1000;
  process.stderr.write(`${name} answers after ${startSeconds.toFixed(2)} s\n`);
  await load(url, headers, { connections: 16, duration: Math.min(8, seconds) });
  const before = processorTime(child);
  const busy = await load(url, headers, { connections: 16, duration: seconds });
  const spent = processorTime(child) - before;
  const latency = await addedLatency(url, headers, direct, 100, seconds);
  const memory = memoryOf(child);
  const streaming = await streams(url, headers, 1000, patience.streams);
  const result = {
    name,
    requestsPerSecond: busy.requests.average,
    microsecondsPerRequest: spent / busy.requests.total,
    failed: busy.non2xx + busy.errors,
    ...latency,
    startSeconds,
    memory,
    memoryAfterStreams: memoryOf(child),
    identicalStreams: `${streaming.identical}/${streaming.of}`,
    streamSeconds: streaming.seconds,
    ...(name === "tripos" && options.soak && { soak: await soak(url, child, Number(options.soak)) }),
  };
  await ended(child);
  return result;
}

function table(results) {
  const rows = [
    ["requests/s, 16 connections", (r) => r.requestsPerSecond.toFixed(0)],
    ["processor time of a request, µs", (r) => r.microsecondsPerRequest.toFixed(0)],
    ["added at 100 requests/s, p50, ms", (r) => r.addedP50.toFixed(2)],
    ["added at 100 requests/s, p99, ms", (r) => r.addedP99.toFixed(2)],
    ["start to first answer, s", (r) => r.startSeconds.toFixed(2)],
    ["memory, MB", (r) => r.memory.toFixed(0)],
    ["1,000 streams, byte-identical", (r) => r.identicalStreams],
    ["memory after them, MB", (r) => r.memoryAfterStreams.toFixed(0)],
  ];
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [
    line(["", ...results.map(({ name }) => name)]),
    line(["---", ...results.map(() => "---:")]),
    ...rows.map(([title, value]) => line([title, ...results.map(value)])),
  ].join("\n");
}

const upstream = start(process.execPath, [new URL("gateway-upstream.js", import.meta.url).pathname, "serve"]);
const upstreamUrl = await new Promise((resolve) =>
  upstream.stdout.once("data", (data) => resolve(String(data).trim())),
);
const direct = `${upstreamUrl}/v1/chat/completions`;
const results = [];
const { portkey, litellm } = options;
const bare = options.bare?.split(",") ?? [];
for (const contender of contendersOf({ folder, upstreamUrl, portkey, litellm, bare, start }))
  if (!options.only || contender.name === options.only) results.push(await measure(contender, direct));
if (options.json) console.log(JSON.stringify({ results }, null, 1));
else {
  console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0].model}\n\n${table(results)}`);
  for (const { soak: soaked } of results) if (soaked) console.log(`\nsoak: ${JSON.stringify(soaked)}`);
}
process.exit(0);
