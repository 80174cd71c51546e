// One decision from a text, with 5,000 training questions and 7 models, beside scikit-learn's k-NN and RouteLLM's score in
// the same run (with --python); loading; with --large also training on 100,000 questions × 20 models.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  loadRouter,
  route,
  saveRouter,
  seededRandom,
  selectItems,
  trainRouter,
  writeNpy,
} from "../dist/node.js";
import { print, rewardsIn, timed } from "./routing-data.js";

const { values: options } = parseArgs({
  options: {
    data: { type: "string", default: "../shared/data" },
    python: { type: "string" },
    large: { type: "boolean", default: false },
  },
});

const folder = mkdtempSync(join(tmpdir(), "routing-speed-"));
const range = (from, to) => Uint32Array.from({ length: to - from }, (_, i) => from + i);

/** Quantiles of the milliseconds that single decisions take, after some to warm up. */
function decisionTimes(router, texts) {
  for (const text of texts.slice(0, 500)) route(router, { text });
  const times = texts
    .map((text) => timed(() => route(router, { text })).seconds * 1000)
    .sort((a, b) => a - b);
  const at = (share) => times[Math.floor(share * (times.length - 1))];
  return { p50: at(0.5), p99: at(0.99) };
}

const row = (who, { p50, p99 }) => print(`| ${who} | ${p50.toFixed(3)} | ${p99.toFixed(3)} |`);

async function oneDecision() {
  const [train, test] = [
    await rewardsIn(options.data, "routerdc/mmlu_train.json", "hard"),
    await rewardsIn(options.data, "routerdc/mmlu_test.json", "hard"),
  ];
  const more = selectItems(test, range(0, 3000));
  const { result: router, seconds, processor } = timed(() => trainRouter([train, more]));
  const texts = test.texts.slice(3000, 4200);
  print(
    `trained on 5,000 questions × 7 models in ${seconds.toFixed(1)} s (${processor.toFixed(1)} s of processor)`,
  );
  saveRouter(router, join(folder, "router"));
  const size = readdirSync(join(folder, "router")).reduce(
    (sum, name) => sum + statSync(join(folder, "router", name)).size,
    0,
  );
  const loaded = timed(() => loadRouter(join(folder, "router")));
  print(`loaded in ${(1000 * loaded.seconds).toFixed(0)} ms, ${(size / 2 ** 20).toFixed(1)} MB on disk\n`);
  print("| one decision from text, ms | p50 | p99 |\n| --- | ---: | ---: |");
  row("Tripos", decisionTimes(loaded.result, texts));
  if (!options.python) return;
  const questions = [train, more];
  writeFileSync(
    join(folder, "texts.json"),
    JSON.stringify({ train: questions.flatMap((m) => m.texts), queries: texts }),
  );
  const rewards = questions.flatMap((m) =>
    m.items.map((_, i) => train.subjects.map((s) => m.scores[m.subjects.indexOf(s) * m.items.length + i])),
  );
  const table = {
    dtype: "float64",
    shape: [rewards.length, train.subjects.length],
    data: Float64Array.from(rewards.flat()),
  };
  writeFileSync(join(folder, "rewards.npy"), writeNpy(table));
  const script = new URL("python/routing_speed.py", import.meta.url).pathname;
  const peers = JSON.parse(execFileSync(options.python, [script, folder], { encoding: "utf8" }));
  for (const [who, times] of Object.entries(peers)) row(who, times);
}

async function large() {
  const random = seededRandom(1);
  const base = (await rewardsIn(options.data, "routerdc/mmlu_train.json")).texts;
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
  const { result: router, seconds, processor } = timed(() => trainRouter([matrix]));
  print(
    `\n100,000 questions × 20 models: trained in ${seconds.toFixed(0)} s (${processor.toFixed(0)} s of processor), ${(process.memoryUsage.rss() / 2 ** 30).toFixed(2)} GB`,
  );
  const { p50, p99 } = decisionTimes(router, texts.slice(0, 2000));
  print(`one decision then: p50 ${p50.toFixed(3)} ms, p99 ${p99.toFixed(3)} ms`);
}

await oneDecision();
if (options.large) await large();
rmSync(folder, { recursive: true });
