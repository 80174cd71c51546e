import { describe, expect, test } from "vitest";
import { InputError } from "../input-error.ts";
import { simulate, simulateItems } from "../irt/index.ts";
import { type ResponseMatrix, selectItems, selectSubjects } from "../responses/index.ts";
import { type ItemBank, itemStandardErrors } from "./bank.ts";
import { type CalibrationOptions, calibrateBank, type Resuming } from "./calibrate.ts";
import { decodeBank } from "./decode.ts";
import { encodeBank } from "./encode.ts";
import type { EstimateCheckpoint } from "./estimate.ts";
import { predictBank, predictor } from "./predict.ts";
import { scoredAs } from "./scoring.ts";

/** Rows of digits, one a subject; "." is missing. */
function matrixOf(...rows: string[]): ResponseMatrix {
  const cells = rows.join("");
  return {
    subjects: rows.map((_, s) => `s${s}`),
    items: Array.from(rows[0], (_, i) => `i${i}`),
    scores: Float64Array.from(cells, (cell) => (cell === "." ? 0 : Number(cell))),
    observed: Uint8Array.from(cells, (cell) => (cell === "." ? 0 : 1)),
  };
}

const calibrate = (matrix: ResponseMatrix, options: Partial<CalibrationOptions> = {}): Promise<ItemBank> =>
  calibrateBank(matrix, { dims: 1, tripos: "0", ...options });

describe.each(["mml", "variational"] as const)(
  "poor data give a bank without NaN, and a warning: %s",
  (engine) => {
    const survive = async (matrix: ResponseMatrix) => {
      const bank = await calibrate(matrix, { engine });
      for (const values of [
        bank.parameters.discrimination,
        bank.parameters.intercept,
        bank.abilities.ability,
        bank.abilities.covariance,
        itemStandardErrors(bank),
      ])
        expect(values.every(Number.isFinite)).toBe(true);
      const predict = predictor(bank);
      for (let s = 0; s < matrix.subjects.length; s++)
        for (let i = 0; i < matrix.items.length; i++) {
          expect(predict(s, i)).toBeGreaterThan(0);
          expect(predict(s, i)).toBeLessThan(1);
        }
      expect((await decodeBank(await encodeBank(bank), "bank")).bank).toEqual(bank);
      return bank;
    };

    test("one subject", async () => {
      expect((await survive(matrixOf("10"))).warnings.join()).toMatch(/one subject/);
    });
    test("one item", async () => {
      expect((await survive(matrixOf("1", "0", "1"))).warnings.length).toBeGreaterThan(0);
    });
    test("constant columns are kept and flagged", async () => {
      const bank = await survive(matrixOf("100", "110", "100", "110"));
      const { flags } = bank;
      expect(flags[0]).toContain("everybody right");
      expect(flags[2]).toContain("nobody right");
      // What the data leave open is the prior's: slopes as uncertain as it, and not far from its mean.
      const [right, , , , wrong] = itemStandardErrors(bank);
      for (const error of [right, wrong]) expect(error).toBeGreaterThan(0.4);
      expect(Math.abs(bank.parameters.discrimination[0] - 1)).toBeLessThan(1);
    });
    test("fewer responses than parameters: what can be trusted is said", async () => {
      const { warnings } = await survive(matrixOf("1.0", ".1.", "0.."));
      expect(warnings.join()).toMatch(/4 responses for 6 .*cannot be trusted, only what many of them say/);
    });
    test("separable data", async () => {
      await survive(matrixOf("000", "100", "110", "111"));
    });
    test("a subject and an item without a response", async () => {
      const { flags } = await survive(matrixOf("10.", "...", "01.", "11."));
      expect(flags[2]).toContain("no responses");
    });
  },
);

test("a score outside the model's range is named with its subject and item", async () => {
  await expect(calibrate(matrixOf("10", "13"))).rejects.toThrow(
    /subject s1, item i1: .*found 3, expected 0 to 1/,
  );
  await expect(calibrate(matrixOf("10", "13"), { scoring: "score" })).rejects.toThrow(
    /found 3, expected 0 to 1/,
  );
  await expect(calibrate(matrixOf("10", "11"), { scoring: "hard", model: "graded" })).rejects.toThrow(
    InputError,
  );
  await expect(calibrate(matrixOf("10", "11"), { model: "3pl", engine: "variational" })).rejects.toThrow(
    /2PL/,
  );
});

const wide = simulate(simulateItems("2pl", { items: 20, seed: 1 }), { subjects: 50, seed: 2 }).matrix;

