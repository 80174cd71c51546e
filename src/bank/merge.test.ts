import { expect, test } from "vitest";
import { InputError } from "../input-error.ts";
import type { ModelFamily } from "../irt/index.ts";
import { logistic, seededNormal, seededRandom } from "../numerics/index.ts";
import { difficulties, type ItemBank, parameterNames } from "./bank.ts";
import { mergeBanks, rescaleBank } from "./merge.ts";

function bankOf(items: string[], subjects: string[], seed: number, family: ModelFamily = "2pl"): ItemBank {
  const normal = seededNormal(seededRandom(seed));
  const normals = (n: number) => Float64Array.from({ length: n }, normal);
  const ordered = family === "gpcm";
  const parameters = {
    family,
    dims: 1,
    discrimination: normals(items.length).map(Math.exp),
    intercept: normals(items.length * (ordered ? 3 : 1)),
    ...(ordered && { categories: 4 }),
  };
  const size = parameterNames(parameters).length;
  const covariance = new Float64Array(items.length * size * size);
  items.forEach((_, i) => {
    for (let p = 0; p < size; p++) covariance[(i * size + p) * size + p] = 0.01 * (i + p + 1);
  });
  const observed = new Uint8Array(items.length * subjects.length).fill(1);
  return {
    items,
    subjects,
    parameters,
    covariance,
    abilities: {
      dims: 1,
      ability: normals(subjects.length),
      covariance: normals(subjects.length).map(Math.exp),
    },
    latent: { mean: Float64Array.of(0), covariance: Float64Array.of(1) },
    warnings: [],
    itemFit: { [`statistic${seed}`]: normals(items.length) },
    subjectFit: {},
    flags: items.map(() => []),
    origins: new Uint32Array(items.length),
    method: "given",
    scoring: "hard",
    seed,
    priors: {},
    candidates: [],
    fit: { logLikelihood: -1 },
    provenance: [
      { action: "calibrate", tripos: "0", inputs: [], items: items.length, subjects: subjects.length },
    ],
    responses: { items, subjects, observed, scores: new Float64Array(observed.length).fill(seed % 2) },
  };
}

const thetaTimesA = ({ parameters, abilities }: ItemBank, s: number, i: number) =>
  parameters.discrimination[i] * abilities.ability[s];

test("a change of scale leaves every probability and the certainty of it as they were", () => {
  const bank = bankOf(["a", "b", "c"], ["x", "y"], 3);
  const moved = rescaleBank(bank, { slope: 1.7, shift: -0.4 });
  bank.subjects.forEach((_, s) => {
    bank.items.forEach((_, i) => {
      const p = logistic(thetaTimesA(bank, s, i) + bank.parameters.intercept[i]);
      expect(logistic(thetaTimesA(moved, s, i) + moved.parameters.intercept[i])).toBeCloseTo(p, 12);
    });
  });
  const [before, after] = [difficulties(bank), difficulties(moved)];
  before.difficulty.forEach((b, i) => {
    expect(after.difficulty[i]).toBeCloseTo(1.7 * b - 0.4, 12);
    expect(after.standardError[i]).toBeCloseTo(1.7 * before.standardError[i], 12);
  });
});

test("an uncertain link makes the moved items and subjects less certain, as draws of it do", () => {
  const bank = bankOf(["a", "b"], ["x"], 3);
  const link = { slope: 1.5, shift: -0.4, slopeSE: 0.02, shiftSE: 0.03, slopeShiftCovariance: 3e-4 };
  const [known, moved] = [rescaleBank(bank, { slope: 1.5, shift: -0.4 }), rescaleBank(bank, link)];
  const normal = seededNormal(seededRandom(1));
  const draws = Array.from({ length: 20_000 }, () => {
    const z = normal();
    const slope = 1.5 + 0.02 * z;
    const shift = -0.4 + 0.03 * (0.5 * z + Math.sqrt(0.75) * normal());
    const { parameters, abilities } = rescaleBank(bank, { slope, shift });
    return [parameters.discrimination[1], parameters.intercept[1], abilities.ability[0]];
  });
  const added = [
    moved.covariance[4] - known.covariance[4],
    moved.covariance[7] - known.covariance[7],
    moved.abilities.covariance[0] - known.abilities.covariance[0],
  ];
  added.forEach((variance, k) => {
    const mean = draws.reduce((sum, draw) => sum + draw[k] / draws.length, 0);
    const drawn = draws.reduce((sum, draw) => sum + (draw[k] - mean) ** 2 / draws.length, 0);
    expect(variance / drawn).toBeCloseTo(1, 1);
  });
});

test("partial credit: the thresholds move with the scale", () => {
  const bank = bankOf(["a"], ["x"], 3, "gpcm");
  const moved = rescaleBank(bank, { slope: 2, shift: 1 });
  // k·a·θ + d_k of every score k at the subject's ability.
  const weights = (b: ItemBank) =>
    [1, 2, 3].map((k) => k * thetaTimesA(b, 0, 0) + b.parameters.intercept[k - 1]);
  weights(moved).forEach((w, k) => {
    expect(w).toBeCloseTo(weights(bank)[k], 12);
  });
  expect(difficulties(moved).difficulty[0]).toBeCloseTo(2 * difficulties(bank).difficulty[0] + 1, 12);
  expect(difficulties(moved).standardError[0]).toBeCloseTo(2 * difficulties(bank).standardError[0], 12);
});

test("a merged bank has each item and subject once, and knows where it came from", () => {
  const [base, added] = [bankOf(["a", "b"], ["x", "y"], 1), bankOf(["b", "c"], ["y", "z"], 2)];
  const bank = mergeBanks(base, added, { tripos: "1", bank: "hash", link: { slope: 1, shift: 0 } });
  expect(bank.items).toEqual(["a", "b", "c"]);
  expect(bank.subjects).toEqual(["x", "y", "z"]);
  expect([...bank.parameters.discrimination]).toEqual([
    ...base.parameters.discrimination,
    added.parameters.discrimination[1],
  ]);
  expect(bank.covariance).toHaveLength(12);
  expect(bank.provenance.map(({ action, items }) => [action, items])).toEqual([
    ["calibrate", 2],
    ["merge", 1],
    ["calibrate", 2],
  ]);
  expect([...bank.origins]).toEqual([0, 0, 2]);
  expect(bank.itemFit.statistic1[2]).toBeNaN();
  expect(bank.itemFit.statistic2[2]).toBe(added.itemFit.statistic2[1]);
  // x·c and z·a were never seen; the cell that both saw keeps the first bank's score.
  expect([...bank.responses!.observed]).toEqual([1, 1, 0, 1, 1, 1, 0, 1, 1]);
  expect(bank.responses!.scores[3 + 1]).toBe(1);
});

test("banks of different models are not mixed", () => {
  const [base, added] = [bankOf(["a"], ["x"], 1), bankOf(["b"], ["x"], 2, "gpcm")];
  expect(() => mergeBanks(base, added, { tripos: "1", bank: "hash" })).toThrow(InputError);
});
