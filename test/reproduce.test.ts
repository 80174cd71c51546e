import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { newFolder, tripos, triposHere } from "./cli.ts";
import { runPython, testWithNumpy } from "./python.ts";
import { shared, testOnRealData } from "./shared.ts";

const filesOf = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    statSync(join(folder, name)).isFile(),
  );

const digest = (folder: string) => {
  const hash = createHash("sha256");
  for (const name of filesOf(folder).sort()) hash.update(name).update(readFileSync(join(folder, name)));
  return hash.digest("hex");
};

const withoutTexts = [
  "knn_irt_predicted_alpha_k_20.csv",
  "knn_irt_predicted_difficulty_k_20.csv",
  "mmlu_data_all.pkl",
  "mmlu_data_pirt_preds.pkl",
  "mmlu_data_training.pkl",
  "mmlu_data_training_anchor.pickle",
  "mmlu_data_training_irt_dataset.jsonlines",
  "mmlu_data_training_irt_model/best_parameters.json",
  "mmlu_data_training_irt_model/best_parameters_all.json",
  "p_irt_predictions.csv",
];

/** Two small files of RouterDC's layout, to be spoilt. */
function smallData(change: (train: Entry[], test: Entry[]) => void = () => {}): string {
  const folder = newFolder();
  const entries = (from: number, count: number): Entry[] =>
    Array.from({ length: count }, (_, i) => ({
      question: `What is ${from + i} plus ${(i * 7) % 5}?\nA. 1\nB. 2`,
      scores: { "org/a": (i * 13) % 3 ? 0.9 : 0, "org/b": i % 2 ? 1 : 0, c: (i * 5) % 4 ? 0.5 : 0 },
    }));
  const [train, test] = [entries(0, 40), entries(40, 30)];
  change(train, test);
  writeFileSync(join(folder, "mmlu_train.json"), JSON.stringify(train));
  writeFileSync(join(folder, "mmlu_test.json"), JSON.stringify(test));
  return folder;
}
type Entry = { question?: unknown; scores?: unknown };

test("without any data the embedded responses give the table and every file but the texts, the same each time", async () => {
  const folder = newFolder();
  const runs = [join(folder, "one"), join(folder, "two")];
  const [first] = await Promise.all(runs.map((out) => tripos(["reproduce", "mmlu", "--out", out])));
  expect(first).toMatchObject({ code: 0, stderr: "" });
  expect(first.stdout).toMatch(/router \(this pipeline\)\s+6\d\.\d\d/);
  expect(first.stdout).toContain("This pipeline does not beat the best single model");
  expect(first.stdout).toContain("RouterDC, as published");
  expect(first.stdout).toContain("no *_with_ids.json");
  expect(filesOf(runs[0]).sort()).toEqual(withoutTexts);
  expect(digest(runs[0])).toBe(digest(runs[1]));
});

