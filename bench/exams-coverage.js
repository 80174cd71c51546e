/**
 * How often the 90 % interval holds the true score of new subjects, with 15, 30, 100 and 400 known. Needs `npm run build`.
 *
 *     node bench/exams-coverage.js [LEADERBOARDS] [SUBJECTS…]
 *
 * conformal: as `exam score` gives it, for fixed and adaptive exams. Bayesian: from the posterior of the ability and the
 * unseen answers alone, as the model believes them.
 */
import {
  askAdaptively,
  assess,
  calibrateVariational,
  designExam,
  examInPool,
  halfWidth,
  meanAndError,
  permutation,
  poolOf,
  Scorer,
  scenariosOf,
  seededRandom,
  selectSubjects,
  simulateLeaderboard,
  textTable,
} from "../dist/index.js";

const items = 300;
const count = 40;
const tested = 60;
const [, , leaderboards = "30", ...sizes] = process.argv;

const rows = [];
for (const subjects of sizes.length > 0 ? sizes.map(Number) : [15, 30, 100, 400]) {
  const found = { fixed: [], adaptive: [], bayesian: [] };
  for (let r = 0; r < Number(leaderboards); r++) {
    const all = simulateLeaderboard({ subjects: subjects + tested, items, seed: 7000 + r, copies: 0.2 });
    // In random order, so that new subjects are as near to known ones as these are to each other.
    const order = permutation(subjects + tested, seededRandom(r));
    const known = selectSubjects(all, order.slice(0, subjects));
    const pool = poolOf(known, calibrateVariational(known).items, scenariosOf(known));
    const shares = { fixed: fixedExam(pool, r), ...adaptiveExam(pool, r) };
    for (const [name, interval] of Object.entries(shares)) {
      let inside = 0;
      let width = 0;
      for (const s of order.slice(subjects)) {
        const row = all.scores.subarray(s * items, (s + 1) * items);
        const truth = row.reduce((a, b) => a + b) / items;
        const [low, high] = interval((i) => row[i]);
        if (truth >= low && truth <= high) inside++;
        width += (100 * (high - low)) / tested;
      }
      found[name].push([(100 * inside) / tested, width]);
    }
    process.stderr.write(`${subjects} subjects, leaderboard ${r + 1}\r`);
  }
  for (const [name, values] of Object.entries(found))
    rows.push([
      subjects,
      name,
      ...meanAndError(
        values.map(([share]) => share),
        0,
      ),
      meanAndError(
        values.map(([, width]) => width),
        0,
      )[0],
    ]);
}
console.log(`\n${items} questions, ${count} asked, ${leaderboards} leaderboards, ${tested} new models each`);
console.log(
  textTable(
    [
      { title: "subjects" },
      { title: "interval" },
      { title: "coverage %", digits: 1 },
      { title: "± SE", digits: 1 },
      { title: "mean width, points", digits: 1 },
    ],
    rows,
  ),
);

function fixedExam(pool, seed) {
  const exam = designExam(pool, "bank", { count, method: "readout", seed: seed + 1 });
  const taken = examInPool(exam, pool, "bank", "exam.json");
  const scorer = new Scorer(pool, { exam: taken });
  const { items: asked } = taken.asked;
  return (answer) =>
    scorer.score({ subject: "new", items: asked, scores: Float64Array.from(asked, answer) }).scenarios[0]
      .interval90;
}

function adaptiveExam(pool, seed) {
  const rules = { criterion: "score", stop: { most: count }, among: 1, seed: 1 };
  const [{ scales }] = assess(pool, askAdaptively(rules), { seed: seed + 1 }).scenarios;
  const examine = askAdaptively(rules)(pool);
  const within = (half) => (answer) => {
    const { values, spread } = examine(answer);
    return [values.pIRT[0] - half(spread[0]), values.pIRT[0] + half(spread[0])];
  };
  return {
    adaptive: within((spread) => halfWidth(scales.pIRT, spread, 0.9)),
    bayesian: within((spread) => 1.6449 * spread),
  };
}
