import { expect, test } from "vitest";
import { simulatedQuestions } from "../../test/simulated-questions.ts";
import { seededRandom } from "../numerics/index.ts";
import { BudgetPacer, evaluateRouter, parsePolicy, route, trainRouter } from "./index.ts";

const { matrix } = simulatedQuestions(600, 1);
const dollars = [0.004, 0.002, 0.001];
const random = seededRandom(8);
const costs = Float64Array.from(matrix.scores, (_, o) => dollars[Math.floor(o / 600)] * (0.5 + random()));
const router = trainRouter({ ...matrix, costs }, { trees: 40 });
const rivers = "7: what about river mountain island valley border river?";
const primes = "8: what about prime matrix angle vector root prime?";

test("each policy follows its rule and says so", () => {
  expect(route(router, { text: rivers }).model).toBe("geographer");
  expect(route(router, { text: primes }).rule).toMatch(/^quality: mathematician/);
  for (const atLeast of [0.3, 0.5, 0.6]) {
    const { model, candidates } = route(router, { text: rivers, policy: { kind: "cheapest", atLeast } });
    const enough = candidates.filter(({ p }) => p >= atLeast);
    expect(model).toBe(enough.toSorted((a, b) => (a.cost ?? 0) - (b.cost ?? 0))[0].model);
  }
  expect(route(router, { text: rivers, policy: { kind: "cheapest", atLeast: 1 } }).model).toBe("geographer");
  expect(route(router, { text: rivers, policy: { kind: "utility", lambda: 0 } }).model).toBe("geographer");
  expect(route(router, { text: rivers, policy: { kind: "utility", lambda: 1e6 } }).model).toBe("programmer");
  const cascade = route(router, { text: rivers, policy: { kind: "cascade", accept: 0.3 } });
  expect(cascade.candidates.map(({ model }) => model)).toEqual(["programmer", "mathematician", "geographer"]);
});

test("exploration draws every model whose interval allows it, the better the more often", () => {
  const draws = { geographer: 0, mathematician: 0, programmer: 0 } as Record<string, number>;
  const seeded = seededRandom(2);
  for (let i = 0; i < 300; i++)
    draws[route(router, { text: rivers, policy: { kind: "explore" }, random: seeded }).model]++;
  expect(draws.geographer).toBeGreaterThan(draws.programmer);
  expect(draws.geographer).toBeGreaterThan(150);
});

test("constraints leave models out, with the reason; none left is an error", () => {
  const decision = route(router, {
    text: rivers,
    needs: { tools: true, region: "eu" },
    capabilities: { geographer: { tools: false }, mathematician: { regions: ["us"] } },
  });
  expect(decision.model).toBe("programmer");
  expect(decision.excluded).toEqual([
    { model: "geographer", why: "it cannot use tools" },
    { model: "mathematician", why: "it is not served in eu" },
  ]);
  const tight = {
    geographer: { contextLength: 5 },
    mathematician: { contextLength: 5 },
    programmer: { contextLength: 5 },
  };
  expect(() => route(router, { text: rivers, capabilities: tight })).toThrow(/no model is left/);
  expect(() => route(router, { text: rivers, allowed: ["oracle"] })).toThrow(/does not know this model/);
  expect(() => route(router, { text: rivers, costs: { geographer: Number.NaN } })).toThrow(/at least 0/);
});

test("a budget is held within 2 % over a stream", () => {
  const stream = simulatedQuestions(3000, 5).matrix;
  const seeded = seededRandom(9);
  for (const perQuestion of [0.0015, 0.002]) {
    const pacer = new BudgetPacer(router, perQuestion);
    let spent = 0;
    for (const text of stream.texts ?? []) {
      const { model } = route(router, { text, policy: { kind: "budget", perQuestion }, price: pacer.price });
      const cost = dollars[router.models.indexOf(model)] * (0.5 + seeded());
      spent += cost;
      pacer.spend(cost);
    }
    expect(Math.abs(spent / 3000 / perQuestion - 1)).toBeLessThan(0.02);
  }
});

test("policies are read as they are written, and mistakes are named", () => {
  expect(parsePolicy("cheapest:0.8")).toEqual({ kind: "cheapest", atLeast: 0.8 });
  for (const wrong of ["best", "cheapest", "cheapest:1.5", "budget:-1", "utility:x", "quality:1"])
    expect(() => parsePolicy(wrong)).toThrow(/the policy cannot be used/);
  const free = trainRouter(matrix, { trees: 5 });
  expect(() => route(free, { text: rivers, policy: { kind: "budget", perQuestion: 1 } })).toThrow(
    /cost is unknown/,
  );
});

test("any text gets a decision: empty, long, binary, another script; what is strange widens the interval", () => {
  const width = (text: string) => {
    const { interval, novelty } = route(router, { text });
    expect(novelty).toBeGreaterThanOrEqual(0);
    expect(interval[0]).toBeLessThanOrEqual(interval[1]);
    return interval[1] - interval[0];
  };
  const usual = width(rivers);
  for (const text of [
    "",
    "x".repeat(1 << 20),
    "\u0000\uffff\ud800".repeat(50),
    "岛屿和河流有什么区别？".repeat(5),
  ])
    expect(width(text)).toBeGreaterThan(usual);
  expect(route(router, { text: "岛屿和河流有什么区别？{}$%^".repeat(9) }).novelty).toBeGreaterThan(0.5);
});

test("an evaluation compares with every model, chance and the oracle", () => {
  const { matrix: fresh } = simulatedQuestions(400, 7);
  const { evaluation, details } = evaluateRouter(router, [{ name: "fresh", matrix: fresh }]);
  const [set] = evaluation.datasets;
  expect(set.router.reward).toBeGreaterThan(set.bestSingle.reward + 0.08);
  expect(set.router.interval[0]).toBeLessThan(set.router.reward);
  expect(set.oracle).toBeGreaterThan(set.router.reward);
  expect(set.random).toBeCloseTo(Object.values(set.models).reduce((a, b) => a + b, 0) / 3, 10);
  expect(set.ece).toBeLessThan(0.06);
  expect(details[0].chosenInTraining.interval[0]).toBeGreaterThan(0);
  const strange = { ...fresh, subjects: ["geographer", "mathematician", "stranger"] };
  expect(() => evaluateRouter(router, [{ name: "strange", matrix: strange }])).toThrow(/does not know/);
});
