import { estimateAbility, type SubjectAbility } from "../irt/index.ts";
import { dotProducts } from "../kernels/index.ts";
import { modelScores } from "./model-scores.ts";
import { probabilities } from "./pirt.ts";
import { answersTo, type Pool } from "./pool.ts";
import { fitReadOut } from "./ridge.ts";
import { weightMatrix } from "./scenarios.ts";
import { gpIrtEstimate } from "./tinybenchmarks.ts";

/** Ways to estimate a scenario's score from some answers. */
export const methods = ["mean", "anchor", "pIRT", "gpIRT", "ridge", "kernel", "AIPW"] as const;
export type Method = (typeof methods)[number];

/** The questions of an exam, as estimators see them. */
export interface Asked {
  /** Indices of n distinct items. */
  readonly items: Uint32Array;
  /** K × n weights of the anchor estimate; absent: each item stands for those whose answers are nearest its own. */
  readonly anchorWeights?: Float64Array;
  /** K weights λ of gp-IRT; absent: 1/2. */
  readonly gpWeights?: Float64Array;
}

/** What the answers of one subject say. */
export interface Estimates {
  readonly ability: SubjectAbility;
  /** K estimates by each method. */
  readonly values: Readonly<Record<Method, Float64Array>>;
  /** K standard deviations of the score given the model and the answers: ability and unseen answers. */
  readonly spread: Float64Array;
  /** K scores if all that was not asked were wrong, and if it were right. */
  readonly lowest: Float64Array;
  readonly highest: Float64Array;
}

/**
 * Fits every method on a pool for one set of questions; the result estimates a subject from its scores on them, in the
 * order of `asked.items`.
 *
 * mean: balanced mean of the answers. anchor, pIRT, gpIRT: tinyBenchmarks, with the ability by maximum a posteriori.
 * ridge, kernel: read-out regressions from the answers to the score over the pool's subjects. AIPW: augmented inverse
 * probability weighting, the model's mean over all items corrected by the mean residual on the asked ones, each
 * residual under an ability estimated without it; unbiased for questions drawn at random, whatever the subject.
 */
export function fitEstimators(pool: Pool, asked: Asked): (scores: Float64Array) => Estimates {
  const { parameters, latent, scenarios, responses } = pool;
  const n = responses.items.length;
  const k = scenarios.length;
  const weights = weightMatrix(scenarios, n);
  const subjects = responses.subjects.length;
  const known = answersTo(pool, asked.items);
  const anchor = asked.anchorWeights ?? nearestAnswerWeights(pool, asked.items);
  const ridge = fitReadOut(known, pool.truth, subjects);
  const kernel = fitReadOut(known, pool.truth, subjects, "gaussian");
  return (scores) => {
    const ability = estimateAbility(parameters, { items: asked.items, scores }, latent);
    const p = probabilities(parameters, ability.ability);
    const values = Object.fromEntries(methods.map((name) => [name, new Float64Array(k)])) as Record<
      Method,
      Float64Array
    >;
    const { spread, lowest, highest, expected } = modelScores(pool, asked.items, scores, ability, p);
    const residuals = crossFitted(pool, asked.items, scores);
    values.ridge.set(ridge.predict(scores));
    values.kernel.set(kernel.predict(scores));
    for (let t = 0; t < k; t++) {
      let mass = 0;
      let sum = 0;
      let residual = 0;
      let model = 0;
      let stood = 0;
      let all = 0;
      asked.items.forEach((i, j) => {
        const w = weights[t * n + i];
        mass += w;
        sum += w * scores[j];
        residual += w * residuals.values[j];
        stood += anchor[t * asked.items.length + j] * scores[j];
        all += scores[j];
      });
      const { items, weights: shares } = scenarios[t];
      for (let j = 0; j < items.length; j++) model += shares[j] * residuals.mean[items[j]];
      values.mean[t] = mass > 0 ? sum / mass : all / Math.max(1, scores.length);
      values.anchor[t] = stood;
      values.pIRT[t] = expected[t];
      values.gpIRT[t] = gpIrtEstimate(asked.gpWeights?.[t] ?? 0.5, stood, expected[t]);
      values.AIPW[t] = model + (mass > 0 ? residual / mass : 0);
    }
    for (const name of methods)
      for (let t = 0; t < k; t++)
        values[name][t] = Math.min(highest[t], Math.max(lowest[t], values[name][t]));
    return { ability, values, spread, lowest, highest };
  };
}

/** K × n: every item of a scenario adds its weight to the asked item that the pool answered most alike. */
function nearestAnswerWeights(pool: Pool, asked: Uint32Array): Float64Array {
  const { responses, filled, scenarios } = pool;
  const n = responses.items.length;
  const m = asked.length;
  const s = responses.subjects.length;
  const padded = (s + 3) & ~3;
  const columns = new Float32Array(n * padded);
  for (let r = 0; r < s; r++) for (let i = 0; i < n; i++) columns[i * padded + r] = filled[r * n + i];
  const chosen = new Float32Array(m * padded);
  asked.forEach((i, j) => {
    chosen.set(columns.subarray(i * padded, (i + 1) * padded), j * padded);
  });
  const lengths = Float64Array.from({ length: m }, (_, j) => {
    let sum = 0;
    for (let r = j * padded; r < (j + 1) * padded; r++) sum += chosen[r] * chosen[r];
    return sum;
  });
  const nearest = new Uint32Array(n);
  const products = dotProducts(columns, chosen, padded);
  for (let i = 0, p = 0; i < n; i++) {
    let least = Infinity;
    for (let j = 0; j < m; j++, p++) {
      const distance = lengths[j] - 2 * products[p];
      if (distance >= least) continue;
      least = distance;
      nearest[i] = j;
    }
  }
  asked.forEach((i, j) => {
    nearest[i] = j;
  });
  const out = new Float64Array(scenarios.length * m);
  scenarios.forEach(({ items, weights }, t) => {
    items.forEach((i, j) => {
      out[t * m + nearest[i]] += weights[j];
    });
  });
  return out;
}

/** Residuals of the answers, each under an ability estimated without its fold, and the mean over folds of P(right). */
function crossFitted({ parameters, latent }: Pool, asked: Uint32Array, scores: Float64Array, folds = 5) {
  const values = new Float64Array(asked.length);
  const mean = new Float64Array(parameters.intercept.length);
  const parts = Math.max(1, Math.min(folds, asked.length));
  for (let f = 0; f < parts; f++) {
    const rest = Array.from(asked.keys()).filter((j) => parts === 1 || j % parts !== f);
    const { ability } = estimateAbility(
      parameters,
      { items: rest.map((j) => asked[j]), scores: rest.map((j) => scores[j]) },
      latent,
    );
    const p = probabilities(parameters, ability);
    for (let i = 0; i < p.length; i++) mean[i] += p[i];
    for (let j = f; j < asked.length; j += parts) values[j] = scores[j] - p[asked[j]];
  }
  for (let i = 0; i < mean.length; i++) mean[i] /= parts;
  return { values, mean };
}
