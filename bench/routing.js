// Routers on RouterDC's and RouterBench's data: rewards, Brier scores, cost against quality, speed. Beside ours the usual
// recipes on the same features in scikit-learn (with --python), measured by the same code.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  addModel,
  averageImprovementInQuality,
  costAtReward,
  evaluateRouter,
  modelNames,
  permutation,
  predict,
  probabilityMeasures,
  readNpy,
  readResponses,
  rewardsOf,
  route,
  routerFeatures,
  seededRandom,
  selectItems,
  selectSubjects,
  sourcesAt,
  strongWeakMeasures,
  trainRouter,
  writeNpy,
} from "../dist/node.js";

const { values: options } = parseArgs({
  options: {
    data: { type: "string", default: "../shared/data" },
    python: { type: "string" },
    part: { type: "string", multiple: true },
  },
});
const wanted = (part) => !options.part || options.part.includes(part);
const read = async (path, rule) => {
  const { matrix } = await readResponses(await sourcesAt([join(options.data, path)]));
  return rewardsOf(matrix, rule);
};
const f = (x) => x.toFixed(4);
const print = (line) => process.stdout.write(`${line}\n`);
const timed = (work) => {
  const [start, processor] = [performance.now(), process.cpuUsage()];
  const result = work();
  const used = process.cpuUsage(processor);
  return { result, seconds: (performance.now() - start) / 1000, processor: (used.user + used.system) / 1e6 };
};

/** Predicted P of the recipes in scikit-learn on our features, by name, questions × models. */
function recipes(train, test) {
  if (!options.python) return new Map();
  const folder = mkdtempSync(join(tmpdir(), "recipes-"));
  const { read: features } = routerFeatures(train.flatMap(({ texts }) => texts));
  const table = (matrices) => {
    const rows = matrices.flatMap(({ texts }) => texts.map(features));
    const width = rows[0].length;
    const data = new Float32Array(rows.length * width);
    for (const [i, row] of rows.entries()) data.set(row, i * width);
    return { dtype: "float32", shape: [rows.length, width], data };
  };
  const subjects = train[0].subjects;
  const rewards = train.flatMap((m) =>
    m.items.map((_, i) => subjects.map((s) => m.scores[m.subjects.indexOf(s) * m.items.length + i])),
  );
  const y = {
    dtype: "float64",
    shape: [rewards.length, subjects.length],
    data: Float64Array.from(rewards.flat()),
  };
  writeFileSync(join(folder, "train.npy"), writeNpy(table(train)));
  writeFileSync(join(folder, "test.npy"), writeNpy(table(test)));
  writeFileSync(join(folder, "rewards.npy"), writeNpy(y));
  const script = new URL("python/routing_recipes.py", import.meta.url).pathname;
  const names = JSON.parse(execFileSync(options.python, [script, folder], { encoding: "utf8" }));
  const found = new Map(
    names.map((name) => [name, readNpy(readFileSync(join(folder, `${name}.npy`)), name).data]),
  );
  rmSync(folder, { recursive: true });
  return found;
}

