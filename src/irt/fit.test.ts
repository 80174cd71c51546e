import { expect, test } from "vitest";
import { lsat } from "../../test/lsat.ts";
import { testOnRealData } from "../../test/shared.ts";
import { assessFit, informationCriteria } from "./fit.ts";
import { itemInformation, reliability, testInformation } from "./fit-information.ts";
import { limitedInformationFit, noncentrality } from "./fit-m2.ts";
import { benjaminiHochberg } from "./fit-multiple-tests.ts";
import { personFit } from "./fit-persons.ts";
import { meanSquares } from "./fit-residuals.ts";
import { sumScoreFit } from "./fit-sum-scores.ts";
import { calibrateMml, scoreEap } from "./mml/index.ts";
import { simulate, simulateItems } from "./simulate.ts";

const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, v) => sum + v / values.length, 0);
const sd = (values: ArrayLike<number>) => {
  const m = mean(values);
  return Math.sqrt(mean(Array.from(values, (v) => (v - m) ** 2)));
};

testOnRealData("LSAT7: S-X2 and M2 agree with mirt", () => {
  const matrix = lsat(7);
  const calibration = calibrateMml(matrix);
  const fit = assessFit(matrix, calibration);
  [4.7494, 14.4511, 1.2704, 5.2374, 0.9411].forEach((value, i) => {
    expect(Math.abs(fit.sumScores!.statistic[i] - value)).toBeLessThan(1e-2);
    expect(fit.sumScores!.df[i]).toBe(2);
  });
  expect(Math.abs(fit.limitedInformation!.m2 - 11.93841)).toBeLessThan(1e-2);
  expect(fit.limitedInformation!.df).toBe(5);
  const { aic, bic } = informationCriteria(calibration.logLikelihood, calibration.parameterCount, 1000);
  expect(aic).toBeCloseTo(2 * (2658.805114 + 10), 3);
  expect(bic).toBeCloseTo(2 * 2658.805114 + 10 * Math.log(1000), 3);
});

testOnRealData(
  "the independence model's M2, behind CFI, is N times the sum of squared phi coefficients",
  () => {
    const matrix = lsat(7);
    const { items } = calibrateMml(matrix, { standardErrors: "none" });
    const { m2, df, cfi } = limitedInformationFit(matrix, items)!;
    const column = (i: number) => Array.from({ length: 1000 }, (_, s) => matrix.scores[s * 5 + i]);
    let independence = 0;
    for (let i = 0; i < 5; i++)
      for (let j = 0; j < i; j++) {
        const [a, b] = [column(i), column(j)];
        const cov = mean(a.map((v, s) => v * b[s])) - mean(a) * mean(b);
        independence += 1000 * (cov / (sd(a) * sd(b))) ** 2;
      }
    expect(cfi).toBeCloseTo(1 - (m2 - df) / (independence - 10), 4);
  },
);

test("data from the model fit it: every statistic has its nominal distribution", () => {
  const items = simulateItems("2pl", { items: 30, seed: 11 });
  const { matrix, ability } = simulate(items, { subjects: 1500, seed: 12 });
  const calibration = calibrateMml(matrix, { standardErrors: "none" });
  const fit = assessFit(matrix, calibration);
  const rejected = mean(Array.from(fit.sumScores!.p, (p) => (p < 0.05 ? 1 : 0)));
  expect(rejected).toBeLessThan(0.2);
  expect(fit.limitedInformation!.p).toBeGreaterThan(0.001);
  expect(fit.limitedInformation!.rmsea).toBeLessThan(0.02);
  expect(fit.limitedInformation!.cfi).toBeGreaterThan(0.98);
  expect(Math.abs(mean(fit.personFit.lzStar))).toBeLessThan(0.1);
  expect(Math.abs(sd(fit.personFit.lzStar) - 1)).toBeLessThan(0.1);
  expect(Math.abs(mean(fit.items.infit) - 1)).toBeLessThan(0.05);
  expect(fit.localDependence!.mean).toBeCloseTo(-1 / 29, 1.5);
  expect(fit.localDependence!.pairs).toEqual([]);
  expect(fit.flags.filter(({ kind }) => kind !== "little information")).toEqual([]);
  const estimated = calibration.abilities.ability;
  const covariance = mean(Array.from(ability, (v, s) => v * estimated[s])) - mean(ability) * mean(estimated);
  const squared = (covariance / (sd(ability) * sd(estimated))) ** 2;
  expect(fit.reliability.empirical[0]).toBeCloseTo(squared, 1.5);
  expect(fit.reliability.marginal[0]).toBeCloseTo(squared, 1.5);
});

