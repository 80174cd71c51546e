import { expect, test } from "vitest";
import { lsat } from "../../../test/lsat.ts";
import { testOnRealData } from "../../../test/shared.ts";
import { permutation, seededRandom } from "../../numerics/index.ts";
import { type ResponseMatrix, selectItems, selectSubjects } from "../../responses/index.ts";
import type { ModelFamily } from "../parameters.ts";
import { simulate, simulateItems } from "../simulate.ts";
import { calibrateMml, type MmlCalibration, scoreEap } from "./index.ts";

const near = (found: ArrayLike<number>, wanted: readonly number[], tolerance: number) => {
  expect(found.length).toBe(wanted.length);
  wanted.forEach((value, k) => {
    expect(Math.abs(found[k] - value), `entry ${k}: ${found[k]}, wanted ${value}`).toBeLessThan(tolerance);
  });
};

testOnRealData("LSAT7, 2PL: likelihood, parameters, standard errors and EAP scores of the literature", () => {
  const matrix = lsat(7);
  const fit = calibrateMml(matrix);
  near([fit.logLikelihood], [-2658.805114], 1e-4);
  near(fit.items.discrimination, [0.98755, 1.08084, 1.70748, 0.76499, 0.73567], 1e-3);
  near(fit.items.intercept, [1.85586, 0.80797, 1.80521, 0.486, 1.85446], 1e-3);
  near(fit.standardErrors.discrimination, [0.1772, 0.1688, 0.3211, 0.1341, 0.1511], 1e-3);
  near(fit.standardErrors.intercept, [0.1315, 0.0912, 0.2048, 0.0749, 0.1144], 1e-3);
  const { ability, covariance } = fit.abilities;
  near([ability[0], ability[999]], [-1.8698, 0.7272], 1e-3);
  near([Math.sqrt(covariance[0]), Math.sqrt(covariance[999])], [0.6927, 0.8009], 1e-3);
  near(scoreEap(matrix, fit.items).ability, Array.from(ability), 1e-9);
});

testOnRealData("LSAT7 with equal slopes", () => {
  const fit = calibrateMml(lsat(7), { family: "1pl" });
  near([fit.logLikelihood], [-2664.900891], 1e-4);
  near(fit.items.discrimination, Array(5).fill(1.01127), 1e-3);
  near(fit.items.intercept, [1.868, 0.7909, 1.4608, 0.5214, 1.9927], 1e-3);
  expect(fit.parameterCount).toBe(6);
});

testOnRealData("LSAT6: 2PL and Rasch", () => {
  const fit = calibrateMml(lsat(6));
  near([fit.logLikelihood], [-2466.653378], 1e-4);
  near(fit.items.discrimination, [0.82566, 0.72274, 0.89088, 0.68837, 0.65686], 1e-3);
  near(fit.items.intercept, [2.77323, 0.9902, 0.24915, 1.28476, 2.05327], 1e-3);
  const rasch = calibrateMml(lsat(6), { family: "rasch" });
  near([rasch.logLikelihood], [-2466.9376], 1e-4);
  near(rasch.latent.covariance, [0.57], 1e-3);
  near(rasch.items.intercept, [2.73, 0.999, 0.24, 1.306, 2.099], 1e-3);
  near(rasch.items.discrimination, Array(5).fill(1), 1e-12);
});

testOnRealData("LSAT7, two factors: the likelihood, and axes identified by the rule", () => {
  const fit = calibrateMml(lsat(7), { dims: 2, tolerance: 2e-3, standardErrors: "none" });
  near([fit.logLikelihood], [-2653.52], 1e-2);
  expect(fit.parameterCount).toBe(14);
  const a = fit.items.discrimination;
  let cross = 0;
  for (let i = 0; i < 5; i++) cross += a[2 * i] * a[2 * i + 1];
  near([cross], [0], 1e-9);
});

test("another order of subjects or items gives the same bank", () => {
  const { matrix } = simulate(simulateItems("2pl", { items: 12, seed: 3 }), {
    subjects: 400,
    seed: 4,
    missing: 0.2,
  });
  const rows = permutation(400, seededRandom(1));
  const columns = permutation(12, seededRandom(2));
  const one = calibrateMml(matrix);
  const other = calibrateMml(selectItems(selectSubjects(matrix, rows), columns));
  near(
    other.items.discrimination,
    Array.from(columns, (i) => one.items.discrimination[i]),
    1e-6,
  );
  near(
    other.abilities.ability,
    Array.from(rows, (s) => one.abilities.ability[s]),
    1e-6,
  );
});

const table = (rows: readonly (readonly number[])[]): ResponseMatrix => ({
  subjects: rows.map((_, s) => `s${s}`),
  items: rows[0].map((_, i) => `i${i}`),
  scores: Float64Array.from(rows.flat(), (v) => Math.max(v, 0)),
  observed: Uint8Array.from(rows.flat(), (v) => (v < 0 ? 0 : 1)),
});

const everythingFinite = (fit: MmlCalibration) => {
  const { items, standardErrors, abilities } = fit;
  for (const numbers of [
    items.discrimination,
    items.intercept,
    items.guessing ?? [],
    items.upper ?? [],
    abilities.ability,
    abilities.covariance,
    [fit.logLikelihood],
  ])
    for (const v of numbers) expect(Number.isFinite(v)).toBe(true);
  for (const v of [...standardErrors.discrimination, ...standardErrors.intercept])
    expect(Number.isNaN(v)).toBe(false);
};

