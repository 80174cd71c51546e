// Two builds of the gateway (or one under two sets of Node's flags) side by side: what each adds at 100 requests a second,
// request by request in turn, so that the machine's mood meets both alike and differences of .02 ms are seen.
//
//   node bench/gateway-pair.js FOLDER [FOLDER] [--flags="…"] [--flags="…"] [--blocks 20] [--seconds 2] [--rate 100] [--bare]
//
// FOLDER is a worktree of Tripos that is built; one folder is compared with itself. --flags are Node's, for the first and the
// second; --bare puts the proxy that only passes (gateway-bare.js) in the second's place.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { triposConfig } from "./gateway-contenders.js";
import { answers, load, memoryOf, timed } from "./gateway-load.js";

const usual = "--max-semi-space-size=32 --min-semi-space-size=16";
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    flags: { type: "string", multiple: true },
    blocks: { type: "string" },
    seconds: { type: "string" },
    rate: { type: "string" },
    bare: { type: "boolean" },
  },
});
const [blocks, seconds, rate] = [options.blocks ?? 20, options.seconds ?? 2, options.rate ?? 100].map(Number);
const folder = mkdtempSync(join(tmpdir(), "tripos-pair-"));
const children = [];
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});
function start(args) {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
  children.push(child);
  return child;
}
const bench = (name) => new URL(name, import.meta.url).pathname;
const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

const upstream = start([bench("gateway-upstream.js"), "serve"]);
const upstreamUrl = await new Promise((done) =>
  upstream.stdout.once("data", (data) => done(String(data).trim())),
);
const direct = `${upstreamUrl}/v1/chat/completions`;
const sides = [0, 1].map((i) => {
  const port = 18481 + i;
  const url = `http://127.0.0.1:${port}/v1/chat/completions`;
  if (i === 1 && options.bare)
    return { name: "bare", url, args: [bench("gateway-bare.js"), String(port), upstreamUrl, "undici"] };
  const home = resolve(positionals[i] ?? positionals[0] ?? ".");
  const own = join(folder, String(i));
  mkdirSync(own);
  const flags = options.flags?.[i] ?? usual;
  const serve = ["serve", "--config", triposConfig(own, upstreamUrl), "--port", String(port)];
  const args = [...flags.split(" ").filter(Boolean), join(home, "dist/cli/main.js"), ...serve];
  return { name: `${home} ${flags}`, url, args };
});
const cpu = ({ pid }) => {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
};

for (const side of sides) {
  side.child = start(side.args);
  side.child.stdout.resume();
  while (!(await answers(side.url, {}))) await wait(50);
  // The code is compiled, the database laid out.
  await load(side.url, {}, { connections: 16, duration: 6 });
  Object.assign(side, { p50: [], p99: [], spent: [] });
}
await wait(3_000);
const straight = timed(direct, {});
for (const side of sides)
  Object.assign(side, { asked: timed(side.url, {}), p50: [], p99: [], before: cpu(side.child) });
const begun = performance.now();
for (let block = 0; block < blocks; block++) {
  for (let i = 0; i < rate * seconds; i++) {
    const due = begun + (1000 * (block * rate * seconds + i)) / rate;
    // Both follow as often upon the other as upon the upstream alone.
    const turn = [sides[i % 2].asked, sides[1 - (i % 2)].asked, straight];
    for (let k = 0; k < 3; k++) {
      const left = due + (k * 1000) / (3 * rate) - performance.now();
      if (left > 0) await wait(left);
      turn[k].ask(i);
    }
  }
  await wait(50);
  const without = straight.taken();
  for (const side of sides) {
    const { p50, p99 } = side.asked.taken();
    side.p50.push(p50 - without.p50);
    side.p99.push(p99 - without.p99);
  }
  process.stderr.write(`${sides.map(({ p50 }) => p50.at(-1).toFixed(3)).join(" ")}\n`);
}
for (const { name, p50, p99, child, before } of sides)
  console.log(
    `p50 ${median(p50).toFixed(3)} ms, p99 ${median(p99).toFixed(2)}, ` +
      `${((cpu(child) - before) / (blocks * seconds * rate)).toFixed(3)} ms of processor a request, ${memoryOf(child).toFixed(0)} MB: ${name}`,
  );
const differences = sides[0].p50.map((each, i) => each - sides[1].p50[i]);
const mean = differences.reduce((sum, each) => sum + each, 0) / blocks;
const deviation = Math.sqrt(differences.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (blocks - 1));
console.log(`A − B: ${mean.toFixed(3)} ± ${((1.96 * deviation) / Math.sqrt(blocks)).toFixed(3)} ms of p50`);
process.exit(0);