test("a run resumed from any point ends as one that was not interrupted", async () => {
  const kept = new Map<string, Float64Array>();
  const states = new Map<string, EstimateCheckpoint[]>();
  const recording: Resuming = {
    finished: new Map(),
    keep: (name, values) => kept.set(name, values),
    offer: (name, take) => states.set(name, [...(states.get(name) ?? []), take()]),
  };
  const whole = await calibrate(wide, { dims: "auto", resuming: recording });
  expect(kept.size).toBeGreaterThan(9);
  const names = [...kept.keys()];
  for (const done of [7, names.length]) {
    const name = names[done] ?? "final";
    const recomputed: string[] = [];
    const resumed = await calibrate(wide, {
      dims: "auto",
      resuming: {
        finished: new Map([...kept].slice(0, done)),
        running: { name, state: states.get(name)![5] },
        keep: (finished) => recomputed.push(finished),
        offer: () => {},
      },
    });
    expect(recomputed).toEqual(names.slice(done));
    expect(resumed).toEqual(whole);
  }
});

test("continuous scores become right or wrong where their scenario's mean stays, for new responses too", async () => {
  const { subjects, items } = wide;
  const scenarios = items.map((_, i) => (i % 2 ? "rouge" : "exact"));
  const right = wide.scores;
  // Of the first scenario .3 and .6 stand for wrong and right; the second has 0 and 1 already.
  const scores = right.map((score, cell) => (cell % 2 ? 0.3 + 0.3 * score : score));
  const bank = await calibrate({ ...wide, scores, scenarios }, { binarise: true });
  expect(bank.thresholds?.rouge).toBeGreaterThan(0.3);
  expect(bank.thresholds?.rouge).toBeLessThan(0.6);
  expect(bank.parameters).toEqual((await calibrate(wide)).parameters);
  const saved = await decodeBank(await encodeBank(bank), "bank");
  expect(saved.bank.thresholds).toEqual(bank.thresholds);
  const fresh = { subjects, items, scores, observed: wide.observed };
  expect(scoredAs(saved.bank, fresh).scores).toEqual(right);
});

test("one dimension is enough for data of one dimension, by the one-standard-error rule", async () => {
  const { candidates, parameters } = await calibrate(wide, { dims: "auto" });
  expect(parameters.dims).toBe(1);
  expect(candidates.filter(({ chosen }) => chosen)).toHaveLength(1);
  const best = Math.max(...candidates.map(({ heldOut }) => heldOut));
  expect(candidates[0].heldOut).toBeGreaterThan(best - candidates[0].standardError);
});

test("two dimensions are found in data of two", async () => {
  const items = simulateItems("2pl", { items: 24, dims: 2, seed: 5 });
  const { matrix } = simulate(
    { ...items, discrimination: items.discrimination.map((a) => 3 * a) },
    { subjects: 60, seed: 6 },
  );
  expect((await calibrate(matrix, { dims: "auto" })).parameters.dims).toBe(2);
});

test("prediction averages over uncertainty: closer to one half than the plug-in", async () => {
  const bank = await calibrate(wide);
  const { discrimination, intercept } = bank.parameters;
  const predict = predictor(bank);
  let nearer = 0;
  for (let i = 0; i < 20; i++) {
    const logit = discrimination[i] * bank.abilities.ability[0] + intercept[i];
    if (Math.abs(predict(0, i) - 0.5) <= Math.abs(1 / (1 + Math.exp(-logit)) - 0.5)) nearer++;
  }
  expect(nearer).toBe(20);
  const strangers = { ...wide, subjects: wide.subjects.map((name) => `other ${name}`) };
  expect(predictBank(bank, strangers)).toMatchObject({ cells: 0, unknown: 1000 });
});

test("a wide bank grows by the variational engine: new items with the old fixed, new subjects", async () => {
  const { matrix: all } = simulate(simulateItems("2pl", { items: 32, dims: 2, seed: 1 }), {
    subjects: 52,
    seed: 2,
  });
  const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, k) => from + k);
  const part = (subjects: number, from: number, to: number) =>
    selectItems(selectSubjects(all, numbers(0, subjects)), numbers(from, to));
  const small = await calibrate(part(40, 0, 20), { dims: 2 });
  const onto = { dims: "auto", onto: { bank: small, hash: "h" } } as const;
  const grown = await calibrate(part(40, 12, 32), onto);
  expect([grown.method, grown.items.length, grown.parameters.dims]).toEqual(["variational", 32, 2]);
  expect(grown.parameters.discrimination.subarray(0, 40)).toEqual(small.parameters.discrimination);
  expect(grown.parameters.intercept.subarray(0, 20)).toEqual(small.parameters.intercept);
  expect(grown.covariance.subarray(0, 20 * 9)).toEqual(small.covariance);
  const together = await calibrate(part(40, 0, 32), { dims: 2 });
  for (let i = 20; i < 32; i++) {
    const error = Math.sqrt(grown.covariance[i * 9 + 8]);
    expect(error).toBeGreaterThan(0.1);
    expect(Math.abs(grown.parameters.intercept[i] - together.parameters.intercept[i])).toBeLessThan(
      2 * error,
    );
  }
  // New subjects alone leave every item as it was, and get abilities as certain as the old ones'.
  const more = await calibrate(part(52, 0, 20), onto);
  expect([more.subjects.length, more.items]).toEqual([52, small.items]);
  expect(more.parameters).toEqual(small.parameters);
  const variance = (s: number) => more.abilities.covariance[4 * s];
  expect(variance(46)).toBeLessThan(2 * variance(10));
});

