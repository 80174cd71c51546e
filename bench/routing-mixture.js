// Nine simulated LLMs on fourteen tasks mixed in one file without task labels: real question texts, known P(correct). The
// router beside the best single model, who knows each question's task, and recipes in scikit-learn (with --python); and how
// often the 90 % intervals of P cover it.
import { parseArgs } from "node:util";
import { predict, route, seededNormal, seededRandom, styleFeatures, trainRouter } from "../dist/node.js";
import { print, recipes, rewardsIn } from "./routing-data.js";

const { values: options } = parseArgs({
  options: {
    data: { type: "string", default: "../shared/data" },
    python: { type: "string" },
    questions: { type: "string", default: "2000" },
    seeds: { type: "string", default: "1,2,3,4" },
    /** Standard deviations in logits: of skills by task, and of a model's taste for each of six style features within tasks. */
    skill: { type: "string", default: "0.5" },
    taste: { type: "string", default: "0.25" },
  },
});
const [training, tested, models] = [Number(options.questions), 3000, 9];
const logistic = (x) => 1 / (1 + Math.exp(-x));
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const argmax = (values) => values.indexOf(Math.max(...values));

/** The texts of fourteen tasks: question files as they are, and reworded. */
async function tasks() {
  const texts = async (...paths) =>
    (await Promise.all(paths.map((path) => rewardsIn(options.data, path)))).flatMap((m) => m.texts);
  const mmlu = await texts("routerdc/mmlu_train.json", "routerdc/mmlu_test.json");
  const stem = (text) => text.split(/\n\s*[([]?A[.):\]]/)[0].trim();
  const sorts = { mathematics: [], passage: [], choice: [], fact: [], other: [] };
  for (const text of mmlu) {
    const question = stem(text);
    const digits = (question.match(/\d/g) ?? []).length / question.length;
    if (digits > 0.03 || /\\|equation|compute/.test(question)) sorts.mathematics.push(text);
    else if (question.length > 450) sorts.passage.push(text);
    else if (/which of|following/i.test(question)) sorts.choice.push(text);
    else if (question.length < 110) sorts.fact.push(text);
    else sorts.other.push(text);
  }
  const reworded = (sort, how) => sorts[sort].map((text) => how(stem(text)));
  return [
    ...Object.values(sorts),
    await texts("routerdc/gsm8k-train.json", "routerdc/gsm8k-test.json"),
    await texts("routerdc/humaneval_train.json", "routerdc/humaneval_test.json"),
    await texts("routerbench/mbpp_train.csv", "routerbench/mbpp_test.csv"),
    await texts("routerbench/arc_challenge_train.csv", "routerbench/arc_challenge_test.csv"),
    reworded("fact", (question) => question),
    reworded("other", (question) => `Answer the question in a few sentences.\n${question}`),
    reworded("passage", (question) => `Summarise the following text in one sentence.\n\n${question}`),
    reworded("choice", (question) => `${question} Answer yes or no.`),
    reworded("mathematics", (question) => `Solve the problem and put the answer in a box.\n${question}`),
  ];
}

/** Style features that models have a taste for: length, word length, digits, commas, options, question marks. */
const liked = [0, 2, 6, 13, 15, 22];

/** Each question's liked features within its task, in standard deviations. */
function tastes(texts, task) {
  const rows = texts.map((text) => Array.from(styleFeatures(text)));
  const out = texts.map(() => new Array(liked.length).fill(0));
  for (const t of new Set(task)) {
    const own = rows.map((_, i) => i).filter((i) => task[i] === t);
    liked.forEach((f, k) => {
      const centre = mean(own.map((i) => rows[i][f]));
      const spread = Math.sqrt(mean(own.map((i) => (rows[i][f] - centre) ** 2)));
      if (spread > 1e-6)
        for (const i of own) out[i][k] = Math.max(-3, Math.min(3, (rows[i][f] - centre) / spread));
    });
  }
  return out;
}

/** Normal quantiles that a question's own difficulty, which its text does not tell, is averaged over. */
const difficulties = (() => {
  const normal = seededNormal(seededRandom(9));
  const drawn = Float64Array.from({ length: 20_000 }, normal).sort();
  return Array.from({ length: 40 }, (_, k) => drawn[Math.floor((k + 0.5) * 500)]);
})();

