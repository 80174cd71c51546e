import { expect, test } from "vitest";
import { logistic, seededNormal, seededRandom } from "../numerics/index.ts";
import { checkCalibration } from "./recalibrate.ts";

/** Log-likelihoods of 4,000 answers drawn with logit x, foretold with logit `told(x)`. */
function foretold(told: (x: number) => number) {
  const random = seededRandom(1);
  const normal = seededNormal(random);
  const n = 4000;
  const [scores, logLikelihoods] = [new Float64Array(n), new Float64Array(n)];
  for (let k = 0; k < n; k++) {
    const x = 1.5 * normal();
    scores[k] = random() < logistic(x) ? 1 : 0;
    const p = logistic(told(x));
    logLikelihoods[k] = Math.log(scores[k] ? p : 1 - p);
  }
  const items = Array.from({ length: n }, (_, i) => `i${i}`);
  return { logLikelihoods, matrix: { subjects: ["s"], items, scores, observed: new Uint8Array(n).fill(1) } };
}

test("probabilities that are right are left alone", () => {
  const { logLikelihoods, matrix } = foretold((x) => x);
  const check = checkCalibration(logLikelihoods, [matrix])!;
  expect(check.recalibration).toBeUndefined();
  expect(check.ece).toBeLessThan(0.03);
});

test("probabilities that are too timid and too low are mended", () => {
  const { logLikelihoods, matrix } = foretold((x) => 0.5 * x - 0.4);
  const { recalibration, ece } = checkCalibration(logLikelihoods, [matrix])!;
  // x = 2 (told + .4)
  expect(recalibration!.slope).toBeGreaterThan(1.8);
  expect(recalibration!.slope).toBeLessThan(2.2);
  expect(Math.abs(recalibration!.intercept - 0.8)).toBeLessThan(0.12);
  expect(ece).toBeGreaterThan(0.07);
});

test("scores between right and wrong are not judged this way", () => {
  const { logLikelihoods, matrix } = foretold((x) => x);
  expect(checkCalibration(logLikelihoods, [{ ...matrix, scores: matrix.scores.fill(0.5) }])).toBeUndefined();
});
