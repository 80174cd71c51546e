/**
 * What exams tell, against random questions and tinyBenchmarks' estimates, each figure with its standard error over
 * splits of the subjects; nothing is tuned on the subjects tested. Needs `npm run build`.
 *
 *     node bench/exams.js terminalbench FILE [SPLITS]   FILE: terminalbench_responses.jsonl
 *     node bench/exams.js leaderboard [SPLITS]          simulated, 395 × 14,042 in 57 subscenarios, with misfit
 *     node bench/exams.js coverage [POOLS]              90 % intervals with 15, 30, 100 and 400 subjects
 *     node bench/exams.js adaptive [SPLITS]             rank distance and variation along a ladder of models
 *     node bench/exams.js speed [PYTHON]                scoring, the next question, anchors (against scikit-learn)
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import {
  adaptiveExam,
  askAll,
  assess,
  calibrateVariational,
  fitEstimators,
  halfWidth,
  memorySource,
  methods,
  permutation,
  poolOf,
  readResponses,
  scenarioScores,
  scenariosOf,
  seededNormal,
  seededRandom,
  selectQuestions,
  selectSubjects,
  simulateLeaderboard,
  textTable,
} from "../dist/index.js";

const [, , section, first, second] = process.argv;
const sections = { terminalbench, leaderboard, coverage, adaptive, speed };
if (!Object.hasOwn(sections, section)) {
  console.error(`node bench/exams.js ${Object.keys(sections).join("|")}`);
  process.exit(2);
}
await sections[section]();

async function terminalbench() {
  const { matrix } = await readResponses([memorySource("terminalbench", readFileSync(first))]);
  compare(matrix, { counts: [10, 20, 30], splits: Number(second ?? 20), train: 84, test: 28, folds: 6 });
}

function leaderboard() {
  compare(simulatedLeaderboard(395), {
    counts: [100],
    splits: Number(first ?? 20),
    train: 300,
    test: 95,
    folds: 3,
  });
}

/** The misfit that a one-dimensional model does not know: a second ability, one per subscenario, noise, near copies. */
function simulatedLeaderboard(subjects, items = 14_042) {
  const subscenarios = Array.from({ length: items }, (_, i) => `subject ${(i % 57) + 1}`);
  const scenarios = subscenarios.map(() => "leaderboard");
  return simulateLeaderboard({ subjects, items, scenarios, subscenarios, seed: 57, copies: 0.3 });
}

