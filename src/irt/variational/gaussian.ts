/**
 * Independent Gaussian posteriors of R rows (subjects or items) with K coordinates each. An item's coordinates are
 * (a, d), a subject's are (θ, 1), the last known without error, so that logit = item · subject on both sides.
 */
export interface Gaussians {
  readonly rows: number;
  readonly size: number;
  /** R × K. */
  readonly mean: Float64Array;
  /** R × K × K. */
  readonly covariance: Float64Array;
}

/** A Gaussian prior shared by all rows of one side. */
export interface GaussianPrior {
  /** K prior means. */
  readonly mean: Float64Array;
  /** K × K prior precision (inverse covariance). */
  readonly precision: Float64Array;
}

/** R Gaussians of K coordinates, all zero. */
export function zeroGaussians(rows: number, size: number): Gaussians {
  return {
    rows,
    size,
    mean: new Float64Array(rows * size),
    covariance: new Float64Array(rows * size * size),
  };
}

/** Numbers in the packed lower triangle of a K × K matrix. */
export const packedSize = (size: number): number => (size * (size + 1)) / 2;

/**
 * Packed second moments E[x xᵀ] of every row, R × K(K+1)/2, with entries off the diagonal times √2, so that the
 * plain inner product of two packed rows is E[(x·y)²] of independent x and y.
 */
export function secondMoments({ rows, size, mean, covariance }: Gaussians): Float64Array {
  const packed = packedSize(size);
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
export function invertInPlace(a: Float64Array, n: number): number {
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
