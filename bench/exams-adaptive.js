/**
 * Fluid benchmarking's comparison (Hofmann et al. 2025): accuracy on random questions against adaptive exams, by the
 * distance of the ranks from the true ones and by the variation along a ladder of models. Needs `npm run build`.
 *
 *     node bench/exams-adaptive.js simulated [SPLITS]        100 of 2000 questions, leaderboards with misfit
 *     node bench/exams-adaptive.js steep [SPLITS]            the same with slopes as spread as terminalbench's
 *     node bench/exams-adaptive.js terminalbench FILE [SPLITS]   30 of 89 tasks
 */
import { readFileSync } from "node:fs";
import {
  askAdaptively,
  calibrateVariational,
  hardScores,
  meanAndError,
  memorySource,
  permutation,
  poolOf,
  rankDistance,
  readResponses,
  scenariosOf,
  seededNormal,
  seededRandom,
  selectSubjects,
  simulateLeaderboard,
  textTable,
} from "../dist/index.js";
import { steep } from "./exams-data.js";

const [, , section, first, second] = process.argv;
const sections = { simulated, steep: () => simulated(steep), terminalbench };
if (!Object.hasOwn(sections, section)) {
  console.error(`node bench/exams-adaptive.js ${Object.keys(sections).join("|")}`);
  process.exit(2);
}
await sections[section]();

function simulated(shape) {
  const items = 2000;
  const board = (seed) =>
    simulateLeaderboard({ subjects: 300, items, seed, second: 0.3, noise: 0.2, ...shape });
  const splits = Array.from({ length: Number(first ?? 20) }, (_, split) => {
    const all = board(9000 + split);
    const order = Array.from({ length: 300 }, (_, s) => s);
    return {
      all,
      known: order.slice(0, 200),
      held: order.slice(200),
      ladder: checkpoints(items, split, shape),
    };
  });
  // Each leaderboard is its own.
  compare(splits, 100, 0);
}

async function terminalbench() {
  const { matrix } = await readResponses([memorySource("terminalbench", readFileSync(first))]);
  const all = hardScores(matrix);
  const splits = Array.from({ length: Number(second ?? 20) }, (_, split) => {
    const order = Array.from(permutation(all.subjects.length, seededRandom(1000 + split)));
    return { all, known: order.slice(0, 72), held: order.slice(72) };
  });
  compare(splits, 30, splits[0].held.length / 72);
}

/** @param overlap tested over known subjects where all splits are of the same ones; see `meanAndError` */
function compare(splits, count, overlap) {
  const results = new Map();
  splits.forEach(({ all, known, held, ladder }, split) => {
    const width = all.items.length;
    const answerOf = (s) => (i) => all.scores[s * width + i];
    const total = (answer) => Array.from({ length: width }, (_, i) => answer(i)).reduce((a, b) => a + b);
    const models = held.map(answerOf);
    const truth = models.map(total);
    // Without checkpoints the ladder is the tested models themselves, from the weakest to the strongest.
    const order = held.map((_, h) => h).sort((a, b) => truth[a] - truth[b]);
    const steps = ladder?.(width) ?? order.map((h) => models[h]);
    for (const [name, examine] of ways(selectSubjects(all, known), count, split)) {
      const row = results.get(name) ?? { distance: [], variation: [] };
      results.set(name, row);
      row.distance.push(rankDistance(models.map(examine), truth));
      row.variation.push(totalVariation(steps.map(examine)));
    }
    process.stderr.write(`split ${split + 1} of ${splits.length}\r`);
  });
  const columns = [
    { title: "" },
    { title: "rank distance", digits: 2 },
    { title: "± SE", digits: 2 },
    { title: "of random", digits: 2 },
    { title: "variation along a ladder", digits: 2 },
    { title: "± SE", digits: 2 },
  ];
  const reference = meanAndError(results.get("accuracy, random questions").distance, overlap)[0];
  const rows = [...results].map(([name, { distance, variation }]) => {
    const [mean, error] = meanAndError(distance, overlap);
    return [name, mean, error, mean / reference, ...meanAndError(variation, overlap)];
  });
  console.log(
    `\n${count} questions, ${splits[0].known.length} models known, ${splits[0].held.length} ranked, ${splits.length} splits`,
  );
  console.log(textTable(columns, rows));
}

/** From a model's answers to what it is ranked by. */
function* ways(known, count, split) {
  const width = known.items.length;
  const scenarios = scenariosOf(known);
  const same = permutation(width, seededRandom(split)).slice(0, count);
  let model = 0;
  const accuracy = (asked) => (answer) => asked.reduce((sum, i) => sum + answer(i), 0);
  yield ["accuracy, the same random questions for all", accuracy(same)];
  yield [
    "accuracy, random questions",
    (answer) =>
      accuracy(permutation(width, seededRandom(1e4 * (split + 1) + model++)).slice(0, count))(answer),
  ];
  for (const dims of [1, 2]) {
    const pool = poolOf(known, calibrateVariational(known, { dims }).items, scenarios);
    const rules = { criterion: "score", stop: { most: count }, among: 1, seed: 1 };
    const examine = askAdaptively(rules)(pool);
    yield [
      `adaptive, ${dims === 1 ? "one dimension" : "two dimensions"}`,
      (answer) => examine(answer).values.pIRT[0],
    ];
  }
}

/** 50 checkpoints of one model, each a little abler than the last, answering with the same luck. */
function checkpoints(items, split, shape) {
  const normal = seededNormal(seededRandom(500 + split));
  const uniform = seededRandom(600 + split);
  const luck = Float64Array.from({ length: items }, uniform);
  const { slope, intercept } = simulatedItems(items, 9000 + split, shape);
  return () =>
    Array.from({ length: 50 }, (_, step) => {
      const theta = -1.5 + (3 * step) / 49;
      const wobble = Float64Array.from({ length: items }, () => 0.5 * normal());
      return (i) => {
        const z = slope[i] * theta + intercept[i] + wobble[i];
        return luck[i] < 1 / (1 + Math.exp(-z)) ? 1 : 0;
      };
    });
}

/** Slopes and intercepts that `simulateLeaderboard` draws first. */
function simulatedItems(items, seed, { slopes: [mean, deviation] = [0, 0.3], intercepts = 1.3 } = {}) {
  const normal = seededNormal(seededRandom(seed));
  const slope = Float64Array.from({ length: items }, () => Math.exp(mean + deviation * normal()));
  for (let i = 0; i < items; i++) normal();
  return { slope, intercept: Float64Array.from({ length: items }, () => intercepts * normal()) };
}

/** Σ |step| over the whole rise: 1 for a curve that only rises. */
function totalVariation(values) {
  let sum = 0;
  for (let i = 1; i < values.length; i++) sum += Math.abs(values[i] - values[i - 1]);
  return sum / Math.abs(values.at(-1) - values[0]);
}
