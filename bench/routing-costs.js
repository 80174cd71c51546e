// Cost against quality on RouterBench's data: AIQ, cost at the best model's quality, RouteLLM's APGR and CPT. Beside the
// router the usual recipes on the same features in scikit-learn (with --python), measured by the same code. With --splits N
// the test is left alone: N times 70 % of each training file are learnt from, and AIQ is measured on the others; beside it
// the mean utility at prices set beforehand, as AIQ takes the best points of each curve in hindsight.
import { parseArgs } from "node:util";
import {
  seededRandom,
  selectItems,
  strongWeakMeasures,
  tradeOffMeasures,
  trainRouter,
} from "../dist/node.js";
import { predictions, print, recipes, rewardsIn } from "./routing-data.js";

const { values: options } = parseArgs({
  options: {
    data: { type: "string", default: "../shared/data" },
    python: { type: "string" },
    splits: { type: "string" },
  },
});
const f = (x) => x.toFixed(4);

/** Pairs of models count where the strong one leads by this much, in training as in the test. */
const leastLead = 0.05;

/** The questions that every model answered, at a known cost. */
const answeredByAll = (m) =>
  selectItems(
    m,
    m.items.flatMap((_, i) => {
      const known = (s) =>
        m.observed[s * m.items.length + i] && Number.isFinite(m.costs[s * m.items.length + i]);
      return m.subjects.every((_, s) => known(s)) ? [i] : [];
    }),
  );

const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;

/** Rewards and costs of a dataset, questions × subjects. */
function answersOf(matrix, subjects) {
  const n = matrix.items.length;
  const table = (values) =>
    matrix.items.map((_, i) => subjects.map((s) => values[matrix.subjects.indexOf(s) * n + i]));
  return { rewards: table(matrix.scores), costs: table(matrix.costs) };
}

/** Mean cost and reward of choosing by P − price · mean cost in training. */
function choosing(p, { rewards, costs }, costInTraining, price) {
  const models = costInTraining.length;
  const chosen = rewards.map((_, i) => {
    const worth = (s) => p[i * models + s] - price * costInTraining[s];
    return costInTraining.reduce((best, _cost, s) => (worth(s) > worth(best) ? s : best), 0);
  });
  return {
    cost: mean(chosen.map((s, i) => costs[i][s])),
    reward: mean(chosen.map((s, i) => rewards[i][s])),
  };
}

/** {@link choosing} for 62 prices. */
const curveOf = (p, after, costInTraining) =>
  [0, ...Array.from({ length: 61 }, (_, k) => 10 ** (-1 + k / 12))].map((price) =>
    choosing(p, after, costInTraining, price),
  );

/** Mean reward − price · cost where an answer of the dearest model is worth 1, 3, 10, 30 and 100 points of reward. */
const utilityOf = (p, after, costInTraining) =>
  mean(
    [0.01, 0.03, 0.1, 0.3, 1].map((worth) => {
      const price = worth / Math.max(...costInTraining);
      const { cost, reward } = choosing(p, after, costInTraining, price);
      return reward - price * cost;
    }),
  );

/** RouteLLM's measures for one pair, on the questions `rows`. */
function pairMeasures(p, rewards, [strong, weak], rows) {
  const models = rewards[0].length;
  return strongWeakMeasures(
    rows.map((i) => p[i * models + strong] - p[i * models + weak]),
    rows.map((i) => rewards[i][strong]),
    rows.map((i) => rewards[i][weak]),
  );
}

/** Mean APGR over all pairs whose strong model leads. */
const meanApgr = (p, rewards, pairs, rows) =>
  mean(pairs.map((pair) => pairMeasures(p, rewards, pair, rows).apgr).filter(Number.isFinite));

const read = async (name, part) =>
  answeredByAll(await rewardsIn(options.data, `routerbench/${name}_${part}.csv`));

/** AIQ over the range of the single models' costs. */
const aiqOf = (p, after, costInTraining, singles) =>
  tradeOffMeasures(curveOf(p, after, costInTraining), singles).aiq;

const singlesOf = (subjects, { rewards, costs }) =>
  Object.fromEntries(
    subjects.map((subject, s) => [
      subject,
      { cost: mean(costs.map((row) => row[s])), reward: mean(rewards.map((row) => row[s])) },
    ]),
  );

/** Each model's mean reward. */
const ratesIn = ({ rewards }) => rewards[0].map((_, s) => mean(rewards.map((row) => row[s])));