test("--json prints one object with the contract's fields", async () => {
  const data = smallData();
  const out = join(data, "out");
  const options = ["--dims", "2", "--anchors", "10", "--neighbours", "3", "--out", out, "--json"];
  const { code, stdout, stderr } = await triposHere(["reproduce", "mmlu", "--data", data, ...options]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const result = JSON.parse(stdout);
  expect(result).toMatchObject({ subjects: 3, train: 40, test: 30, dims: 2, anchors: 10, neighbours: 3 });
  const { accuracy, seconds, files } = result;
  expect(accuracy.interval[0]).toBeLessThanOrEqual(accuracy.router);
  expect(accuracy.interval[1]).toBeGreaterThanOrEqual(accuracy.router);
  expect(Object.keys(accuracy.models)).toEqual(["org/a", "org/b", "c"]);
  expect(accuracy.models[accuracy.bestSingle.model]).toBe(accuracy.bestSingle.reward);
  expect(accuracy.random).toBeLessThanOrEqual(accuracy.oracle);
  expect(seconds.total).toBeGreaterThan(0);
  for (const file of files) expect(existsSync(file)).toBe(true);
  expect(files).toHaveLength(12);
  const ids = JSON.parse(readFileSync(join(out, "test_mmlu_with_ids.json"), "utf8"));
  expect(ids[0]).toMatchObject({
    question_id: 40,
    question: "What is 40 plus 0?\nA. 1\nB. 2",
    scores: { "org/b": 0 },
  });
});

test("--python-layout places the files where the scripts look and overwrites best_parameters.json as they do", async () => {
  const data = smallData();
  const out = join(data, "out");
  const small = ["--dims", "2", "--anchors", "10", "--neighbours", "3", "--data", data];
  const { code } = await triposHere(["reproduce", "mmlu", ...small, "--out", out, "--python-layout"]);
  expect(code).toBe(0);
  expect(readdirSync(out).sort()).toEqual([
    "data",
    "knn_irt_predicted_alpha_k_3.csv",
    "knn_irt_predicted_difficulty_k_3.csv",
    "p_irt_predictions.csv",
  ]);
  const parameters = JSON.parse(
    readFileSync(join(out, "data/mmlu_data_training_irt_model/best_parameters.json"), "utf8"),
  );
  expect(parameters.disc).toHaveLength(70);
});

testWithNumpy("Python reads every file, and finds in it what the scripts look for", async () => {
  const data = smallData();
  const out = join(data, "out");
  const small = ["--dims", "2", "--anchors", "10", "--neighbours", "3", "--data", data, "--out", out];
  expect(await triposHere(["reproduce", "mmlu", ...small])).toMatchObject({ code: 0 });
  const program = `
import ast, csv, json, pickle, sys
import numpy as np
from pathlib import Path
data, out = sys.stdin.read().split("\\n")
load = lambda name: pickle.loads(Path(out, name).read_bytes())
text = lambda name: Path(out, name).read_text(encoding="utf8")
train, test = (json.loads(Path(data, f"mmlu_{part}.json").read_text()) for part in ("train", "test"))
models = list(train[0]["scores"])
y = np.array([[1.0 if e["scores"][m] > 0 else 0.0 for m in models] for e in train + test])
for name, rows in (("training", 40), ("all", 70)):
    d = load(f"mmlu_data_{name}.pkl")
    assert d["models"] == [m.replace("/", "\\\\/") for m in models], d["models"]
    assert np.array_equal(d["data"]["mmlu"]["correctness"], y[:rows])
lines = [json.loads(line) for line in text("mmlu_data_training_irt_dataset.jsonlines").splitlines()]
assert [line["subject_id"] for line in lines] == ["0", "1", "2"]
assert [lines[0]["responses"][f"q{i}"] for i in range(40)] == y[:40, 0].tolist()
p = json.loads(text("mmlu_data_training_irt_model/best_parameters.json"))
assert np.shape(p["ability"]) == (3, 2) and np.shape(p["diff"]) == (40, 1) and np.shape(p["disc"]) == (40, 2)
assert p["irt_model"] == "multidim_2pl" and p["item_ids"]["39"] == "q39" and p["subject_ids"]["2"] == "2"
full = json.loads(text("mmlu_data_training_irt_model/best_parameters_all.json"))
a, b = np.array(full["disc"]), np.array(full["diff"])
assert a.shape == (70, 2) and b.shape == (70, 1) and np.array_equal(a[:40], p["disc"])
anchors = load("mmlu_data_training_anchor.pickle")
points, weights = anchors["anchor_points"]["mmlu"], anchors["anchor_weights"]["mmlu"]
assert points.shape == (10,) and points.dtype.kind == "i" and points.max() < 40 and abs(weights.sum() - 1) < 1e-12
knn = {name: list(csv.DictReader(text(f"knn_irt_predicted_{name}_k_3.csv").splitlines())) for name in ("difficulty", "alpha")}
assert [int(row["question_id"]) for row in knn["alpha"]] == list(range(40, 70))
assert np.allclose([ast.literal_eval(row["predicted_alpha"]) for row in knn["alpha"]], a[40:], atol=1e-12)
assert np.allclose([float(row["predicted_difficulty"]) for row in knn["difficulty"]], b[40:, 0], atol=1e-12)
pirt = load("mmlu_data_pirt_preds.pkl")["mmlu"]
assert list(pirt) == [0, 1, 2] and all(v.shape == (70,) and ((v > 0) & (v < 1)).all() for v in pirt.values())
rows = list(csv.DictReader(text("p_irt_predictions.csv").splitlines()))
assert list(rows[0]) == ["question_id", "Pred", *models]
stacked = np.array([pirt[s][40:] for s in range(3)])
assert np.array_equal(np.array([[float(row[m]) for m in models] for row in rows]).T, stacked)
assert [row["Pred"] for row in rows] == [models[s] for s in stacked.argmax(axis=0)]
print("agrees")
`;
  expect(runPython(program, `${data}\n${out}`).toString()).toBe("agrees\n");
});

testOnRealData("our own calibration fits as py-irt does, and routes at least as well", async () => {
  const out = newFolder();
  const run = ["reproduce", "mmlu", "--data", shared("data/routerdc"), "--out", out, "--json"];
  const reference = ["--features", shared("reference/mmlu/minilm_embeddings.npy")];
  const results = [
    await triposHere(run),
    await triposHere([...run, ...reference, "--out", join(out, "minilm")]),
  ];
  for (const { code, stdout, stderr } of results) {
    expect(code).toBe(0);
    expect(stderr).toContain("the same question has different scores in entries 481 and 755");
    expect(JSON.parse(stdout).accuracy.router).toBeGreaterThanOrEqual(0.6231);
  }
  const { ability, diff, disc } = JSON.parse(
    readFileSync(join(out, "mmlu_data_training_irt_model/best_parameters.json"), "utf8"),
  );
  const lines = readFileSync(join(out, "mmlu_data_training_irt_dataset.jsonlines"), "utf8")
    .trim()
    .split("\n");
  let logLikelihood = 0;
  lines.forEach((line, s) => {
    const { responses } = JSON.parse(line);
    for (let i = 0; i < disc.length; i++) {
      const z = disc[i].reduce(
        (sum: number, a: number, d: number) => sum + a * ability[s][d] - diff[i][0],
        0,
      );
      logLikelihood -= Math.log1p(Math.exp(responses[`q${i}`] ? -z : z));
    }
  });
  expect(logLikelihood).toBeGreaterThan(-7.4858);
});

const badInput: [string, () => string[], RegExp][] = [
  [
    "a folder that is not there",
    () => ["--data", "/nowhere/at/all"],
    /\/nowhere\/at\/all: there is no such folder/,
  ],
  [
    "a folder with one of the two files",
    () => {
      const folder = newFolder();
      copyFileSync(join(smallData(), "mmlu_train.json"), join(folder, "mmlu_train.json"));
      return ["--data", folder];
    },
    /mmlu_test\.json: the file is missing \(found only mmlu_train\.json/,
  ],
  [
    "JSON that ends early",
    () => {
      const folder = smallData();
      writeFileSync(join(folder, "mmlu_test.json"), '[\n {"question": "x",\n  "scores" 1}]');
      return ["--data", folder];
    },
    /mmlu_test\.json, line 3, column 1\d /,
  ],
  [
    "not a list",
    () => ["--data", spoilt((_, test) => ({ test: { questions: test } }))],
    /mmlu_test\.json: .*expected \[/s,
  ],
  ["an empty list", () => ["--data", spoilt(() => ({ train: [] }))], /mmlu_train\.json: .*empty/],
  [
    "an entry without a question",
    () => [
      "--data",
      smallData((train) => {
        delete train[3].question;
      }),
    ],
    /entry 3.*"question".*found nothing/,
  ],
  [
    "an entry without scores",
    () => [
      "--data",
      smallData((_, test) => {
        delete test[2].scores;
      }),
    ],
    /mmlu_test\.json, entry 2.*"scores"/,
  ],
  [
    "a score that is a text",
    () => ["--data", withScore("0.5")],
    /entry 5.*"scores\.c".*found "0\.5", expected a number/,
  ],
  ["a score that is null", () => ["--data", withScore(null)], /entry 5.*"scores\.c".*found null/],
  ["a negative score", () => ["--data", withScore(-0.5)], /entry 5.*"scores\.c".*found -0\.5/],
  [
    "a score that is NaN",
    () => {
      const folder = smallData();
      const path = join(folder, "mmlu_train.json");
      writeFileSync(path, readFileSync(path, "utf8").replace('"c":0.5', '"c":NaN'));
      return ["--data", folder];
    },
    /mmlu_train\.json, line 1, column \d+.*NaN/s,
  ],
  [
    "models that differ between entries",
    () => [
      "--data",
      smallData((train) => {
        train[7].scores = { "org/a": 1, "org/b": 0, d: 1 };
      }),
    ],
    /entry 7.*without c; with d besides/,
  ],
  [
    "models that differ between the files",
    () => [
      "--data",
      smallData((_, test) => {
        for (const entry of test) entry.scores = { "org/a": 1, other: 0, c: 1 };
      }),
    ],
    /org\/b only in .*mmlu_train\.json; other only in .*mmlu_test\.json/,
  ],
  ["--dims 0", () => ["--dims", "0"], /--dims: .*found "0", expected a whole number from 1/],
  ["--dims 2.5", () => ["--dims", "2.5"], /--dims: .*found "2\.5"/],
  [
    "more anchors than items",
    () => ["--data", smallData(), "--dims", "2", "--anchors", "41"],
    /anchors.*found 41, expected a whole number from 1 to 40/s,
  ],
  [
    "more neighbours than items",
    () => ["--data", smallData(), "--dims", "2", "--anchors", "4", "--neighbours", "41"],
    /neighbours.*found 41, expected a whole number from 1 to 40/s,
  ],
  ["an unknown option", () => ["--dimensions", "3"], /unknown option '--dimensions'/],
  ["an unknown ability", () => ["--ability", "eap"], /Allowed choices are map, mle, training/],
  ["a missing best_parameters.json", () => ["--irt", "/nowhere.json"], /\/nowhere\.json: cannot be read/],
  [
    "best_parameters.json of other items",
    () => ["--irt", parametersFile({})],
    /not of these responses.*found 2 subjects and 2 items, expected 7 subjects and 2000 items/,
  ],
  [
    "best_parameters.json whose shapes disagree",
    () => ["--irt", parametersFile({ disc: [[1, 2], [1]] })],
    /"disc\[1\]".*found 1 numbers, expected 2/,
  ],
  ["features without texts", () => ["--features", "x.npy"], /need the questions' texts/],
  [
    "features of the wrong length",
    () => ["--data", smallData(), "--features", npyFile([4, 2])],
    /\.npy.*4.*70/s,
  ],
  [
    "features that are whole numbers",
    () => ["--data", smallData(), "--features", npyFile([70, 2], "<i8")],
    /\.npy.*int64/s,
  ],
  [
    "features cut short",
    () => ["--data", smallData(), "--features", npyFile([70, 2], "<f8", 100)],
    /\.npy.*bytes/s,
  ],
  [
    "an embedder without its server",
    () => ["--data", smallData(), "--embedder", "openai"],
    /--base-url.*address of a server/,
  ],
  [
    "an output folder that is a file",
    () => ["--out", join(smallData(), "mmlu_train.json")],
    /cannot be written/,
  ],
];

test.each(badInput)("%s: exit code 2, one clear message, nothing written", async (_name, args, message) => {
  const out = join(newFolder(), "out");
  const given = args();
  const { code, stdout, stderr } = await triposHere(["reproduce", "mmlu", "--out", out, ...given]);
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/\n\s+at .*:\d+:\d+/);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(existsSync(out)).toBe(false);
});

test("--download without a network names the two addresses and --data, and leaves nothing", async () => {
  const folder = newFolder();
  const blocked = { XDG_CACHE_HOME: folder, NODE_OPTIONS: `--import=${noNetwork(folder)}` };
  const { code, stderr } = await tripos(
    ["reproduce", "mmlu", "--download", "--out", join(folder, "out")],
    blocked,
  );
  expect(code).toBe(2);
  expect(stderr).toMatch(/cannot be fetched/);
  expect(stderr).toMatch(/split2_model7_cluster\/mmlu_train\.json[\s\S]*split2_model7\/mmlu_test\.json/);
  expect(stderr).toContain("--data");
  expect(existsSync(join(folder, "out"))).toBe(false);
});

testOnRealData("--download works offline once the files are in the cache", async () => {
  const folder = newFolder();
  const cache = join(folder, "tripos", "routerdc");
  mkdirSync(cache, { recursive: true });
  for (const name of ["mmlu_train.json", "mmlu_test.json"])
    copyFileSync(shared(`data/routerdc/${name}`), join(cache, name));
  const blocked = { XDG_CACHE_HOME: folder, NODE_OPTIONS: `--import=${noNetwork(folder)}` };
  const run = ["reproduce", "mmlu", "--download", "--out", join(folder, "out"), "--dims", "1", "--json"];
  const { code, stdout } = await tripos(run, blocked);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ train: 2000, test: 4213, dims: 1 });
});

test.each([50, 400, 800])("Ctrl-C after %i ms leaves whole files and no temporary ones", async (wait) => {
  const out = newFolder();
  const main = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
  const child = spawn(process.execPath, [main, "reproduce", "mmlu", "--out", out]);
  await new Promise((resolve) => setTimeout(resolve, wait));
  child.kill("SIGINT");
  const code = await new Promise((resolve) =>
    child.on("close", (status, signal) => resolve(status ?? signal)),
  );
  expect([130, "SIGINT", 0]).toContain(code);
  const left = filesOf(out);
  expect(left.filter((name) => name.includes(".tmp"))).toEqual([]);
  for (const name of left.filter((file) => file.endsWith(".json")))
    JSON.parse(readFileSync(join(out, name), "utf8"));
});

function spoilt(change: (train: Entry[], test: Entry[]) => { train?: unknown; test?: unknown }): string {
  let parts: { train?: unknown; test?: unknown } = {};
  const folder = smallData((train, test) => {
    parts = change(train, test);
  });
  for (const [name, content] of Object.entries(parts))
    writeFileSync(join(folder, `mmlu_${name}.json`), JSON.stringify(content));
  return folder;
}

function withScore(score: unknown): string {
  return smallData((train) => {
    train[5].scores = { "org/a": 1, "org/b": 0, c: score };
  });
}

function parametersFile(change: object): string {
  const path = join(newFolder(), "best_parameters.json");
  const right = {
    ability: [
      [0, 1],
      [1, 0],
    ],
    diff: [[0], [1]],
    disc: [
      [1, 2],
      [2, 1],
    ],
    irt_model: "multidim_2pl",
  };
  writeFileSync(path, JSON.stringify({ ...right, ...change }));
  return path;
}

function npyFile(shape: number[], type = "<f8", cut = 0): string {
  const header = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.join(", ")}), }`;
  const padded = `${header.padEnd(117)}\n`;
  const bytes = Buffer.alloc(10 + 118 + 8 * shape[0] * shape[1]);
  bytes.write("\x93NUMPY\x01\x00", "latin1");
  bytes.writeUInt16LE(118, 8);
  bytes.write(padded, 10, "latin1");
  const path = join(newFolder(), "features.npy");
  writeFileSync(path, bytes.subarray(0, bytes.length - cut));
  return path;
}

function noNetwork(folder: string): string {
  const path = join(folder, "no-network.mjs");
  writeFileSync(
    path,
    'globalThis.fetch = async () => { throw new TypeError("fetch failed", { cause: new Error("no network") }); };',
  );
  return path;
}