/** Texts, their tasks, P(correct | text) and rewards, all question by question. */
function drawn(pools, seed) {
  const random = seededRandom(seed);
  const normal = seededNormal(random);
  const shares = pools.map(() => 0.4 + 1.2 * random());
  const total = shares.reduce((sum, share) => sum + share, 0);
  const task = Array.from({ length: training + tested }, () => {
    const at = random() * total;
    let sum = 0;
    return shares.findIndex((share, t) => {
      sum += share;
      return at < sum || t === pools.length - 1;
    });
  });
  const texts = task.map((t) => pools[t][Math.floor(random() * pools[t].length)]);
  const style = tastes(texts, task);
  const table = (rows, columns, scale) =>
    Array.from({ length: rows }, () => Array.from({ length: columns }, () => scale * normal()));
  const ability = table(1, models, 0.45)[0];
  const hard = table(1, pools.length, 1.2)[0];
  const skill = table(models, pools.length, Number(options.skill));
  const taste = table(models, liked.length, Number(options.taste));
  const logits = texts.map((_, i) =>
    ability.map(
      (a, m) =>
        0.6 +
        a +
        hard[task[i]] +
        skill[m][task[i]] +
        style[i].reduce((sum, z, k) => sum + taste[m][k] * z, 0),
    ),
  );
  const p = logits.map((row) => row.map((x) => mean(difficulties.map((d) => logistic(x + 2 * d)))));
  const rewards = logits.map((row) => {
    const own = 2 * normal();
    return row.map((x) => (random() < logistic(x + own) ? 1 : 0));
  });
  return { texts, task, p, rewards };
}

function matrix({ texts, rewards }, from, to) {
  const n = to - from;
  return {
    subjects: Array.from({ length: models }, (_, m) => `model ${m}`),
    items: Array.from({ length: n }, (_, i) => `q${from + i}`),
    texts: texts.slice(from, to),
    scores: Float64Array.from({ length: n * models }, (_, o) => rewards[from + (o % n)][Math.floor(o / n)]),
    observed: new Uint8Array(n * models).fill(1),
  };
}

/** Expected rewards of the choices by each method, and the coverage of the intervals. */
function measured(pools, seed) {
  const data = drawn(pools, seed);
  const [train, test] = [matrix(data, 0, training), matrix(data, training, training + tested)];
  const earned = (choice) => mean(test.texts.map((_, i) => data.p[training + i][choice(i)]));
  const rate = (m, t) => {
    const own = data.rewards.slice(0, training).filter((_row, i) => t === undefined || data.task[i] === t);
    return own.length === 0 ? 0 : mean(own.map((row) => row[m]));
  };
  const bestOf = (t) => argmax(train.subjects.map((_, m) => rate(m, t)));
  const [single, ofTask] = [bestOf(), pools.map((_, t) => bestOf(t))];
  const router = trainRouter(train);
  const foreseen = test.texts.map((text) => predict(router, text));
  const rewards = {
    "best single model": earned(() => single),
    "task known": earned((i) => ofTask[data.task[training + i]]),
    tripos: earned((i) => train.subjects.indexOf(route(router, { text: test.texts[i] }).model)),
    "who knows P": earned((i) => argmax(data.p[training + i])),
  };
  for (const [name, p] of recipes(options.python, [train], [test], mixtureRecipes))
    rewards[name] = earned((i) => argmax(Array.from(p.subarray(i * models, (i + 1) * models))));
  const cells = foreseen
    .flatMap(({ p, low, high }, i) =>
      Array.from(p, (value, m) => {
        const narrower = 1.645 / 1.96;
        const truth = data.p[training + i][m];
        const inside =
          truth >= value - narrower * (value - low[m]) && truth <= value + narrower * (high[m] - value);
        return { width: high[m] - low[m], inside: inside ? 1 : 0 };
      }),
    )
    .sort((a, b) => a.width - b.width);
  const fifth = Math.floor(cells.length / 5);
  const coverage = Array.from({ length: 5 }, (_, k) =>
    mean(cells.slice(k * fifth, (k + 1) * fifth).map(({ inside }) => inside)),
  );
  return { rewards, coverage };
}

const mixtureRecipes = ["100-NN", "32 clusters", "ridge", "forest of extra trees"];

const pools = await tasks();
const found = options.seeds.split(",").map((seed) => measured(pools, Number(seed)));
print(`${training} questions to train on, mean expected reward over ${found.length} seeds (standard error of the lead over "task known")
`);
for (const name of Object.keys(found[0].rewards)) {
  const leads = found.map(({ rewards }) => rewards[name] - rewards["task known"]);
  const error = Math.sqrt(
    mean(leads.map((lead) => (lead - mean(leads)) ** 2)) / Math.max(1, found.length - 1),
  );
  print(
    `| ${name} | ${mean(found.map(({ rewards }) => rewards[name])).toFixed(4)} | ${mean(leads).toFixed(4)} ± ${error.toFixed(4)} |`,
  );
}
const percent = (value) => `${(100 * value).toFixed(0)} %`;
print(
  `\ncoverage of 90 % intervals of P, from the narrowest fifth to the widest: ${Array.from({ length: 5 }, (_, k) => percent(mean(found.map(({ coverage }) => coverage[k])))).join(", ")}`,
);