/** Mean AIQ and utility of each method over splits of the training file, and how much higher those of Tripos are. */
async function resplit(name, splits) {
  const all = await read(name, "train");
  const { subjects } = all;
  const found = new Map();
  const note = (method, aiq, utility) => found.set(method, [...(found.get(method) ?? []), { aiq, utility }]);
  for (let k = 0; k < splits; k++) {
    const random = seededRandom(k);
    const keys = all.items.map(() => random());
    const order = keys.map((_, i) => i).sort((a, b) => keys[a] - keys[b]);
    const cut = Math.round(0.7 * order.length);
    const [train, test] = [order.slice(0, cut), order.slice(cut)].map((rows) => selectItems(all, rows));
    const [before, after] = [answersOf(train, subjects), answersOf(test, subjects)];
    const costs = subjects.map((_, s) => mean(before.costs.map((row) => row[s])));
    const singles = singlesOf(subjects, after);
    const methods = [
      ["Tripos", predictions(trainRouter([train]), [test], subjects)],
      ...recipes(options.python, [train], [test]),
      ["means of the models", Float64Array.from(after.rewards.flatMap(() => ratesIn(before)))],
    ];
    for (const [method, q] of methods)
      note(method, aiqOf(q, after, costs, singles), utilityOf(q, after, costs));
    note("hull of single models", tradeOffMeasures([], singles).hullAiq);
  }
  print(`\n## RouterBench ${name}, ${splits} splits of the training file\n`);
  print(
    "| method | AIQ | Tripos above it | utility | Tripos above it |\n| --- | ---: | ---: | ---: | ---: |",
  );
  const column = (values, of) => {
    const gaps = values.map((value, k) => of(found.get("Tripos")[k]) - of(value));
    const spread = Math.sqrt(mean(gaps.map((gap) => (gap - mean(gaps)) ** 2)) / (splits - 1));
    return `${f(mean(values.map(of)))} | ${f(mean(gaps))} ± ${f(spread)}`;
  };
  for (const [method, values] of found) {
    const utility = values[0].utility === undefined ? "– | –" : column(values, (value) => value.utility);
    print(`| ${method} | ${column(values, ({ aiq }) => aiq)} | ${utility} |`);
  }
}

async function routerBench(name) {
  const [train, test] = [await read(name, "train"), await read(name, "test")];
  const { subjects } = train;
  const [before, after] = [answersOf(train, subjects), answersOf(test, subjects)];
  const column = (rows, s) => mean(rows.map((row) => row[s]));
  const costInTraining = subjects.map((_, s) => column(before.costs, s));
  const singles = singlesOf(subjects, after);
  const bestInTraining = subjects.toSorted(
    (a, b) => column(before.rewards, subjects.indexOf(b)) - column(before.rewards, subjects.indexOf(a)),
  )[0];
  const all = after.rewards.map((_, i) => i);
  const leads = ([s, w]) =>
    [before, after].every(({ rewards }) => column(rewards, s) - column(rewards, w) >= leastLead);
  const pairs = subjects.flatMap((_, s) => subjects.map((_other, w) => [s, w])).filter(leads);
  const named = ["gpt-4-1106-preview", "mistralai/mixtral-8x7b-chat"].map((s) => subjects.indexOf(s));
  const { best } = tradeOffMeasures([], singles);
  print(
    `\n## RouterBench ${name}: best in training ${bestInTraining} (${f(singles[bestInTraining].reward)} at $${singles[bestInTraining].cost.toPrecision(3)}), in the test ${best.model} (${f(best.reward)} at $${best.cost.toPrecision(3)}); ${pairs.length} pairs`,
  );
  print(
    "| method | AIQ | cost at the best in training | at 99 % of it | at 99 % of the best in the test | APGR | CPT50 | CPT80 | APGR, all pairs |",
  );
  print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
  const share = (cost, of) => (cost === null ? "–" : `${((100 * cost) / of).toFixed(0)} %`);
  const line = (title, points, p) => {
    const measures = tradeOffMeasures(points, singles);
    const { costAtBest, costAt99 } = tradeOffMeasures(points, {
      [bestInTraining]: singles[bestInTraining],
      none: { cost: 0, reward: 0 },
    });
    const { apgr, cpt50, cpt80 } = p ? pairMeasures(p, after.rewards, named, all) : {};
    const rankings = p
      ? [apgr, cpt50, cpt80, meanApgr(p, after.rewards, pairs, all)].map((x) => x.toFixed(3)).join(" | ")
      : " | | | ";
    const reference = singles[bestInTraining].cost;
    print(
      `| ${title} | ${f(measures.aiq)} | ${share(costAtBest, reference)} | ${share(costAt99, reference)} | ${share(measures.costAt99, best.cost)} | ${rankings} |`,
    );
  };
  const p = predictions(trainRouter([train]), [test], subjects);
  line("Tripos", curveOf(p, after, costInTraining), p);
  const others = recipes(options.python, [train], [test]);
  for (const [recipe, q] of others) line(recipe, curveOf(q, after, costInTraining), q);
  line("hull of single models", Object.values(singles));
  for (const [recipe, q] of others) {
    const random = seededRandom(1);
    const gaps = Array.from({ length: 200 }, () => {
      const rows = all.map(() => Math.floor(random() * all.length));
      return meanApgr(p, after.rewards, pairs, rows) - meanApgr(q, after.rewards, pairs, rows);
    }).sort((a, b) => a - b);
    const above = Array.from({ length: 200 }, () => {
      const rows = all.map(() => Math.floor(random() * all.length));
      const some = { rewards: rows.map((i) => after.rewards[i]), costs: rows.map((i) => after.costs[i]) };
      const models = subjects.length;
      const [mine, theirs] = [p, q].map((from) =>
        aiqOf(
          rows.flatMap((i) => Array.from(from.subarray(i * models, (i + 1) * models))),
          some,
          costInTraining,
          singlesOf(subjects, some),
        ),
      );
      return mine - theirs;
    }).sort((a, b) => a - b);
    print(
      `AIQ, Tripos above ${recipe}: ${f(mean(above))} [${f(above[5])}, ${f(above[194])}], 95 % bootstrap over questions`,
    );
    print(
      `APGR over all pairs, Tripos above ${recipe}: ${f(mean(gaps))} [${f(gaps[5])}, ${f(gaps[194])}], 95 % bootstrap over questions`,
    );
  }
}

for (const name of ["arc_challenge", "mbpp"])
  await (options.splits ? resplit(name, Number(options.splits)) : routerBench(name));
