/**
 * Speed of marginal maximum likelihood on simulated data: 5,000 people × 1,000 items, 3PL, on one thread and on two; and a
 * 2PL beside girth's (pip install girth), the one peer for it that is not R.
 * node bench/mml.js [--python PYTHON]
 */
import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import { calibrateMmlInThreads, simulate, simulateItems } from "../dist/index.js";

const { values } = parseArgs({ options: { python: { type: "string" } } });

const row = (...cells) =>
  console.log(cells.map((cell, k) => String(cell).padEnd(k === 0 ? 34 : 20)).join(""));

async function calibrated(family, subjects, items, threads) {
  const truth = simulateItems(family, { items, seed: 1 });
  const { matrix } = simulate(truth, { subjects, seed: 2 });
  const before = process.cpuUsage();
  const clock = performance.now();
  const fit = await calibrateMmlInThreads(matrix, { family, threads });
  const { user, system } = process.cpuUsage(before);
  return {
    matrix,
    clock: (performance.now() - clock) / 1000,
    seconds: (user + system) / 1e6,
    rmse: rmse(fit.items.discrimination, truth.discrimination),
    truth,
  };
}

const rmse = (found, wanted) =>
  Math.sqrt(found.reduce((sum, a, i) => sum + (a - wanted[i]) ** 2, 0) / found.length);

row("calibration", "clock", "processor seconds", "RMSE of slopes");
for (const threads of [1, 2]) {
  const { clock, seconds, rmse } = await calibrated("3pl", 5000, 1000, threads);
  row(`3PL 5000 × 1000, ${threads} threads`, clock.toFixed(1), seconds.toFixed(1), rmse.toFixed(3));
}
const small = await calibrated("2pl", 1000, 50, 1);
row("2PL 1000 × 50", small.clock.toFixed(2), small.seconds.toFixed(2), small.rmse.toFixed(3));
if (values.python) {
  const { subjects, items, scores } = small.matrix;
  const width = items.length;
  const rows = subjects.map((_, s) => Array.from(scores.subarray(s * width, (s + 1) * width)));
  const script = new URL("python/girth_mml.py", import.meta.url).pathname;
  const output = execFileSync(values.python, [script], { input: JSON.stringify({ rows }), encoding: "utf8" });
  const theirs = JSON.parse(output.trim().split("\n").at(-1));
  const error = rmse(theirs.discrimination, small.truth.discrimination).toFixed(3);
  row("girth's 2PL, the same responses", "", theirs.seconds.toFixed(2), error);
  row("ratio of processor seconds", "", (theirs.seconds / small.seconds).toFixed(1));
}