/** Mean absolute error (points) and Kendall's τ of every way to choose questions and to estimate. */
function compare(matrix, { counts, splits, train, test, folds }) {
  for (const count of counts) {
    const results = new Map();
    const chosen = new Map();
    for (let split = 0; split < splits; split++) {
      const order = permutation(matrix.subjects.length, seededRandom(1000 + split));
      const known = selectSubjects(matrix, order.slice(0, train));
      const scenarios = scenariosOf(matrix);
      const parameters = calibrateVariational(known).items;
      const pool = poolOf(known, parameters, scenarios);
      const last = scenarios.length - 1;
      const held = order.slice(train, train + test);
      const truth = Array.from(held, (s) => scenarioScores(selectSubjects(matrix, [s]), scenarios)[last]);
      const answers = (s, items) =>
        Float64Array.from(items, (i) => matrix.scores[s * matrix.items.length + i]);
      const add = (name, estimates) => {
        const rows = results.get(name) ?? [];
        rows.push({ error: meanAbsolute(estimates, truth), tau: kendall(estimates, truth) });
        results.set(name, rows);
      };
      const estimatesOf = (asked) => {
        const estimate = fitEstimators(pool, asked);
        return Array.from(held, (s) => estimate(answers(s, asked.items)).values);
      };
      const random = estimatesOf(selectQuestions(pool, { count, method: "random", seed: split + 1 }));
      const anchors = estimatesOf(selectQuestions(pool, { count, method: "anchors", seed: split + 1 }));
      const select = (from) => selectQuestions(from, { count, method: "readout" });
      const readout = estimatesOf(select(pool));
      const scenario = assess(pool, askAll(select), { folds, seed: split + 1 }).scenarios[last];
      const stacked = readout.map((values) =>
        methods.reduce((sum, method, m) => sum + scenario.stacking[m] * values[method][last], 0),
      );
      add(
        "mean of random questions",
        random.map((v) => v.mean[last]),
      );
      add(
        "AIPW, random questions",
        random.map((v) => v.AIPW[last]),
      );
      add(
        "p-IRT, random questions",
        random.map((v) => v.pIRT[last]),
      );
      add(
        "ridge, random questions",
        random.map((v) => v.ridge[last]),
      );
      add(
        "anchor, k-means",
        anchors.map((v) => v.anchor[last]),
      );
      add(
        "p-IRT, k-means",
        anchors.map((v) => v.pIRT[last]),
      );
      add(
        "gp-IRT, k-means",
        anchors.map((v) => v.gpIRT[last]),
      );
      add(
        "ridge, read-out questions",
        readout.map((v) => v.ridge[last]),
      );
      add(
        "p-IRT, read-out questions",
        readout.map((v) => v.pIRT[last]),
      );
      add("stacked, read-out questions", stacked);
      add(
        "adaptive",
        Array.from(held, (s) => adaptiveScore(pool, last, count, s, matrix)),
      );
      add("default", scenario.best === "stacked" ? stacked : readout.map((v) => v[scenario.best][last]));
      chosen.set(scenario.best, (chosen.get(scenario.best) ?? 0) + 1);
      process.stderr.write(`${count} questions, split ${split + 1} of ${splits}\r`);
    }
    console.log(
      `\n${count} questions, ${train} subjects known, ${test} tested, ${splits} splits; default: ${[...chosen].map(([k, n]) => `${k} ${n}×`).join(", ")}`,
    );
    console.log(
      textTable(
        [
          { title: "" },
          { title: "mean |error|", digits: 2 },
          { title: "± SE", digits: 2 },
          { title: "Kendall τ", digits: 3 },
          { title: "± SE", digits: 3 },
        ],
        [...results].map(([name, rows]) => [
          name,
          ...meanAndError(rows.map(({ error }) => 100 * error)),
          ...meanAndError(rows.map(({ tau }) => tau)),
        ]),
      ),
    );
  }
}

/** p-IRT after an adaptive exam that asks what tells most about the score. */
function adaptiveScore(pool, scenario, count, subject, matrix) {
  const width = matrix.items.length;
  const weights = new Float64Array(width);
  const { items, weights: shares } = pool.scenarios[scenario];
  items.forEach((i, j) => {
    weights[i] = shares[j];
  });
  const exam = adaptiveExam(pool.parameters, { criterion: "score", weights, stop: { most: count } });
  let state = exam.next(exam.start());
  while (state.pending !== null)
    state = exam.next(exam.answer(state, { score: matrix.scores[subject * width + state.pending] }));
  const asked = Uint32Array.from(state.answers, ({ item }) => item);
  let sum = 0;
  const answered = new Map(state.answers.map(({ item, score }) => [item, score]));
  const { dims, discrimination, intercept } = pool.parameters;
  for (let i = 0; i < width; i++) {
    if (!weights[i]) continue;
    let z = intercept[i];
    for (let j = 0; j < dims; j++) z += discrimination[i * dims + j] * state.ability[j];
    sum += weights[i] * (answered.get(i) ?? 1 / (1 + Math.exp(-z)));
  }
  return asked.length > 0 ? sum : Number.NaN;
}

