import { expect, test } from "vitest";
import { simulatedQuestions } from "../../test/simulated-questions.ts";
import { runCascade } from "./cascade.ts";
import { route } from "./decision.ts";
import { explain } from "./explain.ts";
import { trainRouter } from "./train.ts";

const { matrix } = simulatedQuestions(500, 1);
const costs = matrix.scores.map((_, o) => [0.004, 0.002, 0.001][Math.floor(o / 500)]);
const router = trainRouter({ ...matrix, costs }, { trees: 40 });
const rivers = "7: what about river mountain island valley border river?";

test("a decision rests on what sets the question apart: here its words", () => {
  const [first, ...others] = explain(router, rivers, "geographer", "programmer");
  expect(first.feature).toBe("wording");
  expect(first.p).toBeGreaterThan(0.05);
  expect(first.lead).toBeGreaterThan(0.1);
  for (const reason of others) expect(Math.abs(reason.lead)).toBeLessThanOrEqual(first.lead);
});

test("an empty question goes to the best model overall, and the decision says so", () => {
  const best = router.rewards.indexOf(Math.max(...router.rewards));
  for (const text of ["", " \n"]) {
    const { model, p, rule } = route(router, { text });
    expect(model).toBe(router.models[best]);
    expect(p).toBeCloseTo(router.rewards[best], 12);
    expect(rule).toMatch(
      /^the question is empty, so only how good the models are overall is known; quality: /,
    );
    expect(explain(router, text, model)).toEqual([]);
  }
  expect(route(router, { text: rivers }).rule).not.toContain("empty");
});

test("without a rival the lead is nothing", () => {
  for (const { lead } of explain(router, rivers, "geographer")) expect(lead).toBe(0);
});

test("a cascade goes up while its judge is not content, and then takes the best it saw", async () => {
  const asked: string[] = [];
  const ask = async (model: string) => {
    asked.push(model);
    return `${model}'s answer`;
  };
  const run = (judge: (answer: string, model: string) => number) =>
    runCascade(router, { text: rivers }, 0.3, ask, judge);
  const up = await run((_, model) => (model === "mathematician" ? 1 : 0));
  expect(asked).toEqual(["programmer", "mathematician"]);
  expect(up).toMatchObject({ accepted: true, chosen: { answer: "mathematician's answer", judged: 1 } });
  expect((await run(() => 1)).asked).toHaveLength(1);
  const never = await run((_, model) => (model === "programmer" ? 0.2 : 0.1));
  expect(never).toMatchObject({ accepted: false, chosen: { model: "programmer" } });
  const alone = await runCascade(router, { text: rivers }, 0.99, ask);
  expect(alone.asked).toHaveLength(1);
  expect(alone.chosen.p).toBe(Math.max(...alone.decision.candidates.map(({ p }) => p)));
  // A judge that cannot tell leaves it to the router's own confidence.
  const unsure = await run(() => Number.NaN);
  expect(unsure.chosen.judged).toBe(unsure.chosen.p);
});

test("a cascade that fails half-way says so", async () => {
  const ask = async () => {
    throw new Error("the endpoint is gone");
  };
  await expect(runCascade(router, { text: rivers }, 0.5, ask, () => 1)).rejects.toThrow("gone");
});
