/**
 * Processor time of exams on a bank of 14,042 items and 300 subjects. Needs `npm run build`.
 *
 *     node bench/exams-speed.js [PYTHON]     PYTHON with scikit-learn: its k-means in the same run
 */
import { execFileSync } from "node:child_process";
import {
  adaptiveExam,
  fitEstimators,
  poolOf,
  scenariosOf,
  seededNormal,
  seededRandom,
  selectQuestions,
  textTable,
} from "../dist/index.js";
import { simulatedLeaderboard } from "./exams-data.js";

const known = simulatedLeaderboard(300);
const items = known.items.length;
const normal = seededNormal(seededRandom(3));
const parameters = {
  family: "2pl",
  dims: 1,
  discrimination: Float64Array.from({ length: items }, () => Math.exp(0.3 * normal())),
  intercept: Float64Array.from({ length: items }, () => 1.3 * normal()),
};
const pool = poolOf(known, parameters, scenariosOf(known));
const asked = selectQuestions(pool, { count: 100, method: "random" });
const estimate = fitEstimators(pool, asked);
const answers = (s) => Float64Array.from(asked.items, (i) => known.scores[s * items + i]);
const rows = [["score one model on 14,042 items", timed(50, (s) => estimate(answers(s))), null]];
for (const criterion of ["fisher", "d-optimal", "posterior", "kullback-leibler", "score"]) {
  const exam = adaptiveExam(parameters, { criterion, stop: { most: 100 } });
  let state = exam.next(exam.start());
  rows.push([
    `next adaptive question, ${criterion}`,
    timed(60, () => {
      state = exam.next(exam.answer(state, { score: known.scores[state.pending] }));
    }),
    null,
  ]);
}
rows.push([
  "100 questions by read-out",
  timed(2, () => selectQuestions(pool, { count: 100, method: "readout" })),
  null,
]);
const anchors = timed(3, (seed) => selectQuestions(pool, { count: 100, method: "anchors", seed }));
const python = process.argv[2] && sklearn(process.argv[2], parameters);
rows.push(["100 anchors (five starts)", anchors, python ? python / anchors : null]);
console.log(
  textTable([{ title: "" }, { title: "ms", digits: 1 }, { title: "scikit-learn / Tripos", digits: 2 }], rows),
);

/** Processor milliseconds of one call, the least of some: another process on the machine counts little. */
function timed(times, call) {
  let least = Infinity;
  for (let r = 0; r < times; r++) {
    const before = process.cpuUsage();
    call(r);
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

function sklearn(python, { discrimination, intercept }) {
  const program = `
import json, sys, time, numpy as np
from sklearn.cluster import KMeans
x = np.array(json.load(sys.stdin))
least = 1e9
for seed in range(3):
    t = time.process_time(); KMeans(n_clusters=100, n_init=5, random_state=seed).fit(x, sample_weight=np.ones(len(x)) / len(x)); least = min(least, time.process_time() - t)
print(1000 * least)`;
  const input = JSON.stringify(Array.from(discrimination, (a, i) => [a, -intercept[i]]));
  return Number(execFileSync(python, ["-c", program], { input, encoding: "utf8", maxBuffer: 1 << 26 }));
}
