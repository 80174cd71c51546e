import { expect, test } from "vitest";
import { demonstrationConfig } from "./demonstration.ts";
import { embeddedMmlu, mmluDecider } from "./mmlu-decider.ts";

const pack = embeddedMmlu();
const decider = mmluDecider(pack, demonstrationConfig());
const text = "Which of these is a prime number?\nA. 4\nB. 7\nC. 9\nD. 12";

test("gives each model a P with an interval around it, the chosen first", () => {
  const { model, candidates } = decider.decide({ text });
  expect(candidates.map((each) => each.model).toSorted()).toEqual(pack.responses.subjects.toSorted());
  expect(candidates[0].model).toBe(model);
  for (const { p, interval } of candidates) {
    expect(interval[0]).toBeLessThan(p);
    expect(interval[1]).toBeGreaterThan(p);
  }
});

test("sends an empty question to the best model overall, and says so", () => {
  const { model, rule } = decider.decide({ text: " " });
  expect(model).toBe(decider.baseline);
  expect(rule).toMatch(/^the question is empty/);
});

test("measures itself against the model with the best mean", () => {
  const { subjects, items, scores } = pack.responses;
  const right = subjects.map((_, s) => {
    const from = s * items.length;
    return scores.subarray(from, from + pack.training).reduce((sum, score) => sum + score, 0);
  });
  expect(decider.baseline).toBe(subjects[right.indexOf(Math.max(...right))]);
});

test("policies weigh P and cost", () => {
  const cheap = decider.decide({ text, policy: "cheap" });
  const { candidates } = decider.decide({ text });
  const enough = candidates.filter(({ p }) => p >= 0.6);
  const least = Math.min(...(enough.length > 0 ? enough : candidates).map(({ cost }) => cost!));
  if (enough.length > 0) expect(cheap.cost).toBe(least);
  expect(decider.decide({ text, policy: "budget:0" }).cost).toBe(
    Math.min(...candidates.map(({ cost }) => cost!)),
  );
  expect(() => decider.decide({ text, policy: "nonsense" })).toThrow(/not known/);
  expect(() => decider.decide({ text, allowed: ["gpt-9"] })).toThrow(/allowed/);
  expect(decider.decide({ text, allowed: [pack.responses.subjects[2]] }).model).toBe(
    pack.responses.subjects[2],
  );
});

test("a model without a price has an unknown cost, and policies and budgets that weigh costs leave it out", () => {
  const config = demonstrationConfig();
  const [free, , ...rest] = config.models;
  const unpriced = { ...config.models[1], price: undefined };
  const free0 = { ...free, price: { input: 0, output: 0 } };
  const some = mmluDecider(pack, { ...config, models: [free0, unpriced, ...rest] } as typeof config);
  expect(some.decide({ text }).candidates.find(({ model }) => model === unpriced.name)?.cost).toBeNull();
  for (const policy of ["cheapest:0", "budget:0", "utility:1"])
    expect(some.decide({ text, policy }).candidates.map(({ model }) => model)).not.toContain(unpriced.name);
  expect(some.decide({ text, policy: "cheapest:0" })).toMatchObject({ model: free0.name, cost: 0 });
  expect(some.decide({ text, budget: 1 }).candidates).toHaveLength(config.models.length - 1);
  const none = mmluDecider(pack, {
    ...config,
    models: config.models.map(({ price: _, ...model }) => model),
  });
  expect(none.decide({ text }).cost).toBeNull();
  expect(() => none.decide({ text, policy: "cheap" })).toThrow(/no allowed model's price is known/);
  expect(() => none.decide({ text, budget: 1 })).toThrow(/is known to cost at most/);
});
