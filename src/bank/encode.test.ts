import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { writeFolder } from "../files/index.ts";
import { InputError } from "../input-error.ts";
import { logistic, seededNormal, seededRandom } from "../numerics/index.ts";
import {
  abilityStandardErrors,
  difficulties,
  type ItemBank,
  itemStandardErrors,
  parameterNames,
} from "./bank.ts";
import { decodeBank } from "./decode.ts";
import { encodeBank } from "./encode.ts";

interface Shape {
  seed: number;
  subjects: number;
  items: number;
  dims: number;
  family: "2pl" | "3pl" | "4pl" | "graded";
  fractional: boolean;
}

function sampleBank({ seed, subjects, items, dims, family, fractional }: Shape): ItemBank {
  const random = seededRandom(seed);
  const normal = seededNormal(random);
  const normals = (n: number) => Float64Array.from({ length: n }, normal);
  const uniforms = (n: number) => Float64Array.from({ length: n }, random);
  const parameters = {
    family,
    dims,
    discrimination: normals(items * dims),
    intercept: normals(items * (family === "graded" ? 3 : 1)),
    ...(family === "graded" && { categories: 4 }),
    ...((family === "3pl" || family === "4pl") && { guessing: uniforms(items) }),
    ...(family === "4pl" && { upper: uniforms(items) }),
  };
  const names = Array.from({ length: items }, (_, i) => `item ${i} 问 "quoted", ${i}`);
  const people = Array.from({ length: subjects }, (_, s) => `org/model-${s}`);
  const observed = Uint8Array.from({ length: subjects * items }, () => (random() < 0.8 ? 1 : 0));
  return {
    items: names,
    subjects: people,
    parameters,
    covariance: normals(items * parameterNames(parameters).length ** 2).map(Math.abs),
    abilities: {
      dims,
      ability: normals(subjects * dims),
      covariance: normals(subjects * dims * dims).map(Math.abs),
    },
    latent: { mean: new Float64Array(dims), covariance: normals(dims * dims) },
    warnings: ["few responses"],
    texts: names.map((name) => `What is ${name}?\n`),
    scenarios: names.map((_, i) => (i % 2 ? "maths" : "law")),
    itemFit: { infit: uniforms(items), outfit: uniforms(items).fill(Number.NaN) },
    subjectFit: { lz: normals(subjects) },
    flags: names.map((_, i) => (i % 3 ? [] : ["negative discrimination", "nobody right"])),
    origins: new Uint32Array(items),
    method: "mml",
    scoring: fractional ? "score" : "hard",
    seed,
    priors: { ability: "N(0, 1)", slopeVariance: 0.5 },
    candidates: [{ family: "2pl", dims: 1, heldOut: -0.31, standardError: 0.004, chosen: true }],
    fit: { logLikelihood: -2658.8, rmsea: null },
    provenance: [
      {
        action: "calibrate",
        tripos: "0.1.0",
        inputs: [{ name: "a.csv", format: "csv", bytes: 12, sha256: "00" }],
        items,
        subjects,
      },
    ],
    responses: {
      subjects: people,
      items: names,
      texts: names.map((name) => `What is ${name}?\n`),
      scenarios: names.map((_, i) => (i % 2 ? "maths" : "law")),
      observed,
      scores: Float64Array.from(observed, (seen) =>
        seen ? (fractional ? random() : Math.round(random())) : 0,
      ),
      ...(fractional && { trials: uniforms(subjects * items) }),
    },
  };
}

const small: Shape = { seed: 1, subjects: 5, items: 7, dims: 2, family: "2pl", fractional: false };

