import { expect, test } from "vitest";
import { simulatedQuestions } from "../../test/simulated-questions.ts";
import { seededRandom } from "../numerics/index.ts";
import { selectItems, selectSubjects } from "../responses/index.ts";
import {
  addModel,
  driftReport,
  feedbackShift,
  noDrift,
  noFeedback,
  route,
  trainRouter,
  watched,
  withFeedback,
} from "./index.ts";

const { matrix } = simulatedQuestions(500, 1);
const router = trainRouter(matrix, { trees: 20 });

test("1,000 hostile feedbacks of one source move no choice by more than a point of expected reward", () => {
  let feedback = noFeedback;
  for (let i = 0; i < 1000; i++) {
    feedback = withFeedback(feedback, { model: "geographer", p: 0.8, reward: 0, source: "foe" });
    feedback = withFeedback(feedback, { model: "programmer", p: 0.4, reward: 1, source: "foe" });
  }
  expect(Math.abs(feedbackShift(feedback, "geographer"))).toBeLessThanOrEqual(0.005);
  for (const text of matrix.texts ?? []) {
    const plain = route(router, { text });
    const swayed = route(router, { text, feedback });
    const p = (model: string) => plain.candidates.find((candidate) => candidate.model === model)?.p ?? 0;
    expect(p(plain.model) - p(swayed.model)).toBeLessThan(0.015);
  }
});

test("a flood from one source moves what trusted sources say by half the limit at most", () => {
  const random = seededRandom(6);
  const given = (state: typeof noFeedback, source: string, n: number, mean: number) => {
    let after = state;
    for (let i = 0; i < n; i++)
      after = withFeedback(after, { model: "m", p: 0.6, reward: random() < mean ? 1 : 0, source });
    return after;
  };
  const shift = (state: typeof noFeedback) => feedbackShift(state, "m", { trusted: ["verifier"] });
  for (const mean of [0.2, 0.45, 0.6, 0.9])
    for (const flood of [0, 0.44, 1]) {
      const trusted = given(noFeedback, "verifier", 400, mean);
      const flooded = given(trusted, "foe", 5000, flood);
      expect(Math.abs(shift(flooded) - shift(trusted))).toBeLessThanOrEqual(0.005 + 1e-12);
    }
});

test("feedback of a trusted source, or of many, is believed, and forgotten", () => {
  const random = seededRandom(4);
  let one = noFeedback;
  let many = noFeedback;
  for (let i = 0; i < 3000; i++) {
    const reward = random() < 0.5 ? 1 : 0;
    one = withFeedback(one, { model: "geographer", p: 0.8, reward, source: "verifier" });
    many = withFeedback(many, { model: "geographer", p: 0.8, reward, source: `user ${i % 200}` });
  }
  expect(feedbackShift(one, "geographer", { trusted: ["verifier"] })).toBeLessThan(-0.2);
  expect(feedbackShift(many, "geographer")).toBeLessThan(-0.1);
  for (let i = 0; i < 6000; i++)
    one = withFeedback(one, { model: "geographer", p: 0.8, reward: 0.8, source: "verifier" });
  expect(Math.abs(feedbackShift(one, "geographer", { trusted: ["verifier"] }))).toBeLessThan(0.02);
});

test("exploration with feedback leaves a model that has become worse, and finds one that has become better", () => {
  const random = seededRandom(6);
  const rivers = (matrix.texts ?? []).filter((text) => text.includes("river")).slice(0, 40);
  const now = { geographer: 0.2, mathematician: 0.5, programmer: 0.95 } as Record<string, number>;
  const options = { trusted: ["tests"] };
  let feedback = noFeedback;
  const chosen = Array.from({ length: 1500 }, (_, i) => {
    const text = rivers[i % rivers.length];
    const policy = { kind: "explore" } as const;
    const { model } = route(router, { text, policy, random, feedback, feedbackOptions: options });
    const plain = route(router, { text }).candidates.find((candidate) => candidate.model === model);
    const reward = random() < now[model] ? 1 : 0;
    feedback = withFeedback(feedback, { model, p: plain?.p ?? 0.5, reward, source: "tests" }, options);
    return model;
  });
  const share = (model: string, from: number) =>
    chosen.slice(from, from + 300).filter((each) => each === model).length / 300;
  expect(share("geographer", 0)).toBeGreaterThan(share("geographer", 1200));
  expect(share("programmer", 1200)).toBeGreaterThan(0.6);
});

test("a model known by 100 answers joins without training again", () => {
  const without = trainRouter(selectSubjects(matrix, [0, 2]), { trees: 20 });
  const anchors = selectItems(
    matrix,
    Uint32Array.from({ length: 100 }, (_, i) => 3 * i),
  );
  const joined = addModel(without, anchors, "mathematician");
  expect(joined.newcomers[0].answers).toBe(100);
  const mean = 0.5 + 0.2 / 3;
  const decisions = (matrix.texts ?? []).map((text) => route(joined, { text }));
  const said = decisions.map(
    ({ candidates }) => candidates.find(({ model }) => model === "mathematician")?.p ?? 0,
  );
  expect(Math.abs(said.reduce((sum, p) => sum + p, 0) / said.length - mean)).toBeLessThan(0.1);
  expect(() => addModel(without, anchors, "geographer")).toThrow(/already/);
  expect(() => addModel(without, anchors, "nobody")).toThrow(/no answers/);
});

test("the monitor is quiet while nothing changes, and speaks when questions or rewards do", () => {
  const random = seededRandom(5);
  let still = noDrift;
  let worse = noDrift;
  let strange = noDrift;
  for (let i = 0; i < 3000; i++) {
    still = watched(still, { novelty: 0, p: 0.7, reward: random() < 0.7 ? 1 : 0 });
    worse = watched(worse, { novelty: 0, p: 0.7, reward: random() < 0.55 ? 1 : 0 });
    strange = watched(strange, { novelty: 0.9 });
  }
  expect(driftReport(still)).toEqual({ questionsChanged: false, calibrationChanged: false });
  expect(driftReport(worse).advice).toMatch(/worse than the router says/);
  expect(driftReport(strange).questionsChanged).toBe(true);
});
