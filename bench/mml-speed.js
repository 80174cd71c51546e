/**
 * Speed of marginal maximum likelihood: 5,000 people × 1,000 items, 3PL, simulated.
 * node bench/mml-speed.js [--subjects 5000] [--items 1000] [--model 3pl] [--threads 2]
 */
import { parseArgs } from "node:util";
import { calibrateMmlInThreads, simulate, simulateItems } from "../dist/index.js";

const { values } = parseArgs({
  options: {
    subjects: { type: "string", default: "5000" },
    items: { type: "string", default: "1000" },
    model: { type: "string", default: "3pl" },
    threads: { type: "string", default: "2" },
  },
});
const truth = simulateItems(values.model, { items: Number(values.items), seed: 1 });
const { matrix } = simulate(truth, { subjects: Number(values.subjects), seed: 2 });
const began = performance.now();
const before = process.cpuUsage().user;
const fit = await calibrateMmlInThreads(matrix, { family: values.model, threads: Number(values.threads) });
const seconds = (performance.now() - began) / 1000;
let square = 0;
fit.items.discrimination.forEach((a, i) => {
  square += (a - truth.discrimination[i]) ** 2;
});
process.stdout.write(
  `${values.model}, ${values.subjects} × ${values.items}, ${values.threads} threads: ${seconds.toFixed(1)} s (${((process.cpuUsage().user - before) / 1e6).toFixed(1)} s of processor), ` +
    `${fit.iterations} EM steps, standard errors by ${fit.standardErrorMethod}, ` +
    `RMSE of slopes ${Math.sqrt(square / fit.items.discrimination.length).toFixed(3)}\n`,
);