function coverage() {
  const pools = Number(first ?? 20);
  const rows = [];
  for (const subjects of [15, 30, 100, 400]) {
    const shares = [];
    const widths = [];
    const runs = subjects === 400 ? Math.max(4, Math.round(pools / 4)) : pools;
    for (let r = 0; r < runs; r++) {
      const all = simulateLeaderboard({ subjects: subjects + 60, items: 300, seed: 7000 + r, copies: 0.2 });
      // In random order, so that new subjects are as near to known ones as these are to each other.
      const order = permutation(subjects + 60, seededRandom(r));
      const known = selectSubjects(all, order.slice(0, subjects));
      const pool = poolOf(known, calibrateVariational(known).items, scenariosOf(known));
      const select = (from) => selectQuestions(from, { count: 40, method: "readout" });
      const [scenario] = assess(pool, askAll(select), { seed: r + 1 }).scenarios;
      const asked = select(pool);
      const estimate = fitEstimators(pool, asked);
      let inside = 0;
      for (const s of order.slice(subjects)) {
        const row = all.scores.subarray(s * 300, (s + 1) * 300);
        const { values, spread, lowest, highest } = estimate(Float64Array.from(asked.items, (i) => row[i]));
        const value =
          scenario.best === "stacked"
            ? methods.reduce((sum, method, m) => sum + scenario.stacking[m] * values[method][0], 0)
            : values[scenario.best][0];
        const half = halfWidth(scenario.scales[scenario.best], spread[0], 0.9);
        const truth = row.reduce((a, b) => a + b) / 300;
        if (truth >= Math.max(lowest[0], value - half) && truth <= Math.min(highest[0], value + half))
          inside++;
        widths.push(200 * half);
      }
      shares.push((100 * inside) / 60);
      process.stderr.write(`${subjects} subjects, pool ${r + 1} of ${runs}\r`);
    }
    rows.push([subjects, runs, ...meanAndError(shares), widths.reduce((a, b) => a + b) / widths.length]);
  }
  console.log("\n90 % intervals for subjects that nothing was fitted on; 300 questions, 40 asked");
  console.log(
    textTable(
      [
        { title: "subjects" },
        { title: "pools" },
        { title: "coverage %", digits: 1 },
        { title: "± SE", digits: 1 },
        { title: "mean width, points", digits: 1 },
      ],
      rows,
    ),
  );
}

/** Fluid benchmarking's comparison (Hofmann et al. 2025): accuracy on random questions against ability, adaptively. */
function adaptive() {
  const splits = Number(first ?? 20);
  const items = 2000;
  const asked = 100;
  const distance = { random: [], adaptive: [] };
  const variation = { random: [], adaptive: [] };
  for (let split = 0; split < splits; split++) {
    const all = simulateLeaderboard({ subjects: 200, items, seed: 9000 + split, second: 0.3, noise: 0.2 });
    const known = selectSubjects(
      all,
      Array.from({ length: 100 }, (_, s) => s),
    );
    const parameters = calibrateVariational(known).items;
    const held = Array.from({ length: 100 }, (_, s) => s + 100);
    const truth = held.map((s) => all.scores.subarray(s * items, (s + 1) * items).reduce((a, b) => a + b));
    const answersOf = (s) => (i) => all.scores[s * items + i];
    distance.random.push(
      rankDistance(
        held.map((s, r) => onRandom(items, asked, split * 1000 + r, answersOf(s))),
        truth,
      ),
    );
    distance.adaptive.push(
      rankDistance(
        held.map((s) => onAdaptive(parameters, asked, answersOf(s))),
        truth,
      ),
    );
    // A ladder of 50 checkpoints of one model, each a little abler than the last, answering the same questions.
    const normal = seededNormal(seededRandom(500 + split));
    const uniform = seededRandom(600 + split);
    const luck = Float64Array.from({ length: items }, uniform);
    const ladder = Array.from({ length: 50 }, (_, step) => -1.5 + (3 * step) / 49);
    const checkpoint = (theta) => {
      const wobble = Float64Array.from({ length: items }, () => 0.5 * normal());
      return (i) =>
        luck[i] <
        1 / (1 + Math.exp(-(parameters.discrimination[i] * theta + parameters.intercept[i] + wobble[i])))
          ? 1
          : 0;
    };
    const steps = ladder.map(checkpoint);
    variation.random.push(
      totalVariation(steps.map((answer, step) => onRandom(items, asked, split * 1000 + step, answer))),
    );
    variation.adaptive.push(totalVariation(steps.map((answer) => onAdaptive(parameters, asked, answer))));
    process.stderr.write(`split ${split + 1} of ${splits}\r`);
  }
  console.log(
    `\n${asked} of ${items} questions, 100 subjects known, 100 ranked, ${splits} simulated leaderboards`,
  );
  console.log(
    textTable(
      [
        { title: "" },
        { title: "rank distance", digits: 2 },
        { title: "± SE", digits: 2 },
        { title: "variation along a ladder", digits: 2 },
        { title: "± SE", digits: 2 },
      ],
      ["random", "adaptive"].map((name) => [
        name === "random" ? "accuracy on random questions" : "ability, adaptive",
        ...meanAndError(distance[name]),
        ...meanAndError(variation[name]),
      ]),
    ),
  );
}

