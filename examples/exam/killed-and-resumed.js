/**
 * A whole exam on real responses: one subject is taken out of a matrix, the others make the item bank, and the one takes an
 * exam at a local server that answers as the matrix says. The exam is killed half-way (SIGKILL) and resumed; the score,
 * its interval and the true value are printed.
 *
 *     npm run build
 *     node examples/exam/killed-and-resumed.js terminalbench_responses.jsonl [--count 20] [--subject NAME] [--json]
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { mockEndpoint } from "./mock-endpoint.js";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: "string", default: "20" },
    subject: { type: "string" },
    json: { type: "boolean" },
  },
});
const lines = readFileSync(positionals[0], "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line));
const examinee = values.subject
  ? lines.find(({ subject_id }) => subject_id === values.subject)
  : lines[Math.floor(lines.length / 2)];
const items = Object.keys(examinee.responses);
const truth = items.reduce((sum, item) => sum + (examinee.responses[item] > 0 ? 1 : 0), 0) / items.length;

const folder = mkdtempSync(join(tmpdir(), "tripos-exam-"));
const at = (name) => join(folder, name);
const say = (text) => values.json || console.log(text);
const endpoint = await mockEndpoint((item) => examinee.responses[item], 60);
try {
  const others = lines.filter((line) => line !== examinee);
  writeFileSync(at("known.jsonl"), others.map((line) => JSON.stringify(line)).join("\n"));
  writeFileSync(
    at("questions.jsonl"),
    items
      .map((item) => ({ item, question: `Question ${item}`, choices: ["solved", "not solved"], answer: "A" }))
      .map((question) => JSON.stringify(question))
      .join("\n"),
  );
  await tripos("calibrate", at("known.jsonl"), "--out", at("bank"), "--dims", "1");
  say(await tripos("exam", "design", at("bank"), "--count", values.count, "--out", at("exam.json")));

  const take = [
    "exam",
    "take",
    at("exam.json"),
    "--questions",
    at("questions.jsonl"),
    "--base-url",
    endpoint.url,
  ];
  take.push(
    "--model",
    examinee.subject_id,
    "--concurrency",
    "2",
    "--price",
    "0.5,2",
    "--out",
    at("answers.jsonl"),
  );
  const killed = start(take);
  while (endpoint.asked.length < Number(values.count) / 2) await new Promise((wake) => setTimeout(wake, 5));
  killed.kill("SIGKILL");
  await new Promise((resolve) => killed.on("close", resolve));
  const kept = readFileSync(at("answers.jsonl"), "utf8").trim().split("\n").length;
  say(`killed after ${endpoint.asked.length} requests; ${kept} answers were kept\n`);

  const before = endpoint.asked.length;
  say(await tripos(...take, "--resume"));
  const answers = readFileSync(at("answers.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const score = ["exam", "score", at("bank"), at("answers.jsonl"), "--exam", at("exam.json")];
  say(await tripos(...score));
  const { scenarios } = JSON.parse(await tripos(...score, "--json"));
  const { estimate, interval } = scenarios.at(-1);
  const percent = (share) => `${(100 * share).toFixed(1)} %`;
  say(
    `estimated ${percent(estimate)}, 95 % interval ${interval.map(percent).join(" to ")}; true score on all ${items.length}: ${percent(truth)}`,
  );
  if (values.json)
    console.log(
      JSON.stringify({
        estimate,
        interval,
        truth,
        kept,
        requests: endpoint.asked.length,
        afterwards: endpoint.asked.slice(before),
        answered: answers.map(({ item }) => item),
      }),
    );
} finally {
  endpoint.close();
  rmSync(folder, { recursive: true });
}

function start(args) {
  return spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "inherit"] });
}

/** Runs the command line to its end; what it prints. */
async function tripos(...args) {
  const child = start(args);
  const parts = [];
  child.stdout.on("data", (part) => parts.push(part));
  const code = await new Promise((resolve) => child.on("close", resolve));
  if (code !== 0) throw new Error(`tripos ${args[0]} ${args[1]} ended with code ${code}`);
  return Buffer.concat(parts).toString();
}