test("planted faults are found: a duplicate, a wrong key, a subject who answers against the grain", () => {
  const items = simulateItems("2pl", { items: 25, seed: 13 });
  const { matrix } = simulate(items, { subjects: 800, seed: 14 });
  const scores = matrix.scores.slice();
  const order = Array.from(items.intercept.keys()).sort((a, b) => items.intercept[a] - items.intercept[b]);
  for (let s = 0; s < 800; s++) {
    scores[s * 25 + 3] = 1 - scores[s * 25 + 3];
    if (s % 10 > 0) scores[s * 25 + 7] = scores[s * 25 + 8];
    scores[s * 25 + 20] = 0;
  }
  order.forEach((item, rank) => {
    scores[5 * 25 + item] = rank < 12 ? 1 : 0;
  });
  const broken = { ...matrix, scores };
  const fit = assessFit(broken, calibrateMml(broken));
  const kinds = (item: number) => fit.flags.filter((flag) => flag.item === item).map(({ kind }) => kind);
  expect(kinds(3)).toContain("negative discrimination");
  expect(kinds(20)).toContain("nobody right");
  expect(fit.localDependence!.pairs[0]).toMatchObject({ first: 7, second: 8 });
  const { q3 } = fit.localDependence!.pairs[0];
  expect(kinds(7)).toContain(q3 >= 0.8 ? "near-duplicate" : "locally dependent");
  expect(fit.personFit.lzStar[5]).toBe(fit.personFit.lzStar.reduce((least, v) => Math.min(least, v)));
  expect(fit.personFit.adjustedP[5]).toBeLessThan(0.01);
});

test.each(["graded", "gpcm"] as const)("%s: fit statistics of ordered scores", (family) => {
  const items = simulateItems(family, { items: 24, seed: 15, categories: 4 });
  const { matrix } = simulate(items, { subjects: 800, seed: 16 });
  const fit = assessFit(matrix, calibrateMml(matrix, { family, standardErrors: "none" }));
  expect(mean(Array.from(fit.sumScores!.p, (p) => (p < 0.05 ? 1 : 0)))).toBeLessThan(0.35);
  expect(fit.limitedInformation!.rmsea).toBeLessThan(0.03);
  expect(Math.abs(mean(fit.personFit.lzStar))).toBeLessThan(0.15);
  expect(Math.abs(sd(fit.personFit.lzStar) - 1)).toBeLessThan(0.15);
});

test("a mean square well below 1 has a negative z, for items that are far too hard or too easy as well", () => {
  const discrimination = new Float64Array(41).fill(1.5);
  const items = {
    family: "2pl" as const,
    dims: 1,
    discrimination,
    intercept: discrimination.map((_, i) => i / 2 - 10),
  };
  const { matrix } = simulate(items, { subjects: 30, seed: 20 });
  const { outfit, outfitZ, infit, infitZ } = meanSquares(matrix, items, scoreEap(matrix, items)).items;
  expect(Math.min(...outfit)).toBeLessThan(0.001);
  for (const [square, z] of [...outfit.entries()].map(([i, v]) => [v, outfitZ[i]]))
    if (square < 0.45) expect(z).toBeLessThan(0);
  for (const [square, z] of [...infit.entries()].map(([i, v]) => [v, infitZ[i]]))
    if (square < 0.45) expect(z).toBeLessThan(0);
});