test("a bank grows with its items fixed, and joins new ones to the same scale", async () => {
  const whole = simulate(simulateItems("2pl", { items: 30, seed: 1 }), { subjects: 400, seed: 2 }).matrix;
  const part = (from: number, to: number): ResponseMatrix => ({
    subjects: whole.subjects,
    items: whole.items.slice(from, to),
    scores: Float64Array.from(
      whole.subjects.flatMap((_, s) => [...whole.scores.subarray(s * 30 + from, s * 30 + to)]),
    ),
    observed: new Uint8Array(400 * (to - from)).fill(1),
  });
  const small = await calibrate(part(0, 20));
  const grown = await calibrate(part(20, 30), { dims: "auto", onto: { bank: small, hash: "h" } });
  expect(grown.items).toEqual(whole.items);
  grown.parameters.discrimination.subarray(0, 20).forEach((a, i) => {
    expect(a).toBeCloseTo(small.parameters.discrimination[i], 12);
  });
  expect(grown.covariance.subarray(0, 80)).toEqual(small.covariance);
  expect(grown.provenance.map(({ action }) => action)).toEqual(["calibrate", "onto"]);
  // The new items are where a calibration of all would have put them.
  const together = await calibrate(whole);
  for (let i = 20; i < 30; i++) {
    const difference = grown.parameters.intercept[i] - together.parameters.intercept[i];
    expect(Math.abs(difference)).toBeLessThan(0.15);
  }
  await expect(
    calibrate(part(20, 30), { onto: { bank: { ...small, scoring: "score" }, hash: "h" }, scoring: "hard" }),
  ).rejects.toThrow(InputError);
});

test("both engines tell log-likelihood, AIC and BIC, alike enough to be compared", async () => {
  const { matrix } = simulate(simulateItems("2pl", { items: 30, seed: 5 }), { subjects: 300, seed: 6 });
  const [mml, variational] = [
    await calibrate(matrix, { engine: "mml" }),
    await calibrate(matrix, { engine: "variational" }),
  ].map(({ fit }) => fit as Record<string, number>);
  expect(variational.parameters).toBe(60);
  expect(mml.parameters).toBe(60);
  // The learned prior of the items costs a little likelihood: twice that in AIC and BIC.
  for (const [name, most] of [
    ["logLikelihood", 5],
    ["aic", 10],
    ["bic", 10],
  ] as const)
    expect(Math.abs(variational[name] - mml[name])).toBeLessThan(most);
});

test.each(["2pl", "3pl"] as const)("a perfect Guttman scale is said to be separable: %s", async (model) => {
  const rows = Array.from({ length: 11 }, (_, s) => "1".repeat(s) + "0".repeat(10 - s));
  const said = async (...given: string[]) => (await calibrate(matrixOf(...given), { model })).warnings.join();
  expect(await said(...rows)).toMatch(/separable/);
  expect(await said(...rows.slice(1), "0100101011")).not.toMatch(/Guttman/);
});

test("few answers an item, of however many subjects: the prior and the variational engine, which foretell better", async () => {
  const truth = simulateItems("2pl", { items: 40, seed: 11 });
  const { matrix } = simulate(truth, { subjects: 220, missing: 0.9, seed: 12 });
  const sparse = await calibrate(matrix);
  expect(sparse.method).toBe("variational");
  const byMml = await calibrate(matrix, { engine: "mml" });
  expect(byMml.priors.regularised).toBe("40 of 40 items");
  expect(Math.max(...byMml.parameters.discrimination)).toBeLessThan(4);
});

test("new items of new subjects only: the bank says that nothing ties them to its scale", async () => {
  const { matrix } = simulate(simulateItems("2pl", { items: 12, seed: 1 }), { subjects: 60, seed: 2 });
  const bank = await calibrate(matrix);
  const apart = { ...matrixOf("10", "01", "11"), subjects: ["a", "b", "c"], items: ["new 1", "new 2"] };
  const grown = await calibrate(apart, { onto: { bank, hash: "h" } });
  expect(grown.warnings.join()).toMatch(/nothing ties them to its scale/);
});

test("the learned prior, and Rasch's variance of ability, stand in the bank", async () => {
  const { matrix } = simulate(simulateItems("2pl", { items: 12, seed: 1 }), { subjects: 60, seed: 2 });
  const { priors } = await calibrate(matrix, { engine: "variational" });
  expect(priors["prior.discrimination_1.mean"]).toBeGreaterThan(0.3);
  expect(priors["prior.intercept.sd"]).toBeGreaterThan(0.3);
  const rasch = await calibrate(matrix, { model: "rasch" });
  expect(rasch.priors.ability).toMatch(/^N\(0, \d\.\d{4}\), its variance estimated \(SE \d\.\d{4}\)$/);
});
