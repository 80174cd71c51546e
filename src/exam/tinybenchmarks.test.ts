import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { ItemParameters } from "../irt/index.ts";
import { binarise, binarisingThresholds } from "../responses/index.ts";
import { mleAbility } from "./ability.ts";
import { probabilities, tinyBenchmarksClip } from "./pirt.ts";
import { scenarioScores, scenariosOf } from "./scenarios.ts";
import { anchorEstimate, gpIrtEstimate, gpIrtWeight, pIrtEstimate } from "./tinybenchmarks.ts";

/** Values that scripts/tinybenchmarks-values.py computed with NumPy and SciPy. */
const values = JSON.parse(
  readFileSync(fileURLToPath(new URL("../../test/fixtures/tinybenchmarks.json", import.meta.url)), "utf8"),
) as {
  dims: number;
  scenario: string[];
  subscenario: string[];
  disc: number[][];
  diff: number[];
  continuous: number[][];
  right: number[][];
  balance: number[];
  thresholds: Record<string, number>;
  anchors: Record<string, number[]>;
  weights: Record<string, number[]>;
  seen: number[];
  cases: {
    theta: number[];
    loss: number;
    probability: number[];
    scenarios: Record<
      string,
      Record<"truth" | "anchor" | "pIRT" | "error" | "variance" | "lambda" | "gpIRT", number>
    >;
  }[];
};
const items: ItemParameters = {
  family: "2pl",
  dims: values.dims,
  discrimination: Float64Array.from(values.disc.flat()),
  intercept: Float64Array.from(values.diff, (b) => -values.dims * b),
};
const matrix = (rows: number[][]) => ({
  subjects: rows.map((_, s) => `m${s}`),
  items: values.scenario.map((_, i) => `q${i}`),
  scores: Float64Array.from(rows.flat()),
  observed: new Uint8Array(rows.length * values.scenario.length).fill(1),
  scenarios: values.scenario,
  subscenarios: values.subscenario,
});
const scenarios = scenariosOf(matrix(values.right));

test("balance weights and true scores", () => {
  expect(scenarios.map(({ name }) => name)).toEqual(["arith", "logic", "overall"]);
  for (const { items: members, weights } of scenarios.slice(0, 2))
    members.forEach((i, j) => {
      expect(weights[j] * members.length).toBeCloseTo(values.balance[i], 12);
    });
  const truth = scenarioScores(matrix(values.right), scenarios);
  values.cases.forEach(({ scenarios: expected }, s) => {
    expect(truth[3 * s]).toBeCloseTo(expected.arith.truth, 12);
    expect(truth[3 * s + 1]).toBeCloseTo(expected.logic.truth, 12);
    expect(truth[3 * s + 2]).toBeCloseTo((expected.arith.truth + expected.logic.truth) / 2, 12);
  });
});

test("thresholds that make continuous scores right or wrong", () => {
  const continuous = matrix(values.continuous);
  const thresholds = binarisingThresholds(continuous);
  for (const { name } of scenarios.slice(0, 2))
    expect(thresholds[name]).toBeCloseTo(values.thresholds[name], 12);
  const hard = binarise(continuous, thresholds);
  continuous.scores.forEach((score, p) => {
    const name = values.scenario[p % values.scenario.length];
    expect(hard.scores[p]).toBe(score > values.thresholds[name] ? 1 : 0);
  });
});

test("anchor, p-IRT and gp-IRT estimates to 1e-9", () => {
  values.cases.forEach(({ theta, probability, scenarios: expected }, s) => {
    const p = probabilities(items, Float64Array.from(theta), { clip: tinyBenchmarksClip });
    p.forEach((x, i) => {
      expect(Math.abs(x - probability[i])).toBeLessThan(1e-9);
    });
    for (const scenario of scenarios.slice(0, 2)) {
      const { anchor, pIRT, error, variance, lambda, gpIRT } = expected[scenario.name];
      const chosen = values.anchors[scenario.name].map((j) => scenario.items[j]);
      const scores = chosen.map((i) => values.right[s][i]);
      const byAnchors = anchorEstimate(scores, values.weights[scenario.name]);
      const byModel = pIrtEstimate(scenario, chosen, scores, p);
      const weight = gpIrtWeight(error, variance, chosen.length);
      expect(Math.abs(byAnchors - anchor)).toBeLessThan(1e-9);
      expect(Math.abs(byModel - pIRT)).toBeLessThan(1e-9);
      expect(Math.abs(weight - lambda)).toBeLessThan(1e-9);
      expect(Math.abs(gpIrtEstimate(weight, byAnchors, byModel) - gpIRT)).toBeLessThan(1e-9);
    }
  });
});

test("maximum likelihood is at least SciPy's", () => {
  values.cases.forEach(({ loss }, s) => {
    const answers = values.seen.map((i) => values.right[s][i]);
    expect(mleAbility(items, values.seen, answers).negLogLikelihood).toBeLessThan(loss + 1e-9);
  });
});
