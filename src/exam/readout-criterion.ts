import type { Criterion } from "./greedy.ts";
import { probabilities } from "./pirt.ts";
import type { Pool } from "./pool.ts";
import { poolAbilities } from "./pool-abilities.ts";

/**
 * Greedy selection for the error of a read-out: under a Gaussian model of the pool's answers with noise added to each,
 * the gain of an item is how much of the scores' variance its answer explains beyond the items taken already (forward
 * selection in ridge regression, a pivoted Cholesky decomposition). Each score counts relative to its own variance.
 *
 * @param answers S × I complete answers of the pool.
 * @param targets S × K scores.
 * @param noise I variances added to the answers'.
 */
export function readOutCriterion(
  answers: Float64Array,
  targets: Float64Array,
  subjects: number,
  noise: Float64Array,
): Criterion {
  const s = subjects;
  const n = answers.length / s;
  const k = targets.length / s;
  // Single precision: half the memory to go through for each question.
  const x = Float32Array.from(centredColumns(answers, s, n));
  const t = centredColumns(targets, s, k);
  const variance = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let r = 0, p = i * s; r < s; r++, p++) sum += x[p] * x[p];
    variance[i] = sum / s + noise[i];
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

/** How much of an answer's deviation from the model counts in covariances with other answers; chosen on simulated data. */
const trust = 0.5;

/** {@link readOutCriterion} of a pool with shrunk covariances. */
export function shrunkReadOut(pool: Pool): Criterion {
  const { answers, noise } = shrunkAnswers(pool);
  return readOutCriterion(answers, pool.truth, pool.responses.subjects.length, noise);
}

/**
 * The pool's answers drawn towards their expectations under the model. A hundred questions chosen among thousands by
 * sample covariances are those whose chance correlations with the scores of these subjects are largest. So residuals'
 * covariances shrink by trust² towards those of the model, which has none, and the variances stay as they are (shrinkage
 * towards a factor model: Ledoit & Wolf 2003).
 *
 * @returns S × I answers, and I variances to add.
 */
function shrunkAnswers(pool: Pool): {
  readonly answers: Float64Array;
  readonly noise: Float64Array;
} {
  const { parameters, filled, responses } = pool;
  const { dims } = parameters;
  const s = responses.subjects.length;
  const n = responses.items.length;
  const ability = poolAbilities(
    pool,
    responses.subjects.map((_, r) => r),
  );
  const answers = new Float64Array(s * n);
  const noise = new Float64Array(n);
  for (let r = 0; r < s; r++) {
    const row = filled.subarray(r * n, (r + 1) * n);
    const expected = probabilities(parameters, ability.subarray(r * dims, (r + 1) * dims));
    for (let i = 0, p = r * n; i < n; i++, p++) {
      const residual = row[i] - expected[i];
      answers[p] = expected[i] + trust * residual;
      noise[i] += ((1 - trust ** 2) * residual * residual) / s;
    }
  }
  return { answers, noise: noise.map((v) => Math.max(v, 0.02)) };
}