test("one success on each of two rare items does not make them dependent; missing degrees of freedom are missing", () => {
  const items = simulateItems("2pl", { items: 12, seed: 21 });
  const { matrix } = simulate(items, { subjects: 60, seed: 22 });
  const scores = matrix.scores.slice();
  for (let s = 0; s < 60; s++) for (const rare of [0, 1]) scores[s * 12 + rare] = s === 17 ? 1 : 0;
  const flags = (observed: Uint8Array) => {
    const rare = { ...matrix, scores, observed };
    const fit = assessFit(rare, calibrateMml(rare, { standardErrors: "none" }));
    expect(fit.localDependence!.correlations[1]).toBeNaN();
    expect(fit.localDependence!.correlations[5 * 12 + 6]).not.toBeNaN();
    expect(fit.localDependence!.pairs).toEqual([]);
    return fit;
  };
  flags(matrix.observed.map((_, cell) => (cell === 700 ? 0 : 1)));
  const { statistic, df } = flags(matrix.observed).sumScores!;
  expect(df[0]).toBeNaN();
  statistic.forEach((x, i) => {
    expect(Number.isNaN(df[i])).toBe(Number.isNaN(x));
  });
});

test("information of the 2PL is a²PQ, of a test the sum, and of several dimensions a matrix", () => {
  const items = {
    family: "2pl" as const,
    dims: 2,
    discrimination: Float64Array.of(1, 2, -0.5, 0),
    intercept: Float64Array.of(0.3, -1),
  };
  const theta = [0.4, -0.2];
  const p = 1 / (1 + Math.exp(-(0.4 - 0.4 + 0.3)));
  expect(itemInformation(items, theta)[0]).toBeCloseTo(5 * p * (1 - p), 12);
  const p2 = 1 / (1 + Math.exp(1.2));
  const expected = [p * (1 - p) + 0.25 * p2 * (1 - p2), 2 * p * (1 - p), 2 * p * (1 - p), 4 * p * (1 - p)];
  testInformation(items, theta).forEach((v, e) => {
    expect(v).toBeCloseTo(expected[e], 12);
  });
});

test("no responses, one subject or several trials make no nonsense", () => {
  const items = simulateItems("2pl", { items: 6, seed: 17 });
  const { matrix } = simulate(items, { subjects: 40, seed: 18, trials: 5 });
  const abilities = scoreEap(matrix, items);
  expect(sumScoreFit(matrix, items)).toBeUndefined();
  expect(limitedInformationFit(matrix, items)).toBeUndefined();
  expect(Math.abs(mean(meanSquares(matrix, items, abilities).items.infit) - 1)).toBeLessThan(0.3);
  expect(reliability(items, abilities).empirical[0]).toBeGreaterThan(0.5);
  const nothing = { ...matrix, observed: new Uint8Array(240) };
  expect(Array.from(personFit(nothing, items).lzStar)).toEqual(Array(40).fill(Number.NaN));
  expect(assessFit(nothing, { items, abilities: scoreEap(nothing, items) }).flags[0].kind).toBe(
    "no responses",
  );
});

test("false discovery rate, on the example of Benjamini & Hochberg's paper", () => {
  const p = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528,
    0.759, 1,
  ];
  const adjusted = benjaminiHochberg(p);
  expect(adjusted.filter((v) => v <= 0.05).length).toBe(4);
  expect(adjusted[3]).toBeCloseTo((0.0095 * 15) / 4, 12);
  expect(Array.from(benjaminiHochberg([Number.NaN, 0.5]))).toEqual([Number.NaN, 0.5]);
});

test("limits of a noncentral χ² as SciPy's ncx2 has them, for a large misfit too", () => {
  const cases = [
    [50, 30, 4.368914053791984, 43.50823639565277],
    [5000, 100, 4672.248184647212, 5135.174272456252],
    [20000, 400, 19140.802617998805, 20066.619925313975],
  ];
  for (const [x, df, low, high] of cases) {
    expect(noncentrality(x, df, 0.95) / low).toBeCloseTo(1, 8);
    expect(noncentrality(x, df, 0.05) / high).toBeCloseTo(1, 8);
  }
  expect(noncentrality(3, 30, 0.95)).toBe(0);
});
