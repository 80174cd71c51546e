import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { shared, testOnRealData } from "../../../test/shared.ts";
import { logistic, seededNormal, seededRandom } from "../../numerics/index.ts";
import { emptyMatrix, type ResponseMatrix } from "../../responses/index.ts";
import { simulate, simulateItems } from "../simulate.ts";
import { calibrateVariational, type VariationalCalibration } from "./index.ts";

function draw(subjects: number, items: number, dims: number, seed: number, missing = 0) {
  const random = seededRandom(seed);
  const normal = seededNormal(random);
  const names = (n: number, letter: string) => Array.from({ length: n }, (_, j) => `${letter}${j}`);
  const matrix = emptyMatrix(names(subjects, "s"), names(items, "i"));
  const ability = Float64Array.from({ length: subjects * dims }, normal);
  const slopes = Float64Array.from({ length: items * dims }, (_, j) =>
    j % dims === 0 ? 1.2 + 0.3 * normal() : 0.8 * normal(),
  );
  // Every axis at right angles to those before it, so that the truth is on its principal axes.
  for (let k = 1; k < dims; k++)
    for (let l = 0; l < k; l++) {
      let [along, square] = [0, 0];
      for (let i = 0; i < items; i++) {
        along += slopes[i * dims + k] * slopes[i * dims + l];
        square += slopes[i * dims + l] ** 2;
      }
      for (let i = 0; i < items; i++) slopes[i * dims + k] -= (along / square) * slopes[i * dims + l];
    }
  const intercept = Float64Array.from({ length: items }, normal);
  for (let s = 0, at = 0; s < subjects; s++)
    for (let i = 0; i < items; i++, at++) {
      let z = intercept[i];
      for (let k = 0; k < dims; k++) z += slopes[i * dims + k] * ability[s * dims + k];
      if (random() < missing) continue;
      matrix.observed[at] = 1;
      matrix.scores[at] = random() < logistic(z) ? 1 : 0;
    }
  return { matrix, ability, slopes, intercept };
}

