// The sweep kernel beside its plain twin and the machine's peak, and variational calibration beside py-irt.
// node bench/variational.js [--python pyirt/bin/python] [--large]
import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import {
  calibrateVariational,
  calibrateVariationalInThreads,
  simulate,
  simulateItems,
} from "../dist/index.js";
import { dotProducts } from "../dist/kernels/index.js";
import { sweepPlainly } from "../dist/kernels/logistic-sweep-plain.js";
import { factoriseLess } from "../dist/kernels/positive-system.js";
import { sharedDoubles, sweepHere } from "../dist/kernels/sweep-threads.js";
import { cholesky } from "../dist/numerics/index.js";

const { values } = parseArgs({ options: { python: { type: "string" }, large: { type: "boolean" } } });

/** Processor seconds: other work on the machine does not change them much. */
async function processorSeconds(work) {
  const before = process.cpuUsage();
  const clock = performance.now();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return { result, seconds: (user + system) / 1e6, clock: (performance.now() - clock) / 1000 };
}

const best = (work, repeats) => {
  let seconds = Infinity;
  for (let r = 0; r < repeats; r++) {
    const start = performance.now();
    work();
    seconds = Math.min(seconds, (performance.now() - start) / 1000);
  }
  return seconds;
};

const row = (...cells) =>
  console.log(cells.map((cell, k) => String(cell).padEnd(k === 0 ? 42 : 22)).join(""));

function sweepOf(subjects, items, size, tight) {
  const cells = {
    rows: items,
    columns: subjects,
    trials: new Float32Array(items * subjects).fill(1),
    successes: Float32Array.from({ length: items * subjects }, (_, at) => (at * 7919) % 2),
  };
  const gaussians = (rows) => ({
    rows,
    size,
    mean: sharedDoubles(rows * size).map((_, at) => Math.sin(at)),
    covariance: sharedDoubles(rows * size * size).map((_, at) =>
      (at % (size * size)) % (size + 1) === 0 ? 0.1 : 0,
    ),
  });
  const precision = new Float64Array(size * size);
  for (let k = 0; k < size; k++) precision[k * size + k] = 1;
  const job = {
    side: 0,
    target: gaussians(items),
    source: gaussians(subjects),
    priorMean: new Float64Array(size),
    priorPrecision: precision,
    fixed: false,
    tight,
    bound: false,
    expected: sharedDoubles(items),
    logDeterminants: sharedDoubles(items),
  };
  return { sides: [cells, cells], job, work: 2 * subjects * items * ((size * (size + 1)) / 2 + size) };
}

const k = 64;
const a = new Float32Array(64 * k).fill(0.5);
const b = new Float32Array(256 * k).fill(0.25);
const peak = (64 * 256 * k) / best(() => dotProducts(a, b, k), 500) / 1e9;
row("kernel (billion multiply-adds a second)", "kernel", "plain twin", "share of peak");
row("inner products in the cache: the peak", peak.toFixed(2));
for (const [name, tight] of [
  ["sweep 395 × 2000, D = 10, Pólya-Gamma", false],
  ["sweep 395 × 2000, D = 10, Gaussian", true],
]) {
  const { sides, job, work } = sweepOf(395, 2000, 11, tight);
  const kernel = sweepHere(sides);
  const plain = sweepPlainly(sides);
  const fast = work / best(() => kernel(job), 5) / 1e9;
  const slow = work / best(() => plain(job), 1) / 1e9;
  row(name, fast.toFixed(2), slow.toFixed(2), `${((100 * fast) / peak).toFixed(0)} %`);
}

{
  // The joint covariances' system at terminalbench's size: 560 unknowns are kept, 801 eliminated.
  const [n, lines] = [560, 801];
  const x = Float64Array.from({ length: n * lines }, (_, at) => Math.sin(at) / lines);
  const own = Float64Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? 2 : 0));
  const work = (n * n * lines) / 2 + n ** 3 / 6;
  const plainly = () => {
    const left = own.slice();
    for (let r = 0; r < n; r++)
      for (let c = 0; c <= r; c++) {
        let sum = 0;
        for (let j = 0; j < lines; j++) sum += x[r * lines + j] * x[c * lines + j];
        left[r * n + c] -= sum;
      }
    cholesky(left, n);
  };
  const fast = work / best(() => factoriseLess(own, x, n), 5) / 1e9;
  const slow = work / best(plainly, 1) / 1e9;
  // A vector holds two float64 numbers where the peak's held four float32 ones.
  row(
    "positive system 560 − 801, float64",
    fast.toFixed(2),
    slow.toFixed(2),
    `${((200 * fast) / peak).toFixed(0)} %`,
  );
}

console.log();
row("calibration", "processor seconds", "clock", "py-irt (2000 epochs)", "ratio");
for (const [subjects, items, dims, peer] of [
  [7, 2000, 50, true],
  [112, 89, 2, true],
  ...(values.large ? [[395, 28659, 10, false]] : []),
]) {
  const bank = simulateItems("2pl", { items, dims: Math.min(dims, 3), seed: 1 });
  const { matrix } = simulate(bank, { subjects, seed: 2 });
  const options = { dims, covariances: false };
  const large = matrix.scores.length > 1e6;
  // The first call pays for compiling; a user's only call does too, but a peer's interpreter start is left out as well.
  if (!large) calibrateVariational(matrix, options);
  const { seconds, clock } = await processorSeconds(() =>
    calibrateVariationalInThreads(matrix, { ...options, threads: large ? 2 : 1 }),
  );
  let theirs;
  if (values.python && peer) {
    const rows = matrix.subjects.map((_, s) => Array.from(matrix.scores.slice(s * items, (s + 1) * items)));
    const epochs = 100;
    const input = JSON.stringify({ rows, dims, epochs });
    const script = new URL("python/multidim_2pl.py", import.meta.url).pathname;
    const output = execFileSync(values.python, [script], { input, encoding: "utf8" });
    theirs = (JSON.parse(output.trim().split("\n").at(-1)).seconds * 2000) / epochs;
  }
  row(
    `${subjects} × ${items}, D = ${dims}`,
    seconds.toFixed(2),
    clock.toFixed(2),
    theirs?.toFixed(0) ?? "",
    theirs ? (theirs / seconds).toFixed(0) : "",
  );
  if (large) row("  resident memory at most, MB", (process.resourceUsage().maxRSS / 1024).toFixed(0));
}

console.log();
row("cost as responses grow, D = 2", "processor seconds", "ratio");
let before;
for (const [subjects, items] of [
  [100, 300],
  [100, 3000],
  [100, 30000],
]) {
  const bank = simulateItems("2pl", { items, dims: 2, seed: 1 });
  const { matrix } = simulate(bank, { subjects, seed: 2 });
  // A fixed number of iterations: how many convergence takes is chance.
  const options = { dims: 2, maxIterations: 60, tolerance: 0, standardErrors: "conditional" };
  if (before === undefined) calibrateVariational(matrix, options);
  const { seconds } = await processorSeconds(() => calibrateVariational(matrix, options));
  row(`${subjects} × ${items}`, seconds.toFixed(2), before ? (seconds / before).toFixed(1) : "");
  before = seconds;
}
