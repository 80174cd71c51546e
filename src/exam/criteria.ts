import type { ItemParameters } from "../irt/index.ts";
import { logistic } from "../numerics/index.ts";
import type { Criterion } from "./greedy.ts";

/**
 * Greedy selection for the error of a read-out: under a Gaussian model of the pool's answers with noise added to each,
 * the gain of an item is how much of the scores' variance its answer explains beyond the items taken already (forward
 * selection in ridge regression, a pivoted Cholesky decomposition). Each score counts relative to its own variance.
 *
 * @param answers S × I complete answers of the pool.
 * @param targets S × K scores.
 * @param noise variance added to each answer; guards against chance correlations where subjects are few.
 */
export function readOutCriterion(
  answers: Float64Array,
  targets: Float64Array,
  subjects: number,
  noise = 0.1,
): Criterion {
  const s = subjects;
  const n = answers.length / s;
  const k = targets.length / s;
  const x = centredColumns(answers, s, n);
  const t = centredColumns(targets, s, k);
  const variance = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let r = 0, p = i * s; r < s; r++, p++) sum += x[p] * x[p];
    variance[i] = sum / s + noise;
  }
  const worth = new Float64Array(k);
  const covariance = new Float64Array(n * k);
  for (let c = 0; c < k; c++) {
    let sum = 0;
    for (let r = 0, q = c * s; r < s; r++, q++) sum += t[q] * t[q];
    worth[c] = sum > 0 ? s / sum : 0;
    for (let i = 0; i < n; i++) {
      let product = 0;
      for (let r = 0, p = i * s, q = c * s; r < s; r++, p++, q++) product += x[p] * t[q];
      covariance[i * k + c] = product / s;
    }
  }
  // Column j of the Cholesky factor, for all items, as each is taken.
  const factor: Float64Array[] = [];
  return {
    gains(out) {
      for (let i = 0, p = 0; i < n; i++) {
        let sum = 0;
        for (let c = 0; c < k; c++, p++) sum += worth[c] * covariance[p] * covariance[p];
        out[i] = sum / variance[i];
      }
    },
    take(chosen) {
      const column = new Float64Array(n);
      const scale = 1 / Math.sqrt(variance[chosen]);
      const own = x.subarray(chosen * s, (chosen + 1) * s);
      for (let i = 0, p = 0; i < n; i++) {
        let sum = 0;
        for (let r = 0; r < s; r++, p++) sum += x[p] * own[r];
        column[i] = sum / s;
      }
      for (const before of factor) {
        const weight = before[chosen];
        for (let i = 0; i < n; i++) column[i] -= before[i] * weight;
      }
      const taken = covariance.slice(chosen * k, (chosen + 1) * k);
      for (let i = 0; i < n; i++) {
        column[i] *= scale;
        variance[i] = Math.max(1e-9, variance[i] - column[i] ** 2);
        for (let c = 0; c < k; c++) covariance[i * k + c] -= column[i] * scale * taken[c];
      }
      factor.push(column);
    },
  };
}

/** Transposed with each column about its mean: column by column. */
function centredColumns(values: Float64Array, rows: number, columns: number): Float64Array {
  const out = new Float64Array(values.length);
  for (let j = 0; j < columns; j++) {
    let mean = 0;
    for (let r = 0; r < rows; r++) mean += values[r * columns + j] / rows;
    for (let r = 0; r < rows; r++) out[j * rows + r] = values[r * columns + j] - mean;
  }
  return out;
}

/**
 * Greedy D-optimal selection over a distribution of abilities: the gain of an item is the mean over the abilities of
 * log(1 + w · aᵀ Σ a), how much its information shrinks the log volume of the posterior covariance Σ, which starts from
 * the prior N(0, I) (Segall 1996; van der Linden 2005, chapter 8).
 *
 * @param ability M × D abilities that stand for the distribution.
 */
export function informationCriterion(items: ItemParameters, ability: Float64Array): Criterion {
  const { dims, discrimination, intercept } = items;
  const n = intercept.length;
  const m = ability.length / dims;
  const covariance = new Float64Array(m * dims * dims);
  for (let s = 0; s < m; s++) for (let j = 0; j < dims; j++) covariance[(s * dims + j) * dims + j] = 1;
  const weights = new Float64Array(m * n);
  for (let s = 0; s < m; s++)
    for (let i = 0; i < n; i++) weights[s * n + i] = informationWeight(items, i, ability, s * dims);
  const spread = (s: number, i: number, along?: Float64Array): number => {
    let sum = 0;
    for (let j = 0; j < dims; j++) {
      let row = 0;
      for (let l = 0, p = (s * dims + j) * dims; l < dims; l++, p++)
        row += covariance[p] * discrimination[i * dims + l];
      if (along) along[j] = row;
      sum += row * discrimination[i * dims + j];
    }
    return sum;
  };
  return {
    gains(out) {
      out.fill(0);
      for (let s = 0; s < m; s++)
        for (let i = 0; i < n; i++) out[i] += Math.log1p(weights[s * n + i] * spread(s, i)) / m;
    },
    take(i) {
      const along = new Float64Array(dims);
      for (let s = 0; s < m; s++) {
        const w = weights[s * n + i];
        const scale = w / (1 + w * spread(s, i, along));
        for (let j = 0; j < dims; j++)
          for (let l = 0; l < dims; l++) covariance[(s * dims + j) * dims + l] -= scale * along[j] * along[l];
      }
    },
  };
}

/** Fisher information of an item is this times a·aᵀ: P′² / (P (1 − P)) with P′ by the logit. */
export function informationWeight(
  { dims, discrimination, intercept, guessing, upper }: ItemParameters,
  i: number,
  ability: ArrayLike<number>,
  at = 0,
): number {
  let z = intercept[i];
  for (let j = 0; j < dims; j++) z += discrimination[i * dims + j] * ability[at + j];
  const core = logistic(z);
  const low = guessing?.[i] ?? 0;
  const range = (upper?.[i] ?? 1) - low;
  const right = low + range * core;
  const rise = range * core * (1 - core);
  return (rise * rise) / Math.max(1e-12, right * (1 - right));
}
