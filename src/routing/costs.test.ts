import { expect, test } from "vitest";
import { simulatedQuestions } from "../../test/simulated-questions.ts";
import { BudgetPacer } from "./budget.ts";
import { checkCosts, expectedCosts, fitCosts, tableCosts, withTableCosts } from "./costs.ts";
import { route } from "./decision.ts";
import { modelTable, tokenCost } from "./model-table.ts";
import { withLearntCosts, withPrices } from "./priced-router.ts";
import { trainRouter } from "./train.ts";

const { matrix } = simulatedQuestions(200, 1);
const table = modelTable(
  {
    geographer: { input: 10, output: 30, answerTokens: 100 },
    mathematician: { input: 1, output: 2, context: 10, tools: false },
    "*": { input: 0.1, output: 0.1, regions: ["eu"] },
  },
  "prices.yaml",
);

test("a price table: tokens as they are counted, else the question's length and an answer of usual length", () => {
  expect(tokenCost(table, "geographer", 1000, 2000)).toBeCloseTo(0.07, 12);
  expect(tokenCost(table, "programmer", 1e6, 0)).toBeCloseTo(0.1, 12);
  const [geographer, mathematician, programmer] = expectedCosts(
    tableCosts(table, matrix.subjects),
    3,
    "x".repeat(400),
  );
  expect(geographer).toBeCloseTo((100 * 10 + 100 * 30) / 1e6, 12);
  expect(mathematician).toBeCloseTo((100 + 600) / 1e6, 12);
  expect(programmer).toBeCloseTo((10 + 30) / 1e6, 12);
});

test("LiteLLM's table of prices is read too", () => {
  const foreign = {
    "gpt-4o": {
      input_cost_per_token: 2.5e-6,
      output_cost_per_token: 1e-5,
      max_input_tokens: 128000,
      mode: "chat",
      supports_vision: true,
    },
  };
  expect(modelTable(foreign, "x.json")["gpt-4o"]).toEqual({
    input: 2.5,
    output: 10,
    context: 128000,
    vision: true,
  });
});

test("what is wrong in a price table is named", () => {
  const wrong = (value: unknown) => () => modelTable(value, "prices.yaml");
  expect(wrong([])).toThrow(/this is no price table/);
  expect(wrong({ a: 3 })).toThrow(/prices\.yaml.*a.*entry cannot be used/);
  expect(wrong({ a: { input: -1, output: 1 } })).toThrow(/a\.input.*does not fit.*-1/);
  expect(wrong({ a: { input: Number.NaN, output: 1 } })).toThrow(/a\.input/);
  expect(wrong({ a: { input: 1 } })).toThrow(/two parts/);
  expect(wrong({ a: { inputs: 1, output: 1 } })).toThrow(/a\.inputs.*not known/);
  expect(wrong({ a: { input: 1, output: 1, vision: "yes" } })).toThrow(/a\.vision/);
});

test("costs that cannot be are named with what to do; unknown ones may be filled by a table", () => {
  const costs = new Float64Array(600).fill(0.001);
  costs[203] = -0.1;
  expect(() => fitCosts({ ...matrix, costs })).toThrow(/mathematician on q3[\s\S]*--prices/);
  costs[203] = Number.POSITIVE_INFINITY;
  expect(() => checkCosts({ ...matrix, costs }, "r.csv")).toThrow(/r\.csv/);
  costs[203] = Number.NaN;
  const filled = withTableCosts({ ...matrix, costs }, table).costs as Float64Array;
  expect(filled[202]).toBe(0.001);
  expect(filled[203]).toBeCloseTo((((matrix.texts?.[3].length ?? 0) / 4) * 1 + 600) / 1e6, 12);
});

test("a router without costs decides by a price table, and keeps a budget", () => {
  const free = trainRouter(matrix, { trees: 10 });
  const texts = matrix.texts ?? [];
  const policy = { kind: "budget", perQuestion: 0.0008 } as const;
  expect(() => route(free, { text: texts[0], policy })).toThrow(/--prices/);
  // Without questions to learn the price of money from, each single answer keeps within the budget.
  const single = route(withPrices(free, table), { text: texts[0], policy });
  expect(single.cost).toBeLessThanOrEqual(0.0008);
  expect(single.rule).toMatch(/highest P within \$0.0008/);
  const priced = withPrices(free, table, texts);
  const pacer = new BudgetPacer(priced, policy.perQuestion);
  const spent = texts.reduce((sum, text) => {
    const { price, affordable } = pacer;
    const { cost = 0 } = route(priced, { text, policy, price, affordable });
    pacer.spend(cost);
    return sum + cost;
  }, 0);
  expect(spent / texts.length).toBeLessThanOrEqual(0.0008 * 1.02);
  expect(priced.priceCurve?.costs[0]).toBeGreaterThan(0.0008);
});

test("constraints come from the table: context in tokens, tools, regions", () => {
  const router = trainRouter(matrix, { trees: 5 });
  const decided = route(router, {
    text: "x ".repeat(100),
    capabilities: table,
    needs: { tools: true, region: "us" },
  });
  expect(decided.model).toBe("geographer");
  expect(decided.excluded).toEqual([
    { model: "mathematician", why: "its context of 10 tokens is shorter than the question of about 50" },
    { model: "programmer", why: "it is not served in us" },
  ]);
});

test("a newcomer's costs are learnt from its answers", () => {
  const costs = matrix.scores.map(() => 0.002);
  const router = trainRouter(matrix, { trees: 5 });
  const learnt = withLearntCosts(router, { ...matrix, costs });
  expect(route(learnt, { text: "x" }).cost).toBeCloseTo(0.002, 6);
});
