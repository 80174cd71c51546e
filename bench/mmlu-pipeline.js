// The whole MMLU pipeline, Tripos against Python, from the two files to the accuracy: seconds a step and their ratio.
import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    python: { type: "string", default: "python3" },
    data: { type: "string" },
    embeddings: { type: "string" },
    runs: { type: "string", default: "5" },
  },
});
if (!values.data || !values.embeddings) {
  process.stderr.write(
    "usage: node bench/mmlu-pipeline.js --python PYTHON --data FOLDER --embeddings FILE.npy [--runs 5]\n",
  );
  process.exit(2);
}
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const out = mkdtempSync(join(tmpdir(), "tripos-bench-"));

const timed = (command, args) => {
  const start = performance.now();
  const stdout = execFileSync(command, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    maxBuffer: 1 << 26,
  });
  return { wall: (performance.now() - start) / 1000, ...JSON.parse(stdout.trim().split("\n").at(-1)) };
};
const tripos = (...options) =>
  timed(process.execPath, [
    here("../dist/cli/main.js"),
    "reproduce",
    "mmlu",
    "--data",
    values.data,
    "--ability",
    "mle",
    "--out",
    join(out, "tripos"),
    "--json",
    ...options,
  ]);
const median = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1];

const ours = Array.from({ length: Number(values.runs) + 1 }, () =>
  tripos("--features", values.embeddings),
).slice(1);
const lexical = Array.from({ length: Number(values.runs) }, () => tripos());
const theirs = timed(values.python, [
  here("python/mmlu_pipeline.py"),
  values.data,
  values.embeddings,
  join(out, "python"),
]);

const steps = [
  "ids",
  "matrix",
  "irt",
  "anchors",
  "unseen questions",
  "append",
  "ability and p-IRT",
  "decision",
];
const row = (name, python, mine) =>
  `| ${name} | ${python.toFixed(2)} | ${mine.toFixed(3)} | ${(python / mine).toFixed(0)} |`;
const lines = [
  `Node ${process.version}, ${cpus().length} × ${cpus()[0].model}; median of ${values.runs} runs of Tripos, one of Python`,
  "",
  "| step | Python, s | Tripos, s | ratio |",
  "|---|---|---|---|",
  ...steps.map((step) => row(step, theirs.seconds[step], median(ours.map((run) => run.seconds[step])))),
  row("whole command", theirs.seconds.total, median(ours.map((run) => run.wall))),
  "",
  `whole command with the embedded features instead of given embeddings: ${median(lexical.map((run) => run.wall)).toFixed(2)} s`,
  `accuracy: Python ${theirs.accuracy.toFixed(4)}, Tripos ${ours[0].accuracy.router.toFixed(4)}`,
];
process.stdout.write(`${lines.join("\n")}\n`);
