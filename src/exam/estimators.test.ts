import { expect, test } from "vitest";
import { seededNormal, seededRandom } from "../numerics/index.ts";
import { assess } from "./assess.ts";
import { askAll } from "./cross-validate.ts";
import { fitEstimators, methods } from "./estimators.ts";
import { type ErrorScale, errorScale, halfWidth, studentQuantile } from "./interval.ts";
import { subPool } from "./pool.ts";
import { fitReadOut } from "./ridge.ts";
import { selectQuestions } from "./select.ts";
import { simulatedPool } from "./simulated.ts";
import { stackingWeights } from "./stack.ts";

test("leave-one-out estimates of a read-out are those of fits without the subject", () => {
  const normal = seededNormal(seededRandom(4));
  const [s, n] = [14, 5];
  const x = Float64Array.from({ length: s * n }, normal);
  const y = Float64Array.from({ length: s }, (_, i) => x[i * n] + 0.5 * x[i * n + 1] + normal());
  const { leaveOneOut, predict } = fitReadOut(x, y, s);
  // One strength only is compared: that of the whole fit, found from its own shrinkage.
  const held = Array.from(y, (value, i) => Math.abs(value - leaveOneOut[i]));
  const fitted = Array.from(y, (value, i) => Math.abs(value - predict(x.slice(i * n, (i + 1) * n))[0]));
  held.forEach((error, i) => {
    expect(error).toBeGreaterThan(fitted[i]);
  });
  // Without a penalty it is least squares, whose held-out residual the hat matrix gives: compare with a refit.
  const wide = Float64Array.from({ length: s * 2 }, (_, p) => 1e4 * x[Math.floor(p / 2) * n + (p % 2)]);
  const line = Float64Array.from({ length: s }, (_, i) => 3 + 2 * wide[2 * i] - wide[2 * i + 1]);
  const exact = fitReadOut(wide, line, s);
  line.forEach((value, i) => {
    expect(Math.abs(exact.leaveOneOut[i] / value - 1)).toBeLessThan(0.05);
  });
});

test("AIPW is unbiased over random questions for a subject stronger than all, where read-outs are not", () => {
  const pool = simulatedPool({ subjects: 60, items: 200, seed: 3 });
  const k = pool.scenarios.length;
  const order = Array.from(pool.truth.keys()).sort((a, b) => pool.truth[b] - pool.truth[a]);
  const strongest = order[0];
  const weak = subPool(pool, order.slice(30));
  let aipw = 0;
  let ridge = 0;
  const rounds = 24;
  for (let r = 0; r < rounds; r++) {
    const asked = selectQuestions(weak, { count: 40, method: "random", seed: r });
    const scores = Float64Array.from(asked.items, (i) => pool.filled[strongest * 200 + i]);
    const { values } = fitEstimators(weak, asked)(scores);
    aipw += (values.AIPW[0] - pool.truth[strongest * k]) / rounds;
    ridge += (values.ridge[0] - pool.truth[strongest * k]) / rounds;
  }
  expect(Math.abs(aipw)).toBeLessThan(0.015);
  expect(ridge).toBeLessThan(-0.03);
});

test("the assessment is honest: its errors are those on new subjects, and its default beats a random sample's mean", () => {
  const all = simulatedPool({ subjects: 130, items: 200, seed: 11 });
  const known = subPool(
    all,
    Array.from({ length: 60 }, (_, s) => s),
  );
  const select = (pool: typeof known) => selectQuestions(pool, { count: 25, method: "readout" });
  const [scenario] = assess(known, askAll(select), { folds: 5 }).scenarios;
  const asked = select(known);
  const estimate = fitEstimators(known, asked);
  const scale = scenario.scales[scenario.best] as ErrorScale;
  const errors: number[] = [];
  let inside = 0;
  for (let s = 60; s < 130; s++) {
    const { values, spread } = estimate(Float64Array.from(asked.items, (i) => all.filled[s * 200 + i]));
    const stacked = methods.reduce((sum, m, j) => sum + scenario.stacking[j] * values[m][0], 0);
    const value = scenario.best === "stacked" ? stacked : values[scenario.best][0];
    errors.push(Math.abs(value - all.truth[s]));
    if (Math.abs(value - all.truth[s]) <= halfWidth(scale, spread[0], 0.9)) inside++;
  }
  const found = errors.reduce((a, b) => a + b) / errors.length;
  const expected = scenario.errors.find(({ method }) => method === scenario.best)
    ?.meanAbsoluteError as number;
  expect(found / expected).toBeGreaterThan(0.7);
  expect(found / expected).toBeLessThan(1.4);
  expect(inside / 70).toBeGreaterThan(0.8);
  const random = assess(
    known,
    askAll((pool) => selectQuestions(pool, { count: 25, method: "random" })),
    {
      folds: 5,
    },
  );
  const mean = random.scenarios[0].errors.find(({ method }) => method === "mean")
    ?.meanAbsoluteError as number;
  expect(expected).toBeLessThan(0.9 * mean);
});

test("intervals hold their level from 15 subjects on", () => {
  const random = seededRandom(2);
  const normal = seededNormal(random);
  for (const subjects of [15, 30, 100])
    for (const level of [0.9, 0.95]) {
      let inside = 0;
      const rounds = 2000;
      const draw = () => {
        const spread = 0.01 + 0.02 * random();
        return [spread, Math.hypot(spread, 0.01) * normal()];
      };
      for (let r = 0; r < rounds; r++) {
        const known = Array.from({ length: subjects }, draw);
        const scale = errorScale(
          Float64Array.from(known, ([, e]) => e),
          Float64Array.from(known, ([s]) => s),
        );
        const [spread, error] = draw();
        if (Math.abs(error) <= halfWidth(scale, spread, level)) inside++;
      }
      expect(Math.abs(inside / rounds - level)).toBeLessThan(0.03);
    }
});

test("Student's quantiles", () => {
  // SciPy's stats.t.ppf.
  expect(studentQuantile(0.975, 14)).toBeCloseTo(2.144786687916927, 4);
  expect(studentQuantile(0.95, 5)).toBeCloseTo(2.015048372669157, 3);
  expect(studentQuantile(0.975, 2)).toBeCloseTo(4.302652729911275, 9);
  expect(studentQuantile(0.975, 1)).toBeCloseTo(12.706204736432095, 9);
});

test("stacking weights are shares, and favour what errs less", () => {
  const normal = seededNormal(seededRandom(8));
  const truth = Float64Array.from({ length: 200 }, normal);
  const noisy = (sd: number) => truth.map((t) => t + sd * normal());
  const weights = stackingWeights([noisy(0.1), noisy(0.2), noisy(3)], truth);
  expect(weights.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
  expect(weights[0]).toBeGreaterThan(weights[1]);
  expect(weights[1]).toBeGreaterThan(weights[2]);
  expect(weights[2]).toBeLessThan(0.02);
});
