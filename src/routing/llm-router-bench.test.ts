import { expect, test } from "vitest";
import type { EvaluatedDataset } from "./evaluation.ts";
import { llmRouterBenchMeasures } from "./llm-router-bench.ts";

/** A dataset on which two models earn .5 and .8 at 1 and 10, and a router goes along a curve. */
function dataset(reward: number, curve: EvaluatedDataset["curve"], costs = true): EvaluatedDataset {
  return {
    summary: {
      router: { reward },
      bestSingle: { model: "b", reward: 0.8 },
      models: { a: 0.5, b: 0.8 },
      random: 0.65,
      oracle: 0.9,
    },
    curve,
    ...(costs && { modelCosts: { a: 1, b: 10 } }),
  } as unknown as EvaluatedDataset;
}

test("LLMRouterBench's measures are means over datasets of relative gains", () => {
  const measures = llmRouterBenchMeasures([dataset(0.8, [], false), dataset(0.84, [], false)]);
  expect(measures.avgAcc).toBeCloseTo(0.82, 12);
  expect(measures.gainOverRandom).toBeCloseTo(0.82 / 0.65 - 1, 12);
  expect(measures.gainOverBest).toBeCloseTo(0.025, 12);
  expect(measures.gapToOracle).toBeCloseTo(1 - 0.82 / 0.9, 12);
  expect(measures).toMatchObject({ perfGain: null, costSave: null, paretoDist: null });
});

test("with costs: the best along the curve, what is saved at the best model's reward, the distance to the frontier", () => {
  const curve = [
    { cost: 8, reward: 0.84 },
    { cost: 6, reward: 0.81 },
    { cost: 2, reward: 0.6 },
  ];
  const above = llmRouterBenchMeasures([dataset(0.84, curve)]);
  expect(above.perfGain).toBeCloseTo(0.05, 12);
  expect(above.costSave).toBeCloseTo(0.4, 12);
  expect(above.paretoDist).toBe(0);
  // A curve below the models lies off the frontier, by its scaled distance to the cheap model or the dear one.
  const below = llmRouterBenchMeasures([dataset(0.5, [{ cost: 10, reward: 0.5 }])]);
  expect(below.costSave).toBeNull();
  expect(below.perfGain).toBeCloseTo(0.5 / 0.8 - 1, 12);
  expect(below.paretoDist).toBeCloseTo(1, 12);
});