function onRandom(items, count, seed, answer) {
  return permutation(items, seededRandom(seed))
    .slice(0, count)
    .reduce((sum, i) => sum + answer(i), 0);
}

function onAdaptive(parameters, count, answer) {
  const exam = adaptiveExam(parameters, { criterion: "fisher", stop: { most: count } });
  let state = exam.next(exam.start());
  while (state.pending !== null) state = exam.next(exam.answer(state, { score: answer(state.pending) }));
  return state.ability[0];
}

/** Mean absolute difference of ranks. */
function rankDistance(estimates, truth) {
  const a = ranks(estimates);
  const b = ranks(truth);
  return a.reduce((sum, rank, s) => sum + Math.abs(rank - b[s]), 0) / a.length;
}

function ranks(values) {
  return values.map((own) =>
    values.reduce((sum, other) => sum + (other > own ? 1 : other === own ? 0.5 : 0), 0.5),
  );
}

/** Σ |step| over the whole rise: 1 for a curve that only rises. */
function totalVariation(values) {
  let sum = 0;
  for (let i = 1; i < values.length; i++) sum += Math.abs(values[i] - values[i - 1]);
  return sum / Math.abs(values.at(-1) - values[0]);
}

function speed() {
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
    timed(1, () => selectQuestions(pool, { count: 100, method: "readout" })),
    null,
  ]);
  const anchors = timed(2, (seed) => selectQuestions(pool, { count: 100, method: "anchors", seed }));
  const python = first && sklearn(first, parameters);
  rows.push(["100 anchors (five starts)", anchors, python ? python / anchors : null]);
  console.log(
    textTable(
      [{ title: "" }, { title: "ms", digits: 1 }, { title: "scikit-learn / Tripos", digits: 2 }],
      rows,
    ),
  );
}

/** Milliseconds of one call: the least of the times, so that another process on the machine counts less. */
function timed(times, call) {
  let least = Infinity;
  for (let r = 0; r < times; r++) {
    const before = performance.now();
    call(r);
    least = Math.min(least, performance.now() - before);
  }
  return least;
}

function sklearn(python, { discrimination, intercept }) {
  const program = `
import json, sys, time, numpy as np
from sklearn.cluster import KMeans
x = np.array(json.load(sys.stdin))
least = 1e9
for seed in range(2):
    t = time.time(); KMeans(n_clusters=100, n_init=5, random_state=seed).fit(x, sample_weight=np.ones(len(x)) / len(x)); least = min(least, time.time() - t)
print(1000 * least)`;
  const input = JSON.stringify(Array.from(discrimination, (a, i) => [a, -intercept[i]]));
  return Number(execFileSync(python, ["-c", program], { input, encoding: "utf8", maxBuffer: 1 << 26 }));
}

function meanAbsolute(estimates, truth) {
  return estimates.reduce((sum, value, s) => sum + Math.abs(value - truth[s]), 0) / truth.length;
}

/** Kendall's τ-b. */
function kendall(a, b) {
  let concordant = 0;
  let left = 0;
  let right = 0;
  for (let i = 0; i < a.length; i++)
    for (let j = 0; j < i; j++) {
      const x = Math.sign(a[i] - a[j]);
      const y = Math.sign(b[i] - b[j]);
      concordant += x * y;
      left += x * x;
      right += y * y;
    }
  return concordant / Math.sqrt(left * right);
}

function meanAndError(values) {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / Math.max(1, values.length - 1);
  return [mean, Math.sqrt(variance / values.length)];
}