/** P of every question of several datasets, questions × models, in the order of `subjects`. */
function predictions(router, matrices, subjects) {
  const at = subjects.map((s) => modelNames(router).indexOf(s));
  return Float64Array.from(
    matrices.flatMap(({ texts }) => texts.flatMap((text) => at.map((m) => predict(router, text).p[m]))),
  );
}

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
  for (const [name, p] of recipes(train, test)) {
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

async function routerBench(name) {
  const [train, test] = [
    answeredByAll(await read(`routerbench/${name}_train.csv`)),
    answeredByAll(await read(`routerbench/${name}_test.csv`)),
  ];
  const { subjects } = train;
  const n = test.items.length;
  const router = trainRouter([train]);
  const reward = (s, i) => test.scores[test.subjects.indexOf(subjects[s]) * n + i];
  const cost = (s, i) => test.costs[test.subjects.indexOf(subjects[s]) * n + i];
  const single = subjects.map((_, s) => {
    const all = test.items.map((_, i) => i);
    return {
      cost: all.reduce((sum, i) => sum + cost(s, i), 0) / n,
      reward: all.reduce((sum, i) => sum + reward(s, i), 0) / n,
    };
  });
  const range = [Math.min(...single.map((x) => x.cost)), Math.max(...single.map((x) => x.cost))];
  const best = single.reduce((a, b) => (b.reward > a.reward ? b : a));
  const costInTraining = subjects.map((s) => {
    const row = train.subjects.indexOf(s) * train.items.length;
    return (
      train.costs.subarray(row, row + train.items.length).reduce((a, b) => a + b, 0) / train.items.length
    );
  });
  const curve = (p) =>
    [0, ...Array.from({ length: 61 }, (_, k) => 10 ** (-1 + k / 12))].map((price) => {
      const out = { cost: 0, reward: 0 };
      for (let i = 0; i < n; i++) {
        let choice = 0;
        const worth = (s) => p[i * subjects.length + s] - price * costInTraining[s];
        for (let s = 1; s < subjects.length; s++) if (worth(s) > worth(choice)) choice = s;
        out.cost += cost(choice, i) / n;
        out.reward += reward(choice, i) / n;
      }
      return out;
    });
  const [strong, weak] = ["gpt-4-1106-preview", "mistralai/mixtral-8x7b-chat"].map((s) =>
    subjects.indexOf(s),
  );
  print(`\n## RouterBench ${name} (best model: reward ${f(best.reward)} at $${best.cost.toPrecision(3)})`);
  print("| method | AIQ | cost at 99 % of the best | APGR | CPT50 | CPT80 |");
  print("| --- | ---: | ---: | ---: | ---: | ---: |");
  const line = (name, points, p) => {
    const share = costAtReward(points, 0.99 * best.reward) / best.cost;
    const pair =
      p &&
      strongWeakMeasures(
        test.items.map((_, i) => p[i * subjects.length + strong] - p[i * subjects.length + weak]),
        test.items.map((_, i) => reward(strong, i)),
        test.items.map((_, i) => reward(weak, i)),
      );
    print(
      `| ${name} | ${f(averageImprovementInQuality(points, range))} | ${Number.isFinite(share) ? `${(100 * share).toFixed(0)} %` : "not reached"} | ${pair ? [pair.apgr, pair.cpt50, pair.cpt80].map((x) => x.toFixed(3)).join(" | ") : " | | "} |`,
    );
  };
  const p = predictions(router, [test], subjects);
  line("tripos", curve(p), p);
  for (const [recipe, q] of recipes([train], [test])) line(recipe, curve(q), q);
  line("hull of single models", single);
}

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

async function speed() {
  const train = [await read("routerdc/mmlu_train.json"), await read("routerdc/gsm8k-train.json")];
  const router = trainRouter(train);
  const texts = (await read("routerdc/mmlu_test.json")).texts.slice(0, 2000);
  for (const text of texts.slice(0, 500)) route(router, { text });
  const times = texts
    .map((text) => timed(() => route(router, { text })).seconds * 1000)
    .sort((a, b) => a - b);
  const at = (share) => times[Math.floor(share * (times.length - 1))].toFixed(3);
  print(
    `\n## Speed\none decision from text, 3,000 training questions, 7 models: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`,
  );
}

async function large() {
  const random = seededRandom(1);
  const base = (await read("routerdc/mmlu_train.json")).texts;
  const [n, models] = [100_000, 20];
  const cut = (text, from) => text.slice(Math.floor(from * text.length));
  const texts = Array.from(
    { length: n },
    (_, i) =>
      `${base[i % base.length].slice(0, 120)} ${cut(base[Math.floor(random() * base.length)], random())}`,
  );
  const matrix = {
    subjects: Array.from({ length: models }, (_, m) => `model ${m}`),
    items: texts.map((_, i) => `q${i}`),
    texts,
    scores: Float64Array.from({ length: n * models }, (_, o) =>
      random() < 0.4 + 0.02 * Math.floor(o / n) ? 1 : 0,
    ),
    observed: new Uint8Array(n * models).fill(1),
  };
  const { seconds, processor } = timed(() => trainRouter([matrix]));
  print(
    `\n## 100,000 questions × 20 models\ntrained in ${seconds.toFixed(0)} s (${processor.toFixed(0)} s of processor), ${(process.memoryUsage.rss() / 2 ** 30).toFixed(2)} GB`,
  );
}

if (wanted("mmlu")) await routerDC("MMLU", ["mmlu"]);
if (wanted("joint")) await routerDC("MMLU, GSM8K and HumanEval jointly", ["mmlu", "gsm8k", "humaneval"]);
if (wanted("cost")) for (const name of ["arc_challenge", "mbpp"]) await routerBench(name);
if (wanted("left-out")) await leftOut();
if (wanted("newcomers")) await newcomers();
if (wanted("speed")) await speed();
if (options.part?.includes("large")) await large();
