import type { Cells, Gaussians, SweepJob } from "./logistic-sweep.ts";

/** 7-point Gauss–Hermite rule for the standard normal: the positive nodes and their weights, then weight of 0. */
const nodes = [1.1544053947399682, 2.3667594107345415, 3.7504397177257425];
const weights = [0.2401231786050126, 0.0307571239675865, 0.0005482688559722184];
const centre = 0.45714285714285713;

/** The plain twin of the WebAssembly sweeps, in float64 throughout, to compare with. */
export function sweepPlainly(sides: readonly [Cells, Cells]): (job: SweepJob) => void {
  return (job) => sweepSide(sides[job.side], job);
}

function sweepSide(cells: Cells, job: SweepJob): void {
  const { target, source, priorMean, priorPrecision, fixed, tight } = job;
  const { size } = target;
  const packed = (size * (size + 1)) / 2;
  const free = fixed ? size - 1 : size;
  const table = secondMoments(source);
  const own = secondMoments(target);
  const gram = new Float64Array(packed);
  const linear = new Float64Array(size);
  const matrix = new Float64Array(free * free);
  const right = new Float64Array(free);
  const from = source.mean;
  for (let r = 0; r < cells.rows; r++) {
    let expected = 0;
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
        expected += y * mean - n * (log + Math.max(0, mean));
      } else {
        const xi = Math.sqrt(second);
        weight = n * (xi < 1e-3 ? 0.25 : Math.tanh(xi / 2) / (2 * xi));
        pull = y - n / 2;
        expected += pull * mean - n * (xi / 2 + Math.log1p(Math.exp(-xi)));
      }
      for (let p = 0; p < packed; p++) gram[p] += weight * table[tableAt + p];
      for (let k = 0; k < size; k++) linear[k] += pull * from[sourceAt + k];
    }
    for (let i = 0, p = 0; i < free; i++, p++) {
      let sum = linear[i];
      for (let k = 0; k < free; k++) sum += priorPrecision[i * size + k] * priorMean[k];
      right[i] = sum;
      for (let j = 0; j < i; j++, p++) {
        const entry = gram[p] / Math.SQRT2 + priorPrecision[i * size + j];
        matrix[i * free + j] = entry;
        matrix[j * free + i] = entry;
      }
      matrix[i * free + i] = gram[p] + priorPrecision[i * size + i];
    }
    if (fixed) for (let j = 0; j < free; j++) right[j] -= gram[packed - size + j] / Math.SQRT2;
    job.expected[r] = expected;
    job.logDeterminants[r] = -invertInPlace(matrix, free);
    for (let i = 0; i < free; i++) {
      let sum = 0;
      for (let k = 0; k < free; k++) {
        target.covariance[(meanAt + i) * size + k] = matrix[i * free + k];
        sum += matrix[i * free + k] * right[k];
      }
      target.mean[meanAt + i] = sum;
    }
  }
}

/**
 * Packed second moments E[x xᵀ] of every row, R × K(K+1)/2, with entries off the diagonal times √2, so that the
 * plain inner product of two packed rows is E[(x·y)²] of independent x and y.
 */
function secondMoments({ rows, size, mean, covariance }: Gaussians): Float64Array {
  const packed = (size * (size + 1)) / 2;
  const out = new Float64Array(rows * packed);
  for (let r = 0, o = 0; r < rows; r++) {
    const m = r * size;
    const v = m * size;
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < i; j++)
        out[o++] = Math.SQRT2 * (mean[m + i] * mean[m + j] + covariance[v + i * size + j]);
      out[o++] = mean[m + i] * mean[m + i] + covariance[v + i * size + i];
    }
  }
  return out;
}

/**
 * Inverts the symmetric positive definite n × n matrix `a` in place through its Cholesky factor and returns the
 * logarithm of its determinant; NaN if it is not positive definite.
 */
function invertInPlace(a: Float64Array, n: number): number {
  let logDeterminant = 0;
  for (let j = 0; j < n; j++) {
    let pivot = a[j * n + j];
    for (let k = 0; k < j; k++) pivot -= a[j * n + k] * a[j * n + k];
    if (!(pivot > 0)) return Number.NaN;
    const root = Math.sqrt(pivot);
    logDeterminant += 2 * Math.log(root);
    a[j * n + j] = 1 / root;
    for (let i = j + 1; i < n; i++) {
      let sum = a[i * n + j];
      for (let k = 0; k < j; k++) sum -= a[i * n + k] * a[j * n + k];
      a[i * n + j] = sum / root;
    }
  }
  for (let j = 0; j < n; j++)
    for (let i = j + 1; i < n; i++) {
      let sum = 0;
      for (let k = j; k < i; k++) sum -= a[i * n + k] * a[k * n + j];
      a[i * n + j] = sum * a[i * n + i];
    }
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = i; k < n; k++) sum += a[k * n + i] * a[k * n + j];
      a[i * n + j] = sum;
    }
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) a[j * n + i] = a[i * n + j];
  return logDeterminant;
}
