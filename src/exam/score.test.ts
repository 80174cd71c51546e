import { expect, test } from "vitest";
import { simulate } from "../irt/index.ts";
import { seededRandom } from "../numerics/index.ts";
import { designExam, examInPool } from "./exam.ts";
import { readExam, writeExam } from "./exam-file.ts";
import { exactNote, leaderboard } from "./leaderboard.ts";
import { poolOf, subPool } from "./pool.ts";
import { scenarioScores } from "./scenarios.ts";
import { Scorer } from "./score.ts";
import { simulatedPool } from "./simulated.ts";

const names = Array.from({ length: 120 }, (_, i) => (i % 3 ? "logic" : "arith"));
const all = simulatedPool({ subjects: 70, items: 120, scenarios: names, seed: 21 });
const pool = subPool(
  all,
  Array.from({ length: 40 }, (_, s) => s),
);
const exam = designExam(pool, "hash", { count: 24, method: "readout", assessment: { folds: 4 } });
const answersOf = (s: number, items: ArrayLike<number>) => ({
  subject: `new ${s}`,
  items,
  scores: Array.from(items, (i) => all.filled[s * 120 + i]),
});

test("a damaged exam is refused with its file and the field", () => {
  const whole = JSON.parse(writeExam(exam));
  const cases: [object, RegExp][] = [
    [{ gpWeights: undefined }, /exam\.json.*gpWeights/],
    [{ gpWeights: [] }, /gpWeights.*one number for each scenario/],
    [{ assessment: {} }, /assessment\.folds/],
    [{ questions: [] }, /questions/],
    [{ questions: [{}] }, /questions\.0\.item/],
    [{ questions: undefined }, /questions/],
    [{ adaptive: { ...whole, stop: {} } }, /adaptive\.criterion/],
    [{ version: 2 }, /newer Tripos/],
    [{ format: "x" }, /not an exam/],
  ];
  for (const [change, message] of cases)
    expect(() => readExam(JSON.stringify({ ...whole, ...change }), "exam.json")).toThrow(message);
});

test("an exam survives its file, and its scores lie near the truth with intervals that mostly hold it", () => {
  const read = readExam(writeExam(exam), "exam.json");
  expect(writeExam(read)).toBe(writeExam(exam));
  const taken = examInPool(read, pool, "hash", "exam.json");
  const { asked } = taken;
  const scorer = new Scorer(pool, { exam: taken });
  const reports = Array.from({ length: 30 }, (_, j) => scorer.score(answersOf(40 + j, asked.items)));
  let inside = 0;
  reports.forEach(({ scenarios }, j) => {
    expect(scenarios.map(({ name }) => name)).toEqual(["arith", "logic", "overall"]);
    scenarios.forEach(({ estimate, interval, interval90 }, t) => {
      const truth = all.truth[(40 + j) * 3 + t];
      expect(interval[0]).toBeLessThanOrEqual(interval90[0]);
      expect(estimate).toBeGreaterThanOrEqual(interval[0]);
      expect(Math.abs(estimate - truth)).toBeLessThan(0.25);
      if (truth >= interval90[0] && truth <= interval90[1]) inside++;
    });
  });
  expect(inside / 90).toBeGreaterThan(0.8);
  const ranks = leaderboard(reports, 2);
  expect(ranks.map(({ rank }) => rank)).toEqual(reports.map((_, j) => j + 1));
  for (const { rank, rankInterval, aboveNext } of ranks) {
    expect(rankInterval[0]).toBeLessThanOrEqual(rank);
    expect(rankInterval[1]).toBeGreaterThanOrEqual(rank);
    if (aboveNext !== null) expect(aboveNext).toBeGreaterThanOrEqual(0.5);
  }
});

test("all right, all wrong, nothing and everything answered", () => {
  const taken = examInPool(exam, pool, "hash", "exam.json");
  const { asked } = taken;
  const scorer = new Scorer(pool, { exam: taken });
  const constant = (score: number, items: ArrayLike<number>) =>
    scorer.score({ subject: "x", items, scores: Array.from(items, () => score) });
  for (const score of [0, 1]) {
    const report = constant(score, asked.items);
    for (const { estimate, interval } of report.scenarios) {
      expect(Number.isFinite(estimate)).toBe(true);
      expect(interval[1] - interval[0]).toBeGreaterThan(0.01);
      // A model that is right (wrong) on everything must not be excluded.
      expect(interval[score]).toBeCloseTo(score, 12);
    }
    expect(report.warnings.join()).toMatch(score ? /Every answer is right/ : /Every answer is wrong/);
    expect(report.warnings.join()).toMatch(/extrapolation/);
  }
  const none = constant(0, []);
  expect(none.warnings.join()).toMatch(/No question was answered/);
  expect(none.scenarios.every(({ interval }) => interval[1] - interval[0] > 0.2)).toBe(true);
  const everything = scorer.score(
    answersOf(
      50,
      Uint32Array.from({ length: 120 }, (_, i) => i),
    ),
  );
  everything.scenarios.forEach(({ estimate, method, interval }, t) => {
    expect(method).toBe("complete");
    expect(estimate).toBeCloseTo(all.truth[50 * 3 + t], 12);
    expect(interval[0]).toBeCloseTo(interval[1], 12);
  });
});

