import { expect, test } from "vitest";
import { shared, testOnRealData } from "../../test/shared.ts";
import { simulatedQuestions } from "../../test/simulated-questions.ts";
import { sourcesAt } from "../files/index.ts";
import { seededRandom } from "../numerics/index.ts";
import { readResponses, selectItems } from "../responses/index.ts";
import {
  BudgetPacer,
  decide,
  evaluateRouter,
  parsePolicy,
  predict,
  rewardsOf,
  route,
  trainRouter,
} from "./index.ts";
import { routeStream } from "./stream.ts";
import { testAnswers } from "./test-answers.ts";

const { matrix } = simulatedQuestions(600, 1);
const dollars = [0.004, 0.002, 0.001];
const random = seededRandom(8);
const costs = Float64Array.from(matrix.scores, (_, o) => dollars[Math.floor(o / 600)] * (0.5 + random()));
const router = trainRouter({ ...matrix, costs }, { trees: 20 });
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

test("exploration draws every model where the question is strange, and mostly the best where it is not", () => {
  const drawsFor = (text: string) => {
    const draws = { geographer: 0, mathematician: 0, programmer: 0 } as Record<string, number>;
    const random = seededRandom(2);
    for (let i = 0; i < 300; i++) draws[route(router, { text, policy: { kind: "explore" }, random }).model]++;
    return draws;
  };
  expect(Math.min(...Object.values(drawsFor("x")))).toBeGreaterThan(0);
  const { geographer, ...others } = drawsFor(rivers);
  expect(geographer).toBeGreaterThan(Math.max(...Object.values(others)));
  expect(() => route(router, { text: rivers, policy: { kind: "explore" } })).toThrow(/randomness/);
});

test("exploration draws as widely as the interval says, and the same for the same seed", () => {
  const { p, low, high } = predict(router, rivers);
  const foreseen = { ...predict(router, rivers), p: p.slice().fill(0.5) };
  // Two models of equal P, one with an interval of no width: the other beats it by more than its SD 16 times in 100.
  low.set([0.4, 0.5, 0.5]);
  high.set([0.6, 0.5, 0.5]);
  const sd = 0.2 / 3.92;
  foreseen.p.set([0.5, 0.5 + sd, 0]);
  const beaten = (seed: number) => {
    const seeded = seededRandom(seed);
    let times = 0;
    for (let i = 0; i < 4000; i++) {
      const drawn = decide(
        router,
        { ...foreseen, low, high },
        { text: rivers, policy: { kind: "explore" }, random: seeded },
      );
      if (drawn.model === router.models[0]) times++;
    }
    return times / 4000;
  };
  expect(Math.abs(beaten(3) - 0.1587)).toBeLessThan(0.02);
  expect(beaten(3)).toBe(beaten(3));
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
    geographer: { context: 5 },
    mathematician: { context: 5 },
    programmer: { context: 5 },
  };
  expect(() => route(router, { text: rivers, capabilities: tight })).toThrow(/no model is left.*and 1 more/);
  expect(() => route(router, { text: rivers, allowed: ["oracle"] })).toThrow(/does not know this model/);
  expect(() => route(router, { text: rivers, costs: { geographer: Number.NaN } })).toThrow(/at least 0/);
});

test("a budget is held within 2 % over a stream", () => {
  const texts = simulatedQuestions(2000, 5).matrix.texts ?? [];
  const predictions = texts.map((text) => predict(router, text));
  const seeded = seededRandom(9);
  for (const perQuestion of [0.0015, 0.002]) {
    const pacer = new BudgetPacer(router, perQuestion);
    let spent = 0;
    for (const [i, text] of texts.entries()) {
      const policy = { kind: "budget", perQuestion } as const;
      const { model } = decide(router, predictions[i], { text, policy, price: pacer.price });
      const cost = dollars[router.models.indexOf(model)] * (0.5 + seeded());
      spent += cost;
      pacer.spend(cost);
    }
    expect(Math.abs(spent / 2000 / perQuestion - 1)).toBeLessThan(0.02);
  }
});

test("a stream is never ahead of its budget by more than a few questions' worth", () => {
  const perQuestion = 0.0015;
  const pacer = new BudgetPacer(router, perQuestion);
  let spent = 0;
  // Whatever the price says: it is frozen where all would go to the dearest.
  for (let i = 0; i < 300; i++) {
    const { affordable } = pacer;
    const { cost = 0 } = route(router, {
      text: rivers,
      policy: { kind: "budget", perQuestion },
      price: 0,
      affordable,
    });
    pacer.spend(cost);
    spent += cost;
    expect(spent).toBeLessThanOrEqual(perQuestion * (i + 1 + 4) * (1 + 1e-9));
  }
  expect(spent / 300 / perQuestion).toBeGreaterThan(0.98);
  const broke = route(router, { text: rivers, policy: { kind: "budget", perQuestion }, affordable: -1 });
  expect(broke.model).toBe("programmer");
});

