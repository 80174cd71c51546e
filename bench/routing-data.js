// What the routing benchmarks share: the data, the recipes in scikit-learn on the router's features, printing.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  modelNames,
  predict,
  readNpy,
  readResponses,
  rewardsOf,
  routerFeatures,
  sourcesAt,
  writeNpy,
} from "../dist/node.js";

/** Responses of a file in the folder of data, as rewards. */
export async function rewardsIn(folder, path, rule) {
  const { matrix } = await readResponses(await sourcesAt([join(folder, path)]));
  return rewardsOf(matrix, rule);
}

export const print = (line) => process.stdout.write(`${line}\n`);

/** A result with the seconds on the clock and of processor that it took. */
export function timed(work) {
  const [start, processor] = [performance.now(), process.cpuUsage()];
  const result = work();
  const used = process.cpuUsage(processor);
  return { result, seconds: (performance.now() - start) / 1000, processor: (used.user + used.system) / 1e6 };
}

/** Predicted P of the recipes in scikit-learn on our features, by name, questions × models; of all unless some are named. */
export function recipes(python, train, test, some = []) {
  if (!python) return new Map();
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
  const names = JSON.parse(execFileSync(python, [script, folder, ...some], { encoding: "utf8" }));
  const found = new Map(
    names.map((name) => [name, readNpy(readFileSync(join(folder, `${name}.npy`)), name).data]),
  );
  rmSync(folder, { recursive: true });
  return found;
}

/** P of every question of several datasets, questions × models, in the order of `subjects`. */
export function predictions(router, matrices, subjects) {
  const at = subjects.map((s) => modelNames(router).indexOf(s));
  return Float64Array.from(
    matrices.flatMap(({ texts }) => texts.flatMap((text) => at.map((m) => predict(router, text).p[m]))),
  );
}