test("intervals of models far beyond the pool's reach as far as their answers allow", () => {
  const { parameters } = all;
  const taken = examInPool(exam, pool, "hash", "exam.json");
  const scorer = new Scorer(pool, { exam: taken });
  for (const theta of [-4, 4]) {
    const { matrix } = simulate(parameters, {
      subjects: 60,
      seed: 5,
      ability: new Float64Array(60).fill(theta),
    });
    const inside = matrix.subjects.filter((subject, s) => {
      const row = matrix.scores.subarray(s * 120, (s + 1) * 120);
      const { items } = taken.asked;
      const { scenarios } = scorer.score({ subject, items, scores: Array.from(items, (i) => row[i]) });
      const [, , { interval }] = scenarios;
      const truth = scenarioScores({ ...matrix, subjects: [subject], scores: row }, pool.scenarios, row)[2];
      return truth >= interval[0] && truth <= interval[1];
    }).length;
    expect(inside / 60).toBeGreaterThan(0.88);
  }
});

test("responses that the bank lacks make no exam look better than it is", () => {
  const { matrix } = simulate(all.parameters, { subjects: 60, seed: 8 });
  const random = seededRandom(9);
  const observed = matrix.observed.map(() => Number(random() < 0.3));
  const sparse = poolOf({ ...matrix, observed }, all.parameters, pool.scenarios);
  const whole = poolOf(matrix, all.parameters, pool.scenarios);
  const [claimed, actual] = [sparse, whole].map((known) => {
    const { assessment } = designExam(known, "hash", {
      count: 24,
      method: "readout",
      assessment: { folds: 3 },
    });
    const { errors, best } = assessment!.scenarios[2];
    return errors.find(({ method }) => method === best)!.meanAbsoluteError;
  });
  expect(claimed / actual).toBeGreaterThan(0.85);
  expect(sparse.filled.every((score) => score === 0 || score === 1)).toBe(true);
  const fifteen = matrix.observed.map((_, cell) => Number(cell < 15 * 120 || cell % 5 === 0));
  const few = poolOf({ ...matrix, observed: fifteen }, all.parameters, pool.scenarios);
  expect(Array.from(few.tested)).toEqual(Array.from({ length: 15 }, (_, s) => s));
  const taken = { asked: { items: Uint32Array.of(1, 2, 3) }, assessment: { folds: 2, scenarios: [] } };
  const { warnings } = new Scorer(sparse, { exam: taken }).score({
    subject: "x",
    items: [1, 2, 3],
    scores: [1, 0, 1],
  });
  expect(warnings.join()).toMatch(/69.8 % of the responses .* drawn from the model/);
});

test("answers that favour the exam's questions are noticed", () => {
  const taken = examInPool(exam, pool, "hash", "exam.json");
  const { asked } = taken;
  const scorer = new Scorer(pool, { exam: taken });
  const items = Uint32Array.from({ length: 120 }, (_, i) => i);
  const own = new Set(asked.items);
  const weakest = Array.from({ length: 70 }, (_, s) => s).reduce((a, b) =>
    all.truth[b * 3] < all.truth[a * 3] ? b : a,
  );
  const honest = answersOf(weakest, items);
  expect(scorer.score(honest).warnings.join()).not.toMatch(/may have seen/);
  const cheating = { ...honest, scores: honest.scores.map((score, i) => (own.has(i) ? 1 : score)) };
  expect(scorer.score(cheating).warnings.join()).toMatch(/may have seen/);
});

test("without the exam's file its kind of selection is recognised, so that intervals stay honest", () => {
  const taken = examInPool(exam, pool, "hash", "exam.json");
  const { asked } = taken;
  const bare = new Scorer(pool, { assessment: { folds: 4 } }).score(answersOf(45, asked.items));
  const told = new Scorer(pool, { exam: taken }).score(answersOf(45, asked.items));
  bare.scenarios.forEach(({ interval }, t) => {
    const width = told.scenarios[t].interval[1] - told.scenarios[t].interval[0];
    expect((interval[1] - interval[0]) / width).toBeGreaterThan(0.7);
    expect((interval[1] - interval[0]) / width).toBeLessThan(1.4);
  });
});

test("what is no exam is refused", () => {
  expect(() => examInPool(exam, pool, "other", "x.json")).toThrow(/x\.json.*made for another bank/);
  expect(() => readExam("{", "x.json")).toThrow(/x\.json.*this is not valid JSON/);
  expect(() => readExam("{}", "x.json")).toThrow(/tripos exam design/);
  expect(() => readExam(writeExam({ ...exam, version: 2 as 1 }), "x.json")).toThrow(/newer/);
});

test("everything answered: exact for this set, without warnings of the model's bounds, and no P(above next)", () => {
  const taken = examInPool(exam, pool, "hash", "exam.json");
  const scorer = new Scorer(pool, { exam: taken });
  const items = Array.from({ length: 120 }, (_, i) => i);
  const answering = (subject: string, score: (i: number) => number) =>
    scorer.score({ subject, items, scores: items.map(score) });
  const reports = [answering("best", () => 1), answering("next", (i) => (i === 5 ? 0 : 1))];
  for (const { warnings } of reports) expect(warnings.join()).not.toMatch(/one side|extrapolation/);
  expect(leaderboard(reports, 2).map(({ aboveNext }) => aboveNext)).toEqual([null, null]);
  expect(exactNote(reports)).toMatch(/^All questions answered.*exact/);
  const partial = scorer.score(answersOf(41, taken.asked.items));
  expect(exactNote([...reports, partial])).toMatch(/^best, next: all questions answered/);
  expect(exactNote([partial])).toBeUndefined();
  expect(leaderboard([reports[0], partial], 2)[0].aboveNext).toBeGreaterThan(0.5);
});