testOnRealData(
  "RouterBench's budgets are held within 2 % on 444 questions of ARC",
  { timeout: 60_000 },
  async () => {
    const read = async (part: string) => {
      const path = shared(`data/routerbench/arc_challenge_${part}.csv`);
      return rewardsOf((await readResponses(await sourcesAt([path]))).matrix, "hard");
    };
    const train = await read("train");
    const third = selectItems(
      train,
      Uint32Array.from({ length: train.items.length / 3 }, (_, i) => 3 * i),
    );
    const arc = trainRouter(third, { trees: 10 });
    const answers = testAnswers(arc, { name: "arc", matrix: await read("test") });
    for (const perQuestion of [0.0002, 0.0005, 0.001, 0.003]) {
      const policy = { kind: "budget", perQuestion } as const;
      const { costs } = routeStream(arc, answers, { policy, seed: 1 });
      expect(
        Math.abs(costs.reduce((sum, cost) => sum + cost, 0) / costs.length / perQuestion - 1),
      ).toBeLessThan(0.02);
    }
  },
);

test("policies are read as they are written, and mistakes are named", () => {
  expect(parsePolicy("cheapest:0.8")).toEqual({ kind: "cheapest", atLeast: 0.8 });
  for (const wrong of ["best", "cheapest", "cheapest:1.5", "budget:-1", "utility:x", "quality:1"])
    expect(() => parsePolicy(wrong)).toThrow(/the policy cannot be used/);
  const { costs: _, priceCurve: __, ...free } = router;
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

test("a cascade is measured by stopping at the predicted P; the perfect verifier stands apart, as a bound", () => {
  const fresh = simulatedQuestions(150, 7).matrix;
  const priced = { ...fresh, costs: Float64Array.from(fresh.scores, (_, o) => dollars[Math.floor(o / 150)]) };
  const flipped = { ...priced, scores: priced.scores.map((score) => 1 - score) };
  const run = (matrix: typeof priced, accept: number) =>
    evaluateRouter(router, [{ name: "fresh", matrix }], { policy: { kind: "cascade", accept } }).evaluation
      .datasets[0];
  const honest = run(priced, 0.5);
  // The test's answers change nothing about who is asked.
  expect(run(flipped, 0.5).cost).toBeCloseTo(honest.cost ?? Number.NaN, 12);
  expect(run(flipped, 0.5).router.reward).toBeCloseTo(1 - honest.router.reward, 12);
  expect(honest.perfectVerifier?.reward).toBeGreaterThan(honest.router.reward);
  // Never content: all are asked, and the last one's answer counts.
  expect(run(priced, 1).cost).toBeGreaterThan(honest.cost ?? 0);
});

test("an evaluation that explores is the same for the same seed, and another for another", () => {
  const fresh = simulatedQuestions(150, 7).matrix;
  const chosen = (seed: number) =>
    evaluateRouter(router, [{ name: "fresh", matrix: fresh }], { policy: { kind: "explore" }, seed })
      .details[0].decisions.map(({ model }) => model)
      .join();
  expect(chosen(1)).toBe(chosen(1));
  expect(chosen(1)).not.toBe(chosen(2));
});

test("gains are paired on the questions that both answered, and say how many", () => {
  const fresh = simulatedQuestions(300, 7).matrix;
  const whole = evaluateRouter(router, [{ name: "fresh", matrix: fresh }]).evaluation.datasets[0].gain;
  expect(whole.questions).toBe(300);
  const rival = fresh.subjects.indexOf(whole.over);
  const observed = fresh.observed.map((_, o) => (Math.floor(o / 300) === rival && o % 3 === 0 ? 0 : 1));
  const set = evaluateRouter(router, [{ name: "fresh", matrix: { ...fresh, observed } }]);
  const { gain } = set.evaluation.datasets[0];
  expect(gain.questions).toBe(200);
  let sum = 0;
  for (let i = 0; i < 300; i++)
    if (observed[rival * 300 + i]) sum += set.details[0].rewards[i] - fresh.scores[rival * 300 + i];
  expect(gain.mean).toBeCloseTo(sum / 200, 12);
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