function correlation(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const n = x.length;
  const centred = (v: ArrayLike<number>) => {
    const mean = Array.from(v).reduce((a, b) => a + b, 0) / n;
    return Array.from(v, (u) => u - mean);
  };
  const a = centred(x);
  const b = centred(y);
  const dot = (u: number[], v: number[]) => u.reduce((sum, w, j) => sum + w * v[j], 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

test("recovers the parameters of a simulated 2PL without shrinking the slopes", () => {
  const { matrix, ability, slopes, intercept } = draw(1000, 40, 1, 1, 0.1);
  const { items, abilities, converged } = calibrateVariational(matrix);
  expect(converged).toBe(true);
  expect(correlation(items.intercept, intercept)).toBeGreaterThan(0.99);
  expect(correlation(abilities.ability, ability)).toBeGreaterThan(0.93);
  // The scale is that of the abilities drawn, whose standard deviation is 1 only in the long run.
  const centre = ability.reduce((a, b) => a + b, 0) / ability.length;
  const spread = Math.sqrt(ability.reduce((a, b) => a + (b - centre) ** 2, 0) / ability.length);
  const ratio = items.discrimination.reduce((a, b) => a + b, 0) / slopes.reduce((a, b) => a + b, 0) / spread;
  expect(Math.abs(ratio - 1)).toBeLessThan(0.05);
});

test.each([
  [60, 1],
  [60, 2],
  [12, 12],
])("rows and columns in any order give the same bits: %i subjects, dimensions: %i", (subjects, dims) => {
  const { matrix } = draw(subjects, 40, 2, 2, 0.1);
  const turned: ResponseMatrix = {
    subjects: matrix.subjects.toReversed(),
    items: matrix.items.toReversed(),
    scores: matrix.scores.toReversed(),
    observed: matrix.observed.toReversed(),
  };
  /** How many numbers differ between rows and the same rows turned round. */
  const differences = (a: Float64Array, b: Float64Array, rows: number): number => {
    const width = a.length / rows;
    let count = 0;
    for (let r = 0; r < rows; r++)
      for (let k = 0; k < width; k++) count += Number(a[r * width + k] !== b[(rows - 1 - r) * width + k]);
    return count;
  };
  const [first, second, again] = [matrix, turned, matrix].map((m) => calibrateVariational(m, { dims }));
  expect(second.logLikelihood).toBe(first.logLikelihood);
  expect(again.logLikelihood).toBe(first.logLikelihood);
  expect(differences(first.items.discrimination, second.items.discrimination, 40)).toBe(0);
  expect(differences(first.items.intercept, second.items.intercept, 40)).toBe(0);
  expect(differences(first.itemCovariance, second.itemCovariance, 40)).toBe(0);
  expect(differences(first.abilities.ability, second.abilities.ability, subjects)).toBe(0);
});

test("k of n trials count as n answers", () => {
  const { matrix } = draw(30, 20, 1, 3);
  const scores = matrix.scores.map((_, at) => (at % 5) / 4);
  const options = { dims: 1, priors: { learned: "none" } } as const;
  const counted = calibrateVariational({ ...matrix, scores, trials: new Float64Array(600).fill(4) }, options);
  const single = calibrateVariational({ ...matrix, scores }, options);
  const spread = ({ itemCovariance }: VariationalCalibration) =>
    itemCovariance.reduce((sum, v, at) => sum + (at % 4 === 3 ? v : 0), 0);
  expect(spread(counted)).toBeLessThan(0.75 * spread(single));
  expect(counted.logLikelihood).toBeLessThan(3 * single.logLikelihood);
});

test("constant columns, one subject and one item stay finite", () => {
  for (const [subjects, items] of [
    [1, 5],
    [5, 1],
    [1, 1],
    [6, 4],
  ]) {
    const matrix = emptyMatrix(
      Array.from({ length: subjects }, (_, s) => `s${s}`),
      Array.from({ length: items }, (_, i) => `i${i}`),
    );
    matrix.observed.fill(1);
    matrix.scores.fill(1);
    for (const dims of [1, 2, 7]) {
      const result = calibrateVariational(matrix, { dims });
      expect(
        [...result.items.discrimination, ...result.abilities.ability, result.logLikelihood].every(
          Number.isFinite,
        ),
      ).toBe(true);
    }
  }
});

test("wrong input is refused", () => {
  const { matrix } = draw(3, 3, 1, 4);
  expect(() => calibrateVariational(matrix, { dims: 2.5 })).toThrow("positive integer");
  expect(() => calibrateVariational({ ...matrix, scores: matrix.scores.map(() => 2) })).toThrow(
    "outside the model's range",
  );
});

testOnRealData("MMLU in 50 dimensions fits the training responses better than py-irt", () => {
  const entries: { scores: Record<string, number> }[] = JSON.parse(
    readFileSync(shared("data/routerdc/mmlu_train.json"), "utf8"),
  );
  const models = Object.keys(entries[0].scores);
  const matrix = emptyMatrix(
    models,
    entries.map((_, i) => `q${i}`),
  );
  matrix.observed.fill(1);
  entries.forEach(({ scores }, i) => {
    models.forEach((model, s) => {
      matrix.scores[s * entries.length + i] = scores[model] !== 0 ? 1 : 0;
    });
  });
  const first = calibrateVariational(matrix, { dims: 50 });
  expect(first.items.discrimination.length).toBe(2000 * 50);
  expect(first.logLikelihood).toBeGreaterThan(-7.4858);
  const other = calibrateVariational(matrix, { dims: 50, seed: 2 });
  expect(other.logLikelihood).toBeCloseTo(first.logLikelihood, 6);
});

/** Share of 95 % intervals that cover the truth, whose axes are principal ones, over repeated simulations. */
function coverage(subjects: number, items: number, dims: number, repeats: number) {
  const inside = { slope: 0, intercept: 0, ability: 0 };
  const size = dims + 1;
  const covers = (estimate: number, truth: number, variance: number) =>
    Number(Math.abs(estimate - truth) < 1.96 * Math.sqrt(variance));
  for (let repeat = 0; repeat < repeats; repeat++) {
    const { matrix, ability, slopes, intercept } = draw(subjects, items, dims, 500 + repeat);
    const result = calibrateVariational(matrix, { dims });
    for (let k = 0; k < dims; k++) {
      // The sign of an axis is a convention that noise decides where its slopes sum to about 0.
      let along = 0;
      for (let i = 0; i < items; i++)
        along += result.items.discrimination[i * dims + k] * slopes[i * dims + k];
      const sign = Math.sign(along);
      for (let i = 0, at = k; i < items; i++, at += dims)
        inside.slope += covers(
          sign * result.items.discrimination[at],
          slopes[at],
          result.itemCovariance[(i * size + k) * size + k],
        );
      for (let s = 0, at = k; s < subjects; s++, at += dims)
        inside.ability += covers(
          sign * result.abilities.ability[at],
          ability[at],
          result.abilities.covariance[at * dims + k],
        );
    }
    for (let i = 0; i < items; i++)
      inside.intercept += covers(
        result.items.intercept[i],
        intercept[i],
        result.itemCovariance[(i + 1) * size * size - 1],
      );
  }
  return [
    inside.slope / (repeats * items * dims),
    inside.intercept / (repeats * items),
    inside.ability / (repeats * subjects * dims),
  ];
}

test.each([
  // 95.8 to 96.0 % over 80 repeats; the Monte Carlo error of 25 is about .8 %.
  { subjects: 300, items: 25, dims: 1, repeats: 25, least: 0.93, most: 0.98 },
  { subjects: 300, items: 30, dims: 2, repeats: 10, least: 0.92, most: 0.98 },
  // Errors of one repeat go together, those of twelve abilities most: chance alone moves their share by one or two per cent.
  { subjects: 12, items: 200, dims: 1, repeats: 40, least: 0.92, most: 0.985 },
  { subjects: 12, items: 200, dims: 2, repeats: 30, least: 0.92, most: 0.985 },
])(
  "95 % intervals cover the truth: $subjects subjects, $items items, dimensions: $dims",
  ({ subjects, items, dims, repeats, least, most }) => {
    for (const share of coverage(subjects, items, dims, repeats)) {
      expect(share).toBeGreaterThan(least);
      expect(share).toBeLessThan(most);
    }
  },
);

test("new items join known ones on their scale, which stay as they are", () => {
  const { matrix, slopes, intercept } = draw(400, 30, 1, 9);
  const known = Array.from({ length: 20 }, (_, i) => i);
  const parameters = {
    family: "2pl" as const,
    dims: 1,
    discrimination: slopes.slice(0, 20),
    intercept: intercept.slice(0, 20),
  };
  const grown = calibrateVariational(matrix, { fixed: { items: known, parameters } });
  expect(grown.items.discrimination.slice(0, 20)).toEqual(slopes.slice(0, 20));
  expect(grown.itemCovariance[0]).toBe(0);
  const gaps = known.slice(0, 10).map((j) => {
    const i = 20 + j;
    return (grown.items.intercept[i] - intercept[i]) / Math.sqrt(grown.itemCovariance[4 * i + 3]);
  });
  expect(Math.max(...gaps.map(Math.abs))).toBeLessThan(4);
  expect(correlation(grown.items.discrimination.slice(20), slopes.slice(20))).toBeGreaterThan(0.8);
});

test("abler subjects than the known items' keep their distance: their mean and variance are estimated", () => {
  const truth = simulateItems("2pl", { items: 40, seed: 3 });
  const latent = { mean: Float64Array.of(1), covariance: Float64Array.of(0.5) };
  const { matrix } = simulate(truth, { subjects: 300, latent, seed: 4 });
  const items = Array.from({ length: 20 }, (_, i) => i);
  const parameters = {
    family: "2pl" as const,
    dims: 1,
    discrimination: truth.discrimination.slice(0, 20),
    intercept: truth.intercept.slice(0, 20),
  };
  const found = calibrateVariational(matrix, { fixed: { items, parameters } }).latent;
  expect(Math.abs(found.mean[0] - 1)).toBeLessThan(0.15);
  expect(Math.abs(found.covariance[0] - 0.5)).toBeLessThan(0.15);
});

test("identical subjects in two dimensions end in finite numbers: a bound that falls is left for one that cannot", () => {
  const random = seededRandom(1);
  const row = Float64Array.from({ length: 60 }, () => (random() < 0.5 ? 1 : 0));
  const matrix = {
    subjects: ["a", "b", "c"],
    items: Array.from(row, (_, i) => `q${i}`),
    scores: Float64Array.from([...row, ...row, ...row]),
    observed: new Uint8Array(180).fill(1),
  };
  const { elbo, items, itemCovariance, abilities } = calibrateVariational(matrix, { dims: 2 });
  for (const values of [[elbo], items.discrimination, items.intercept, itemCovariance, abilities.covariance])
    for (const value of values) expect(Number.isFinite(value)).toBe(true);
  expect(Array.from(items.intercept, (d) => (d > 0 ? 1 : 0))).toEqual([...row]);
});

test.each([1, 2])(
  "long tests of few subjects: the first ability is as uncertain as so few leave their own scale, dimensions: %i",
  (dims) => {
    const subjects = 15;
    let [added, expected] = [0, 0];
    for (let seed = 1; seed <= 4; seed++) {
      const { matrix } = draw(subjects, 300, dims, seed);
      const [joint, given] = (["joint", "conditional"] as const).map(
        (standardErrors) => calibrateVariational(matrix, { dims, standardErrors }).abilities,
      );
      for (let s = 0; s < subjects; s++) {
        added += joint.covariance[s * dims * dims] - given.covariance[s * dims * dims];
        // Mean of S draws from N(0, 1): variance 1/S; log of their standard deviation: 1/(2S).
        expected += (1 + joint.ability[s * dims] ** 2 / 2) / subjects;
      }
    }
    expect(added / expected).toBeGreaterThan(0.9);
    // With a second axis its turn is added.
    expect(added / expected).toBeLessThan(dims === 1 ? 1.2 : 1.35);
  },
);