const families: ModelFamily[] = ["rasch", "1pl", "2pl", "3pl", "4pl", "graded", "gpcm"];
const awkward: Record<string, ResponseMatrix> = {
  "one subject": table([[1, 0, 1, 1]]),
  "one item": table([[1], [0], [1]]),
  "one cell": table([[1]]),
  "constant columns": table([
    [1, 0, 1],
    [1, 0, 0],
    [1, 0, 1],
  ]),
  "separable (Guttman)": table(
    Array.from({ length: 300 }, (_, s) => Array.from({ length: 6 }, (_, i) => (s % 7 > i ? 1 : 0))),
  ),
  "an item nobody answered, a subject without answers": table([
    [1, 0, -1],
    [0, 1, -1],
    [-1, -1, -1],
  ]),
};

test.each(Object.keys(awkward).flatMap((name) => families.map((family) => [name, family] as const)))(
  "%s, %s: finite, and says what to doubt",
  (name, family) => {
    const fit = calibrateMml(awkward[name], { family });
    everythingFinite(fit);
    // The slopes of the 4PL have a prior from the start: nothing runs away that could be told.
    if (family !== "4pl" || name !== "separable (Guttman)") expect(fit.warnings.length).toBeGreaterThan(0);
  },
);

test("a constant column is kept: easy where all were right, with the uncertainty of its prior", () => {
  const { matrix } = simulate(simulateItems("2pl", { items: 10, seed: 5 }), { subjects: 300, seed: 6 });
  const scores = matrix.scores.map((v, cell) => (cell % 10 === 4 ? 1 : v));
  const fit = calibrateMml({ ...matrix, scores });
  expect(Array.from(fit.regularised)).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 0, 0]);
  expect(fit.items.intercept[4]).toBeGreaterThan(4);
  expect(fit.standardErrors.discrimination[4]).toBeGreaterThan(0.5);
});

test("k of n is the same as n answers", () => {
  const items = simulateItems("2pl", { items: 6, seed: 7 });
  const { matrix } = simulate(items, { subjects: 300, seed: 8, trials: 4 });
  const repeat = (values: Float64Array) => Float64Array.from({ length: 24 }, (_, i) => values[i >> 2]);
  const answers = scoreEap(
    {
      subjects: matrix.subjects,
      items: Array.from({ length: 24 }, (_, i) => `answer ${i % 4} to ${i >> 2}`),
      scores: Float64Array.from({ length: 300 * 24 }, (_, c) => (matrix.scores[c >> 2] * 4 > c % 4 ? 1 : 0)),
      observed: new Uint8Array(300 * 24).fill(1),
    },
    { ...items, discrimination: repeat(items.discrimination), intercept: repeat(items.intercept) },
  );
  near(scoreEap(matrix, items).ability, Array.from(answers.ability), 1e-9);
  const fit = calibrateMml(matrix);
  items.discrimination.forEach((a, i) => {
    near([fit.items.discrimination[i]], [a], 4 * fit.standardErrors.discrimination[i]);
  });
});

test("scores outside the range are refused, with their place", () => {
  expect(() => calibrateMml(table([[1, 3]]))).toThrow(/subject s0, item i1.*found 3/s);
  expect(() => calibrateMml(table([[1, 0.5]]), { family: "graded" })).toThrow(/whole number/);
});

test("fixed items keep their parameters, and the population is estimated on their scale", () => {
  const items = simulateItems("2pl", { items: 20, seed: 9 });
  const latent = { mean: Float64Array.of(0.8), covariance: Float64Array.of(0.49) };
  const { matrix } = simulate(items, { subjects: 2000, seed: 10, latent });
  const old = Array.from({ length: 12 }, (_, i) => i);
  const fit = calibrateMml(matrix, {
    fixed: {
      items: old,
      parameters: {
        family: "2pl",
        dims: 1,
        discrimination: items.discrimination.slice(0, 12),
        intercept: items.intercept.slice(0, 12),
      },
    },
  });
  expect(Array.from(fit.items.discrimination.slice(0, 12))).toEqual(
    Array.from(items.discrimination.slice(0, 12)),
  );
  near(fit.latent.mean, [0.8], 0.06);
  near(fit.latent.covariance, [0.49], 0.07);
  for (let i = 12; i < 20; i++)
    near([fit.items.intercept[i]], [items.intercept[i]], 4 * fit.standardErrors.intercept[i]);
});

test("two dimensions: standard errors item by item are those of the whole information, the axes' error included", () => {
  const items = simulateItems("2pl", { items: 16, seed: 3, dims: 2 });
  const { matrix } = simulate(items, { subjects: 300, seed: 5 });
  const found = (standardErrors: "full" | "blocks") =>
    calibrateMml(matrix, { dims: 2, standardErrors, tolerance: 1e-3, quadrature: "coarse" }).standardErrors;
  const [full, blocks] = [found("full"), found("blocks")];
  const ratio = (j: number) =>
    full.discrimination.reduce(
      (sum, se, e) => sum + (e % 2 === j ? Math.log(blocks.discrimination[e] / se) / 16 : 0),
      0,
    );
  near([ratio(0), ratio(1)], [0, 0], 0.2);
});
