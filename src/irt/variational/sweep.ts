import { type GaussianPrior, type Gaussians, invertInPlace, packedSize, secondMoments } from "./gaussian.ts";

/** The responses as one side sees them: row by row, n trials (0 where missing) with n · score successes. */
export interface Cells {
  readonly rows: number;
  readonly columns: number;
  readonly trials: Float32Array;
  readonly successes: Float32Array;
}

/**
 * How the expected log-likelihood of a response is bounded. "polya-gamma": Jaakkola & Jordan (2000) bound, the
 * Pólya-Gamma augmentation of Polson, Scott & Windle (2013), closed form and monotone. "gaussian": the expectation itself
 * under the Gaussian posterior of the logit (Opper & Archambeau 2009) by quadrature: tighter, so that slopes
 * shrink less and posterior variances are closer to the truth.
 */
export type Expectation = "polya-gamma" | "gaussian";

/** 7-point Gauss–Hermite rule for the standard normal: the positive nodes and their weights, then weight of 0. */
const nodes = [1.1544053947399682, 2.3667594107345415, 3.7504397177257425];
const weights = [0.2401231786050126, 0.0307571239675865, 0.0005482688559722184];
const centre = 0.45714285714285713;

/**
 * Updates the posterior of every row of `target` given those of the columns, in place, and returns the expected
 * log-likelihood before the update and the sum of log |covariance| after it. `fixed` rows keep their last
 * coordinate at 1 (subjects); `step` < 1 damps the move of the means.
 */
export function sweep(
  cells: Cells,
  target: Gaussians,
  source: Gaussians,
  prior: GaussianPrior,
  fixed: boolean,
  expectation: Expectation,
): { expectedLogLikelihood: number; logDeterminant: number } {
  const { size } = target;
  const packed = packedSize(size);
  const free = fixed ? size - 1 : size;
  const table = secondMoments(source);
  const own = secondMoments(target);
  const gram = new Float64Array(packed);
  const linear = new Float64Array(size);
  const matrix = new Float64Array(free * free);
  const right = new Float64Array(free);
  const from = source.mean;
  const tight = expectation === "gaussian";
  let expectedLogLikelihood = 0;
  let logDeterminant = 0;
  for (let r = 0; r < cells.rows; r++) {
    gram.fill(0);
    linear.fill(0);
    const meanAt = r * size;
    const ownAt = r * packed;
    for (let c = 0, at = r * cells.columns; c < cells.columns; c++, at++) {
      const n = cells.trials[at];
      if (n === 0) continue;
      let second = 0;
      const tableAt = c * packed;
      for (let p = 0; p < packed; p++) second += own[ownAt + p] * table[tableAt + p];
      let mean = 0;
      const sourceAt = c * size;
      for (let k = 0; k < size; k++) mean += target.mean[meanAt + k] * from[sourceAt + k];
      const y = cells.successes[at];
      let weight: number;
      let pull: number;
      if (tight) {
        const deviation = Math.sqrt(Math.max(0, second - mean * mean));
        const e = Math.exp(-Math.abs(mean));
        // Everything for |mean|: logistic and its derivative are symmetric about 0.
        let p = 1 / (1 + e);
        let value = centre * p;
        let slope = centre * p * (1 - p);
        let log = centre * Math.log1p(e);
        for (let q = 0; q < 3; q++) {
          const shift = Math.exp(nodes[q] * deviation);
          p = 1 / (1 + e * shift);
          const other = 1 / (1 + e / shift);
          value += weights[q] * (p + other);
          slope += weights[q] * (p * (1 - p) + other * (1 - other));
          // log(1 + e·s)(1 + e/s) = log(1 + e·(s + 1/s) + e²)
          log += weights[q] * Math.log1p(e * (shift + 1 / shift) + e * e);
        }
        const probability = mean >= 0 ? value : 1 - value;
        weight = n * slope;
        pull = y - n * probability + weight * mean;
        expectedLogLikelihood += y * mean - n * (log + Math.max(0, mean));
      } else {
        const xi = Math.sqrt(second);
        weight = n * (xi < 1e-3 ? 0.25 : Math.tanh(xi / 2) / (2 * xi));
        pull = y - n / 2;
        expectedLogLikelihood += pull * mean - n * (xi / 2 + Math.log1p(Math.exp(-xi)));
      }
      for (let p = 0; p < packed; p++) gram[p] += weight * table[tableAt + p];
      for (let k = 0; k < size; k++) linear[k] += pull * from[sourceAt + k];
    }
    for (let i = 0, p = 0; i < free; i++, p++) {
      let sum = linear[i];
      for (let k = 0; k < free; k++) sum += prior.precision[i * size + k] * prior.mean[k];
      right[i] = sum;
      for (let j = 0; j < i; j++, p++) {
        const entry = gram[p] / Math.SQRT2 + prior.precision[i * size + j];
        matrix[i * free + j] = entry;
        matrix[j * free + i] = entry;
      }
      matrix[i * free + i] = gram[p] + prior.precision[i * size + i];
    }
    if (fixed) for (let j = 0; j < free; j++) right[j] -= gram[packed - size + j] / Math.SQRT2;
    logDeterminant -= invertInPlace(matrix, free);
    for (let i = 0; i < free; i++) {
      let sum = 0;
      for (let k = 0; k < free; k++) {
        target.covariance[(meanAt + i) * size + k] = matrix[i * free + k];
        sum += matrix[i * free + k] * right[k];
      }
      target.mean[meanAt + i] = sum;
    }
  }
  return { expectedLogLikelihood, logDeterminant };
}