test("a bank comes back from its files bit by bit", async () => {
  const shapes = fc.record({
    seed: fc.nat(),
    subjects: fc.integer({ min: 1, max: 6 }),
    items: fc.integer({ min: 1, max: 9 }),
    dims: fc.integer({ min: 1, max: 3 }),
    family: fc.constantFrom("2pl", "3pl", "4pl", "graded"),
    fractional: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(shapes, async (shape) => {
      const bank = sampleBank(shape as Shape);
      const loaded = await decodeBank(await encodeBank(bank), "bank");
      expect(loaded.bank).toEqual(bank);
      expect(loaded.warnings).toEqual([]);
    }),
    { numRuns: 25 },
  );
});

test("the same bank gives the same bytes", async () => {
  const [a, b] = [await encodeBank(sampleBank(small)), await encodeBank(sampleBank(small))];
  expect(a).toEqual(b);
});

describe("a bank that was not left as written", () => {
  const edit = async (name: string, change: (text: string) => string) => {
    const files = await encodeBank(sampleBank(small));
    files.set(name, Buffer.from(change(Buffer.from(files.get(name)!).toString("latin1")), "latin1"));
    return decodeBank(files, "bank");
  };

  test("edited by hand: it is used, and said", async () => {
    const { warnings, bank } = await edit("bank.json", (text) => text.replace('"seed": 1', '"seed": 2'));
    expect(bank.seed).toBe(2);
    expect(warnings).toEqual([expect.stringMatching(/^bank\.json was changed after Tripos wrote it/)]);
  });

  test("formatted anew: nothing was changed", async () => {
    const { warnings } = await edit("bank.json", (text) => JSON.stringify(JSON.parse(text)));
    expect(warnings).toEqual([]);
  });

  test("a changed number in a large file is noticed", async () => {
    const last = (text: string) => `${text.slice(0, -1)}\u0001`;
    const { warnings } = await edit("covariances.safetensors", last);
    expect(warnings).toEqual([expect.stringContaining("covariances.safetensors was changed")]);
  });

  test("a parameter or ability that is no number: refused, with its row and column", async () => {
    const bank = sampleBank(small);
    bank.parameters.discrimination[small.dims] = Number.NaN;
    await expect(decodeBank(await encodeBank(bank), "bank")).rejects.toThrow(
      /^bank\/items\.parquet, row 2, field "discrimination_1": a number is missing \(found null, expected a finite number\)/,
    );
    const other = sampleBank(small);
    other.abilities.ability[0] = Number.NaN;
    await expect(decodeBank(await encodeBank(other), "bank")).rejects.toThrow(/subjects\.parquet, row 1/);
  });

  test("without the responses that it lists: refused", async () => {
    const files = await encodeBank(sampleBank(small));
    files.delete("responses.safetensors");
    await expect(decodeBank(files, "bank")).rejects.toThrow(
      /^bank\/responses\.safetensors: a file of the bank is missing/,
    );
  });

  test("of a newer version: refused in one sentence", async () => {
    const newer = edit("bank.json", (text) => text.replace('"version": 1', '"version": 2'));
    await expect(newer).rejects.toThrow(InputError);
    await expect(newer).rejects.toThrow(/written by a newer Tripos .* update Tripos to read it\.$/);
  });

  test("another model's name on the same parameters: refused", async () => {
    await expect(
      edit("bank.json", (text) => text.replace(/"family": "\w+"/, '"family": "4pl"')),
    ).rejects.toThrow(/contradict each other \(found 4pl/);
  });

  test("broken: the place is named", async () => {
    await expect(edit("bank.json", (text) => text.replace('"dims": 2', '"dims": "two"'))).rejects.toThrow(
      /model\.dims/,
    );
    await expect(edit("bank.json", (text) => text.slice(0, 40))).rejects.toThrow(/not valid JSON/);
    await expect(edit("bank.json", () => '{"some":"json"}')).rejects.toThrow(/not an item bank/);
    await expect(edit("items.parquet", (text) => text.slice(0, -9))).rejects.toThrow(
      /items\.parquet: .*cannot be read/,
    );
    await expect(edit("bank.json", (text) => text.replace('"items": 7', '"items": 8'))).rejects.toThrow(
      /8 rows/,
    );
  });

  test("a file is missing: named", async () => {
    const files = await encodeBank(sampleBank(small));
    files.delete("subjects.parquet");
    await expect(decodeBank(files, "bank")).rejects.toThrow(/bank\/subjects\.parquet/);
  });
});

test("difficulty and its standard error are those of the delta method", () => {
  const bank = sampleBank({ ...small, dims: 1, items: 1 });
  const exact: ItemBank = {
    ...bank,
    parameters: { family: "2pl", dims: 1, discrimination: Float64Array.of(2), intercept: Float64Array.of(3) },
    covariance: Float64Array.of(0.04, 0.01, 0.01, 0.09),
  };
  const { difficulty, standardError } = difficulties(exact);
  expect(difficulty[0]).toBe(-1.5);
  // Gradient of −d/a at (2, 3): (d/a², −1/a) = (.75, −.5).
  expect(standardError[0] ** 2).toBeCloseTo(0.5625 * 0.04 - 2 * 0.375 * 0.01 + 0.25 * 0.09, 12);
  expect([...itemStandardErrors(exact)]).toEqual([0.2, 0.3]);
  expect(
    abilityStandardErrors({ dims: 1, ability: new Float64Array(1), covariance: Float64Array.of(0.25) })[0],
  ).toBe(0.5);
});

const python = [process.env.PYTHON ?? "python3"].find(
  (name) => spawnSync(name, ["-c", "import pyarrow, numpy"]).status === 0,
);

test.skipIf(!python)("Python computes the same probabilities from the files, without Tripos", async () => {
  const bank = sampleBank(small);
  const folder = join(mkdtempSync(join(tmpdir(), "tripos-bank-")), "bank");
  writeFolder(folder, await encodeBank(bank));
  const script = `
import json, sys, numpy as np, pyarrow.parquet as pq
folder = sys.argv[1]
about = json.load(open(folder + "/bank.json"))
assert "logistic(discrimination · θ + intercept)" in about["model"]["link"]
items = pq.read_table(folder + "/items.parquet").to_pydict()
subjects = pq.read_table(folder + "/subjects.parquet").to_pydict()
D = about["model"]["dims"]
a = np.stack([items[f"discrimination_{k + 1}"] for k in range(D)])
theta = np.stack([subjects[f"ability_{k + 1}"] for k in range(D)])
raw = open(folder + "/responses.safetensors", "rb").read()
length = int.from_bytes(raw[:8], "little")
entry = json.loads(raw[8:8 + length])["responses"]
seen = np.frombuffer(raw[8 + length:], np.uint8).reshape(entry["shape"])
print(json.dumps({"p": (1 / (1 + np.exp(-(theta.T @ a + items["intercept"])))).ravel().tolist(),
                  "seen": int((seen != 255).sum()), "item": items["item"][3]}))`;
  const run = spawnSync(python!, ["-c", script, folder], { encoding: "utf8" });
  rmSync(join(folder, ".."), { recursive: true });
  expect(run.stderr).toBe("");
  const { p, seen, item } = JSON.parse(run.stdout) as { p: number[]; seen: number; item: string };
  const { discrimination, intercept, dims } = bank.parameters;
  bank.subjects.forEach((_, s) => {
    bank.items.forEach((_, i) => {
      let logit = intercept[i];
      for (let k = 0; k < dims; k++)
        logit += discrimination[i * dims + k] * bank.abilities.ability[s * dims + k];
      expect(p[s * bank.items.length + i]).toBeCloseTo(logistic(logit), 12);
    });
  });
  expect(seen).toBe(bank.responses!.observed.reduce((sum, x) => sum + x, 0));
  expect(item).toBe(bank.items[3]);
  expect(existsSync(folder)).toBe(false);
});

const duckdb = [process.env.PYTHON ?? "python3"].find(
  (name) => spawnSync(name, ["-c", "import duckdb"]).status === 0,
);

test.skipIf(!duckdb)("DuckDB reads the tables", async () => {
  const bank = sampleBank(small);
  const folder = join(mkdtempSync(join(tmpdir(), "tripos-bank-")), "bank");
  writeFolder(folder, await encodeBank(bank));
  const script = `
import duckdb, json, sys
items = duckdb.sql(f"select item, difficulty, flags from '{sys.argv[1]}/items.parquet' order by difficulty").fetchall()
best = duckdb.sql(f"select arg_max(subject, ability_1) from '{sys.argv[1]}/subjects.parquet'").fetchall()[0][0]
print(json.dumps({"items": items, "best": best}))`;
  const run = spawnSync(duckdb!, ["-c", script, folder], { encoding: "utf8" });
  rmSync(join(folder, ".."), { recursive: true });
  expect(run.stderr).toBe("");
  const { items, best } = JSON.parse(run.stdout) as { items: [string, number, string][]; best: string };
  const { difficulty } = difficulties(bank);
  expect(items.map(([item]) => item)).toEqual(
    [...bank.items.keys()].sort((a, b) => difficulty[a] - difficulty[b]).map((i) => bank.items[i]),
  );
  const { ability, dims } = bank.abilities;
  const first = bank.subjects.map((_, s) => ability[s * dims]);
  expect(best).toBe(bank.subjects[first.indexOf(Math.max(...first))]);
});
