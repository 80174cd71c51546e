/**
 * What exams tell, against random questions and tinyBenchmarks' estimates, each figure with its standard error over
 * splits of the subjects; nothing is tuned on the subjects tested. Needs `npm run build`.
 *
 *     node bench/exams.js terminalbench FILE [SPLITS]   FILE: terminalbench_responses.jsonl
 *     node bench/exams.js leaderboard [SPLITS] [SEED]   simulated, 395 × 14,042 in 57 subscenarios, with misfit
 *     node bench/exams.js steep [SPLITS] [SEED]         the same with slopes as spread as terminalbench's
 *     node bench/exams.js floor [SPLITS]                the same exam with the true parameters of the items
 */
import { readFileSync } from "node:fs";
import {
  askAdaptively,
  calibrateVariational,
  compareExams,
  comparisonTable,
  hardScores,
  meanAbsolute,
  meanAndError,
  memorySource,
  permutation,
  poolOf,
  readResponses,
  scenariosOf,
  seededRandom,
  subPool,
  textTable,
} from "../dist/index.js";
import { simulatedLeaderboard, steep, trueParameters } from "./exams-data.js";

const [, , section, first, second] = process.argv;
const sections = { terminalbench, leaderboard, steep: () => leaderboard(steep), floor };
if (!Object.hasOwn(sections, section)) {
  console.error(`node bench/exams.js ${Object.keys(sections).join("|")}`);
  process.exit(2);
}
await sections[section]();

async function terminalbench() {
  const { matrix } = await readResponses([memorySource("terminalbench", readFileSync(first))]);
  compare(hardScores(matrix), { counts: [10, 20, 30], splits: Number(second ?? 20), test: 0.25 });
}

function leaderboard(shape) {
  compare(simulatedLeaderboard(395, shape), {
    counts: [100],
    splits: Number(first ?? 20),
    seed: Number(second ?? 1),
    test: 95 / 395,
    assessment: { folds: 3 },
  });
}

function compare(matrix, options) {
  const pool = poolOf(matrix, calibrateVariational(matrix).items, scenariosOf(matrix));
  const progress = (done, splits) => process.stderr.write(`split ${done} of ${splits}\r`);
  const comparison = compareExams(pool, { ...options, progress });
  const { known, tested, splits, chosen } = comparison;
  console.log(`\n${known} subjects known, ${tested} tested, ${splits} splits; points ± SE, Kendall τ`);
  const { columns, rows } = comparisonTable(comparison);
  console.log(textTable(columns, rows));
  for (const { count, splits: times } of chosen) console.log(`default at ${count}:`, times);
}

/** What no calibration can beat: adaptive exams with the true item parameters, both abilities known of. */
function floor() {
  const matrix = simulatedLeaderboard(395);
  const pool = poolOf(matrix, trueParameters(matrix.items.length), scenariosOf(matrix));
  const width = matrix.items.length;
  const errors = [];
  const rules = { criterion: "score", stop: { most: 100 }, among: 1, seed: 1 };
  for (let split = 0; split < Number(first ?? 5); split++) {
    const order = permutation(395, seededRandom(1000 + split));
    const examine = askAdaptively(rules)(subPool(pool, order.slice(95)));
    const held = Array.from(order.slice(0, 95));
    const estimates = held.map((s) => examine((i) => matrix.scores[s * width + i]).values.pIRT[0]);
    errors.push(
      100 *
        meanAbsolute(
          estimates,
          held.map((s) => pool.truth[s]),
        ),
    );
  }
  const [mean, error] = meanAndError(errors, 95 / 300);
  console.log(
    `adaptive p-IRT, true item parameters, 100 questions: ${mean.toFixed(2)} ± ${error.toFixed(2)} points`,
  );
}
