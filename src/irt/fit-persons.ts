import { cholesky, inversePositive, normalCdf, solveCholesky } from "../numerics/index.ts";
import type { ResponseMatrix } from "../responses/index.ts";
import { benjaminiHochberg } from "./fit-multiple-tests.ts";
import { type LatentNormal, standardNormal } from "./latent.ts";
import { curvePoint, modelOf, packItems } from "./models.ts";
import type { Abilities, ItemParameters } from "./parameters.ts";

export interface PersonFit {
  /** S: l_z*, about standard normal; far below zero where right and wrong answers do not follow the difficulties. */
  readonly lzStar: Float64Array;
  /** S: P(l_z* or less) under the model, adjusted over subjects (Benjamini & Hochberg). */
  readonly adjustedP: Float64Array;
}

/**
 * Person fit l_z* (Snijders 2001; Sinharay 2016 for ordered scores; in D dimensions the same projection on D scores):
 * the standardised log-likelihood of a subject's responses at the MAP ability, with mean and variance corrected for the
 * ability being estimated. An odd subject has a low value: a broken run, a benchmark seen in training, a wrong key for
 * part of the items. NaN where there is nothing to judge.
 * @param start abilities near the MAP ones (EAP, say), from which to look for those.
 */
export function personFit(
  matrix: ResponseMatrix,
  items: ItemParameters,
  latent: LatentNormal = standardNormal(items.dims),
  start?: Abilities,
): PersonFit {
  const model = modelOf(items);
  const { dims, size, categories } = model;
  const x = packItems(model, items);
  const out = curvePoint(model);
  const precision = inversePositive(latent.covariance, dims)!;
  const width = matrix.items.length;
  const lzStar = new Float64Array(matrix.subjects.length).fill(Number.NaN);

  const theta = new Float64Array(dims);
  const score = new Float64Array(dims);
  const information = new Float64Array(dims * dims);
  const shared = new Float64Array(dims);
  let surprise = 0;
  let variance = 0;
  let answered = 0;

  /** Sums over a subject's responses at θ: score and information of θ, log-likelihood less its mean, and its variance. */
  const accumulate = (s: number): void => {
    score.fill(0);
    information.fill(0);
    shared.fill(0);
    surprise = 0;
    variance = 0;
    answered = 0;
    for (let i = 0; i < width; i++) {
      const cell = s * width + i;
      if (!matrix.observed[cell]) continue;
      answered++;
      model.evaluate(x, i * size, theta, 0, out);
      const n = matrix.trials?.[cell] ?? 1;
      const found = matrix.scores[cell];
      let meanLog = 0;
      let squareLog = 0;
      let foundLog = 0;
      let slope = 0;
      let curvature = 0;
      let cross = 0;
      for (let k = 0; k < categories; k++) {
        const p = Math.max(out.p[k], 1e-300);
        const log = Math.log(p);
        const r = out.dz[k] / p;
        const share = categories > 2 ? (found === k ? 1 : 0) : k === 1 ? found : 1 - found;
        meanLog += p * log;
        squareLog += p * log * log;
        foundLog += share * log;
        slope += share * r;
        curvature += p * r * r;
        cross += p * log * r;
      }
      surprise += n * (foundLog - meanLog);
      variance += n * (squareLog - meanLog * meanLog);
      for (let j = 0; j < dims; j++) {
        const a = x[i * size + j];
        score[j] += n * slope * a;
        shared[j] += n * cross * a;
        const steep = n * curvature * a;
        for (let l = 0; l <= j; l++) information[j * dims + l] += steep * x[i * size + l];
      }
    }
  };
  /** Gradient of the log prior. */
  const pull = (): Float64Array => {
    const g = new Float64Array(dims);
    for (let j = 0; j < dims; j++)
      for (let l = 0; l < dims; l++) g[j] -= precision[j * dims + l] * (theta[l] - latent.mean[l]);
    return g;
  };

  for (let s = 0; s < matrix.subjects.length; s++) {
    theta.set(start ? start.ability.subarray(s * dims, (s + 1) * dims) : latent.mean);
    let settled = false;
    for (let iteration = 0; iteration < 50 && !settled; iteration++) {
      accumulate(s);
      const step = pull().map((v, j) => v + score[j]);
      const h = information.map((v, e) => v + precision[e]);
      if (!cholesky(h, dims)) break;
      solveCholesky(h, dims, step);
      let moved = 0;
      for (let j = 0; j < dims; j++) {
        const bounded = Math.max(-1, Math.min(1, step[j]));
        theta[j] += bounded;
        moved = Math.max(moved, Math.abs(bounded));
      }
      settled = moved < 1e-4;
    }
    accumulate(s);
    if (answered < 2) continue;
    const h = information.map((v, e) => v + (e % (dims + 1) === 0 ? 1e-10 : 0));
    if (!cholesky(h, dims)) continue;
    const c = solveCholesky(h, dims, shared.slice());
    const prior = pull();
    let mean = 0;
    let left = variance;
    for (let j = 0; j < dims; j++) {
      mean -= c[j] * prior[j];
      left -= c[j] * shared[j];
    }
    if (left > 1e-10) lzStar[s] = (surprise - mean) / Math.sqrt(left);
  }
  return { lzStar, adjustedP: benjaminiHochberg(lzStar.map((z) => (Number.isNaN(z) ? z : normalCdf(z)))) };
}
