import type { ItemObjective } from "./likelihood.ts";
import type { ResponseModel } from "./models.ts";
import type { Nodes } from "./nodes.ts";

/** Least probability whose logarithm is taken. */
const least = 1e-300;
const logLeast = -690;
/** Logits up to which exponentials are multiplied instead of computed anew. */
const farthest = 300;

/**
 * {@link ItemObjective} of the ordered families in closed form, with z = a·θ of each node and n its expected responses.
 *
 * Partial credit (Muraki 1992, eq. 17–21): ∂/∂z = Σ_k r_k (k − k̄), ∂/∂d_m = r_m − n p_m; the information is n times the
 * covariance of (k, 1[k = 1], …, 1[k = K − 1]) under p.
 *
 * Graded response (Samejima 1969; Baker & Kim 2004, ch. 8), g_k the density at threshold k and δ_k = g_k − g_{k+1}:
 * ∂/∂z = Σ_k r_k δ_k / p_k, ∂/∂d_k = g_k (r_k / p_k − r_{k−1} / p_{k−1}); the information of thresholds is tridiagonal.
 */
export function orderedObjective(model: ResponseModel, nodes: Nodes, counts: Float64Array): ItemObjective {
  const { size, categories, dims, family } = model;
  const { theta, count } = nodes;
  const gradient = new Float64Array(size);
  const information = new Float64Array(size * size);
  const steps = categories - 1;
  const p = new Float64Array(categories);
  const r = new Float64Array(categories);
  const density = new Float64Array(categories + 1);
  /** Of one node: ∂/∂z and ∂/∂d, information of z with itself, with d, and of d (lower triangle). */
  const pull = new Float64Array(steps + 1);
  const own = new Float64Array((steps + 1) ** 2);
  const width = steps + 1;

  /** exp(d_k), or exp(−d_k) of graded thresholds: one exponential a node instead of one a category. */
  const factor = new Float64Array(categories).fill(1);
  let moderate = true;

  const partialCredit = (z: number, x: Float64Array, d: number, n: number, derivatives: boolean): number => {
    let sum = 1;
    let value = 0;
    p[0] = 1;
    if (Math.abs(z) * steps < farthest && moderate) {
      const once = Math.exp(z);
      for (let k = 1, power = once; k < categories; k++, power *= once) {
        p[k] = factor[k] * power;
        sum += p[k];
        value += r[k] * (k * z + x[d + k - 1]);
      }
      value -= n * Math.log(sum);
    } else {
      let largest = 0;
      for (let k = 1; k < categories; k++) largest = Math.max(largest, k * z + x[d + k - 1]);
      sum = 0;
      for (let k = 0; k < categories; k++) {
        const log = k * z + (k > 0 ? x[d + k - 1] : 0) - largest;
        p[k] = Math.exp(log);
        sum += p[k];
        value += r[k] * log;
      }
      value -= n * Math.log(sum);
    }
    if (!derivatives) return value;
    const inverse = 1 / sum;
    let mean = 0;
    let square = 0;
    let scored = 0;
    for (let k = 0; k < categories; k++) {
      p[k] *= inverse;
      mean += k * p[k];
      square += k * k * p[k];
      scored += k * r[k];
    }
    pull[0] = scored - n * mean;
    own[0] = n * (square - mean * mean);
    for (let k = 1; k < categories; k++) {
      const np = n * p[k];
      pull[k] = r[k] - np;
      own[k * width] = np * (k - mean);
      for (let l = 1; l < k; l++) own[k * width + l] = -np * p[l];
      own[k * width + k] = np - np * p[k];
    }
    return value;
  };

  const graded = (z: number, x: Float64Array, d: number, n: number, derivatives: boolean): number => {
    let value = 0;
    let atLeast = 1;
    const near = Math.abs(z) < farthest;
    const once = Math.exp(-z);
    for (let k = 0; k < categories; k++) {
      let next = 0;
      if (k < steps) {
        const small = near ? once * factor[k + 1] : Math.exp(-z - x[d + k]);
        next = 1 / (1 + small);
        density[k + 1] = next * (1 - next);
      }
      const share = atLeast - next;
      p[k] = share;
      if (r[k] > 0)
        value += share > least ? r[k] * Math.log(share) : share >= 0 ? r[k] * logLeast : -Infinity;
      atLeast = next;
    }
    if (!derivatives) return value;
    for (let k = 0; k <= steps; k++) {
      pull[k] = 0;
      own[k * width] = 0;
      own[k * width + k] = 0;
    }
    for (let k = 0; k < categories; k++) {
      const inverse = 1 / Math.max(p[k], least);
      const low = density[k];
      const high = density[k + 1];
      const change = low - high;
      const share = r[k] * inverse;
      const weight = n * inverse;
      pull[0] += share * change;
      own[0] += weight * change * change;
      if (k > 0) {
        pull[k] += share * low;
        own[k * width] += weight * change * low;
        own[k * width + k] += weight * low * low;
      }
      if (k < steps) {
        pull[k + 1] -= share * high;
        own[(k + 1) * width] -= weight * change * high;
        own[(k + 1) * width + k + 1] += weight * high * high;
        if (k > 0) own[(k + 1) * width + k] = -weight * low * high;
      }
    }
    return value;
  };

  const node = family === "gpcm" ? partialCredit : graded;
  return {
    gradient,
    information,
    value(x, offset, row, derivatives) {
      if (derivatives) {
        gradient.fill(0);
        information.fill(0);
      }
      moderate = true;
      for (let k = 1; k < categories; k++) {
        const intercept = x[offset + dims + k - 1];
        factor[k] = Math.exp(family === "gpcm" ? intercept : -intercept);
        if (Math.abs(intercept) > farthest) moderate = false;
      }
      let sum = 0;
      for (let q = 0; q < count; q++) {
        let n = 0;
        for (let k = 0; k < categories; k++) {
          r[k] = counts[(row + k) * count + q];
          n += r[k];
        }
        if (n < 1e-9) continue;
        let z = 0;
        for (let j = 0; j < dims; j++) z += x[offset + j] * theta[q * dims + j];
        sum += node(z, x, offset + dims, n, derivatives);
        if (!derivatives) continue;
        for (let j = 0; j < dims; j++) {
          const along = theta[q * dims + j];
          gradient[j] += along * pull[0];
          for (let l = 0; l <= j; l++) information[j * size + l] += along * theta[q * dims + l] * own[0];
          for (let k = 1; k <= steps; k++) information[(dims + k - 1) * size + j] += along * own[k * width];
        }
        for (let k = 1; k <= steps; k++) {
          gradient[dims + k - 1] += pull[k];
          for (let l = 1; l <= k; l++)
            information[(dims + k - 1) * size + dims + l - 1] += own[k * width + l];
        }
      }
      if (derivatives)
        for (let j = 0; j < size; j++)
          for (let l = 0; l < j; l++) information[l * size + j] = information[j * size + l];
      return sum;
    },
  };
}
