// Rewards and Brier scores of routers on RouterDC's and RouterBench's data. Beside ours the usual recipes on the same
// features in scikit-learn (with --python), measured by the same code.
import { parseArgs } from "node:util";
import {
  addModel,
  evaluateRouter,
  permutation,
  probabilityMeasures,
  seededRandom,
  selectItems,
  selectSubjects,
  trainRouter,
} from "../dist/node.js";
import { print, recipes, rewardsIn, timed } from "./routing-data.js";

const { values: options } = parseArgs({
  options: {
    data: { type: "string", default: "../shared/data" },
    python: { type: "string" },
    part: { type: "string", multiple: true },
  },
});
const wanted = (part) => !options.part || options.part.includes(part);
const read = (path, rule) => rewardsIn(options.data, path, rule);
const f = (x) => x.toFixed(4);

/** Reward of the argmax, and Brier score, of predicted P on each dataset. */
function scored(p, matrices, subjects) {
  let row = 0;
  return matrices.map((m) => {
    let reward = 0;
    const [said, truth] = [[], []];
    for (let i = 0; i < m.items.length; i++, row++) {
      const own = subjects.map((_, s) => p[row * subjects.length + s]);
      const real = subjects.map((s) => m.scores[m.subjects.indexOf(s) * m.items.length + i]);
      reward += real[own.indexOf(Math.max(...own))] / m.items.length;
      said.push(...own.map((x) => Math.min(1, Math.max(0, x))));
      truth.push(...real);
    }
    return { reward, brier: probabilityMeasures(said, truth).brier };
  });
}

async function routerDC(title, names) {
  const rule = (name) => (name === "mmlu" ? "hard" : "score");
  const file = (name, part) =>
    name === "gsm8k" ? `routerdc/gsm8k-${part}.json` : `routerdc/${name}_${part}.json`;
  const train = [];
  const test = [];
  for (const name of names) {
    train.push(await read(file(name, "train"), rule(name)));
    test.push(await read(file(name, "test"), rule(name)));
  }
  const { result: router, seconds, processor } = timed(() => trainRouter(train));
  const { evaluation } = evaluateRouter(
    router,
    test.map((matrix, k) => ({ name: names[k], matrix })),
  );
  const { subjects } = train[0];
  print(`\n## ${title}: trained in ${seconds.toFixed(1)} s (${processor.toFixed(1)} s of processor)`);
  print(`| method | mean reward | ${names.join(" | ")} | Brier |`);
  print(`| --- | ---: | ${names.map(() => "---:").join(" | ")} | ---: |`);
  const line = (name, rewards, brier) =>
    print(
      `| ${name} | ${f(rewards.reduce((a, b) => a + b, 0) / rewards.length)} | ${rewards.map(f).join(" | ")} | ${brier === undefined ? "" : f(brier)} |`,
    );
  const weighted = (sets) => {
    const total = test.reduce((sum, { items }) => sum + items.length, 0);
    return sets.reduce((sum, { brier }, k) => sum + (brier * test[k].items.length) / total, 0);
  };
  line(
    "tripos",
    evaluation.datasets.map(({ router: r }) => r.reward),
    weighted(evaluation.datasets),
  );
  for (const [name, p] of recipes(options.python, train, test)) {
    const sets = scored(p, test, subjects);
    line(
      name,
      sets.map(({ reward }) => reward),
      weighted(sets),
    );
  }
  const best = subjects.map((s) => evaluation.datasets.map(({ models }) => models[s]));
  const mean = (x) => x.reduce((a, b) => a + b, 0);
  line("best single model", best.toSorted((a, b) => mean(b) - mean(a))[0]);
  const chosen = train.map((m) => subjects.toSorted((a, b) => meanOf(m, b) - meanOf(m, a))[0]);
  line(
    "best model of each dataset in training",
    evaluation.datasets.map(({ models }, k) => models[chosen[k]]),
  );
  line(
    "oracle",
    evaluation.datasets.map(({ oracle }) => oracle),
  );
}

const meanOf = (m, subject) => {
  const s = m.subjects.indexOf(subject);
  return (
    m.scores.subarray(s * m.items.length, (s + 1) * m.items.length).reduce((a, b) => a + b, 0) /
    m.items.length
  );
};

async function leftOut() {
  const names = ["mmlu_test.json", "gsm8k-test.json", "humaneval_test.json"];
  const train = [
    await read("routerdc/mmlu_train.json"),
    await read("routerdc/gsm8k-train.json"),
    await read("routerdc/humaneval_train.json"),
  ];
  print("\n## Datasets left out of training (best single: best on the others in training)");
  print("| left out | tripos | best single | gain, 95 % |");
  print("| --- | ---: | ---: | ---: |");
  for (const [k, name] of names.entries()) {
    const router = trainRouter(train.filter((_, j) => j !== k));
    const { details } = evaluateRouter(router, [{ name, matrix: await read(`routerdc/${name}`) }]);
    const { reward, gain, interval } = details[0].chosenInTraining;
    print(
      `| ${name} | ${f(details[0].summary.router.reward)} | ${f(reward)} | ${f(gain)} [${interval.map(f).join(", ")}] |`,
    );
  }
}

async function newcomers() {
  for (const [title, trainFile, testFile] of [
    ["MMLU", "routerdc/mmlu_train.json", "routerdc/mmlu_test.json"],
    ["RouterBench ARC", "routerbench/arc_challenge_train.csv", "routerbench/arc_challenge_test.csv"],
  ]) {
    const [train, test] = [await read(trainFile), await read(testFile)];
    const full = evaluateRouter(trainRouter([train]), [{ name: title, matrix: test }]).evaluation.macro
      .router;
    print(
      `\n## ${title}: each LLM left out of training, then joined by 100 answers (trained with all: ${f(full)})`,
    );
    print("| LLM | reward | difference |");
    print("| --- | ---: | ---: |");
    const anchors = selectItems(train, permutation(train.items.length, seededRandom(1)).slice(0, 100));
    for (const [s, model] of train.subjects.entries()) {
      const others = selectSubjects(
        train,
        train.subjects.map((_, k) => k).filter((k) => k !== s),
      );
      const joined = addModel(trainRouter([others]), anchors, model);
      const { router } = evaluateRouter(joined, [{ name: title, matrix: test }]).evaluation.macro;
      print(`| ${model} | ${f(router)} | ${f(router - full)} |`);
    }
  }
}

if (wanted("mmlu")) await routerDC("MMLU", ["mmlu"]);
if (wanted("joint")) await routerDC("MMLU, GSM8K and HumanEval jointly", ["mmlu", "gsm8k", "humaneval"]);
if (wanted("left-out")) await leftOut();
if (wanted("newcomers")) await newcomers();
