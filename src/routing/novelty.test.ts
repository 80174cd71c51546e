import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { shared, testOnRealData } from "../../test/shared.ts";
import { simulatedQuestions } from "../../test/simulated-questions.ts";
import type { ResponseMatrix } from "../responses/index.ts";
import { driftReport, noDrift, predict, trainRouter, watched } from "./index.ts";
import { fitFamiliarity, noveltyOf } from "./novelty.ts";
import { featureReader, fitQuestionFeatures } from "./question-features.ts";
import { kernelWeights } from "./smoother.ts";

const { matrix } = simulatedQuestions(400, 1);
const router = trainRouter(matrix, { trees: 20 });
const fresh = simulatedQuestions(200, 2).matrix.texts ?? [];
const foreign = {
  "short junk": Array.from({ length: 60 }, (_, i) => `ok ${i}`),
  Chinese: Array.from({ length: 60 }, (_, i) => `请问中国的首都是哪里？第${i}题`),
  "multiple choice": Array.from(
    { length: 60 },
    (_, i) => `Which of these is no fruit?\nA. apple ${i}\nB. pear\nC. rock\nD. fig`,
  ),
  code: Array.from(
    { length: 60 },
    (_, i) => `def f${i}(x):\n    """Return x + ${i}."""\n    return x + ${i}\n`,
  ),
  empty: Array.from({ length: 60 }, () => ""),
};

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const report = (novelties: readonly number[]) =>
  driftReport(novelties.reduce((state, novelty) => watched(state, { novelty }), noDrift));

test("questions like those of training are familiar, and the monitor stays quiet", () => {
  const found = fresh.map((text) => predict(router, text).novelty);
  expect(found.filter((novelty) => novelty > 0.5).length / found.length).toBeLessThanOrEqual(0.05);
  expect(mean(found)).toBeLessThan(0.05);
  expect(report(found)).toEqual({
    questionsChanged: false,
    calibrationChanged: false,
  });
});

test.each(Object.entries(foreign))(
  "%s is foreign: P is the overall rate, and the monitor speaks",
  (_, texts) => {
    const known = predict(router, fresh[0]);
    const found = texts.map((text) => predict(router, text));
    expect(mean(found.map(({ novelty }) => novelty))).toBeGreaterThan(0.95);
    for (const { novelty, p, low, high } of found.filter((each) => each.novelty === 1))
      router.rewards.forEach((rate, m) => {
        expect(novelty).toBe(1);
        expect(p[m]).toBeCloseTo(rate, 9);
        expect(high[m] - low[m]).toBeGreaterThan(known.high[m] - known.low[m]);
      });
    const novelties = found.map(({ novelty }) => novelty);
    expect(report(novelties.slice(0, 50)).advice).toMatch(/^Questions changed/);
    expect(report(novelties.slice(0, 29)).undecided).toContain("29 of 30 questions");
  },
);

test("each of several datasets is familiar, however few its questions", () => {
  const few = simulatedQuestions(40, 3).matrix;
  const code: ResponseMatrix = {
    ...few,
    texts: few.items.map(
      (_, i) => `def f${i}(x):\n    """Return x + ${i * i}."""\n    return x + ${i * i}\n`,
    ),
  };
  const both = trainRouter([matrix, code], { trees: 20 });
  for (const texts of [fresh, foreign.code])
    expect(mean(texts.map((text) => predict(both, text).novelty))).toBeLessThan(0.05);
  expect(mean(foreign.Chinese.map((text) => predict(both, text).novelty))).toBeGreaterThan(0.95);
});

test("of very many questions a sample tells as much; few tell nothing", () => {
  const texts = matrix.texts ?? [];
  const of = judge(texts);
  expect(mean(fresh.map(of))).toBeLessThan(0.05);
  expect(mean(foreign.Chinese.map(of))).toBe(1);
  expect(foreign.Chinese.map(judge(texts.slice(0, 15))).every((novelty) => novelty === 0)).toBe(true);
});

testOnRealData(
  "MMLU's test questions are familiar to MMLU's training questions; mathematics and code are not",
  () => {
    const questions = (name: string) =>
      (JSON.parse(readFileSync(shared(`data/routerdc/${name}.json`), "utf8")) as { question: string }[])
        .map(({ question }) => question)
        .slice(0, 1200);
    const of = judge(questions("mmlu_train"));
    const known = questions("mmlu_test").slice(0, 400).map(of);
    expect(known.filter((novelty) => novelty > 0.5).length / known.length).toBeLessThanOrEqual(0.05);
    expect(report(known).questionsChanged).toBe(false);
    for (const name of ["gsm8k-test", "humaneval_train"]) {
      const found = questions(name).slice(0, 100).map(of);
      expect(mean(found)).toBeGreaterThan(0.95);
      expect(report(found).questionsChanged).toBe(true);
    }
  },
);

/** Novelty by a sample alone. */
function judge(texts: readonly string[]): (text: string) => number {
  const features = fitQuestionFeatures(texts, Math.min(32, texts.length - 1), 0);
  const read = featureReader(features);
  const rows = texts.map(read);
  const weights = kernelWeights(rows[0].length, features.lexical.dims);
  const familiarity = fitFamiliarity(rows, weights, new Int32Array(rows.length));
  return (text) => noveltyOf(familiarity, read(text), weights);
}
