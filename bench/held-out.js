/**
 * Held-out responses foretold: a tenth of the cells masked, the same for both sides; `tripos calibrate` and `tripos predict`
 * with their defaults beside py-irt's multidim_2pl in 1, 2, 5 and 10 dimensions. Means over the masks; the difference is to
 * the best of py-irt's dimensions, chosen in hindsight, with its standard error over the masks.
 * node bench/held-out.js [--data ../shared/data] [--masks 5] [--matrices gso,gsm8k] [--peer bench/held-out-peer.json]
 * [--python PYTHON]
 * `--peer` holds py-irt's numbers; with `--python` they are computed (an hour) and written there.
 */
import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import {
  calibrateBank,
  hardScores,
  permutation,
  predictBank,
  readResponses,
  seededRandom,
  sourcesAt,
} from "../dist/node.js";

const { values } = parseArgs({
  options: {
    data: { type: "string", default: "../shared/data" },
    masks: { type: "string", default: "5" },
    matrices: { type: "string", default: "terminalbench,gso,mmlu,gsm8k,arc_challenge,mbpp" },
    peer: { type: "string", default: "bench/held-out-peer.json" },
    python: { type: "string" },
  },
});
const dims = [1, 2, 5, 10];
const epochs = [100, 250, 500];
const files = {
  terminalbench: "matrices/terminalbench_responses.jsonl",
  gso: "matrices/gso_responses.jsonl",
  mmlu: "routerdc/mmlu_train.json",
  gsm8k: "routerdc/gsm8k-train.json",
  humaneval: "routerdc/humaneval_train.json",
  arc_challenge: "routerbench/arc_challenge_train.csv",
  mbpp: "routerbench/mbpp_train.csv",
};

/** A tenth of the observed cells apart from the rest. */
function mask(matrix, seed) {
  const cells = Array.from(matrix.observed.keys()).filter((cell) => matrix.observed[cell]);
  const hidden = permutation(cells.length, seededRandom(seed)).subarray(0, Math.round(cells.length / 10));
  const [train, test] = [matrix.observed.slice(), new Uint8Array(matrix.observed.length)];
  for (const k of hidden) {
    train[cells[k]] = 0;
    test[cells[k]] = 1;
  }
  return { train: { ...matrix, observed: train }, test: { ...matrix, observed: test } };
}

function peerTask({ train, test }, d) {
  const width = train.items.length;
  const rows = train.subjects.map((_, s) =>
    train.items.map((_, i) => (train.observed[s * width + i] ? train.scores[s * width + i] : null)),
  );
  const cells = Array.from(test.observed.keys()).filter((cell) => test.observed[cell]);
  return {
    rows,
    test: cells.map((cell) => [Math.floor(cell / width), cell % width, test.scores[cell]]),
    dims: d,
    epochs,
  };
}

/** Of py-irt: [variant][dimension][epoch][mask]. */
async function runPeer(masks) {
  const python = spawn(values.python, [new URL("python/held_out.py", import.meta.url).pathname], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  for (const part of masks)
    for (const d of dims) python.stdin.write(`${JSON.stringify(peerTask(part, d))}\n`);
  python.stdin.end();
  const answers = [];
  for await (const line of createInterface({ input: python.stdout })) answers.push(JSON.parse(line));
  const rounded = (x) => Number(x.toFixed(5));
  const of = (variant) =>
    Object.fromEntries(
      dims.map((d, k) => [
        d,
        Object.fromEntries(
          epochs.map((epoch, e) => [
            epoch,
            masks.map((_, m) => rounded(answers[m * dims.length + k][variant][e])),
          ]),
        ),
      ]),
    );
  return { released: of("released"), stable: of("stable") };
}

const mean = (x) => x.reduce((sum, v) => sum + v, 0) / x.length;
const standardError = (x) => Math.sqrt(mean(x.map((v) => (v - mean(x)) ** 2)) / Math.max(1, x.length - 1));

/** The best of a variant's dimensions (and epochs, or the last one only) by its mean over the masks. */
function best(variant, count, last) {
  let found;
  for (const d of dims)
    for (const epoch of last ? epochs.slice(-1) : epochs) {
      const logLikelihoods = variant[d][epoch].slice(0, count);
      if (!found || mean(logLikelihoods) > mean(found.logLikelihoods)) found = { d, epoch, logLikelihoods };
    }
  return found;
}

const peers = existsSync(values.peer) ? JSON.parse(readFileSync(values.peer, "utf8")) : {};
const count = Number(values.masks);
const head = [
  "matrix",
  "size",
  "Tripos",
  "D",
  "ECE",
  "seconds",
  "py-irt, release",
  "stable",
  "stable, last epoch",
];
process.stdout.write(`| ${head.join(" | ")} |\n|${head.map(() => "---|").join("")}\n`);
for (const name of values.matrices.split(",")) {
  const { matrix } = await readResponses(await sourcesAt([join(values.data, files[name])]));
  const hard = hardScores(matrix);
  const masks = Array.from({ length: count }, (_, m) => mask(hard, m + 1));
  const ours = [];
  const [chosen, ece] = [[], []];
  const began = process.cpuUsage();
  for (const { train, test } of masks) {
    const bank = await calibrateBank(train, { tripos: "bench" });
    const scores = predictBank(bank, test);
    ours.push(scores.logLikelihood);
    ece.push(scores.ece);
    chosen.push(bank.parameters.dims);
  }
  const seconds = process.cpuUsage(began).user / 1e6 / count;
  if (values.python) {
    peers[name] = await runPeer(masks);
    writeFileSync(values.peer, `${JSON.stringify(peers)}\n`);
  }
  const beside = (variant, last) => {
    if (!peers[name]) return "";
    const peer = best(peers[name][variant], count, last);
    const gain = ours.map((x, m) => x - peer.logLikelihoods[m]);
    return `${mean(peer.logLikelihoods).toFixed(4)} (D = ${peer.d}, ${peer.epoch}): +${mean(gain).toFixed(4)} ± ${standardError(gain).toFixed(4)}`;
  };
  const row = [
    name,
    `${hard.subjects.length} × ${hard.items.length}`,
    mean(ours).toFixed(4),
    chosen.join(" "),
    mean(ece).toFixed(3),
    seconds.toFixed(1),
    beside("released", false),
    beside("stable", false),
    beside("stable", true),
  ];
  process.stdout.write(`| ${row.join(" | ").replaceAll("+-", "−").replaceAll("-0", "−0")} |\n`);
}
