/**
 * Cholesky factor of a symmetric positive definite matrix, in place: the lower triangle of `a` (n × n, row by row,
 * only that triangle is read) becomes L with a = L·Lᵀ. Returns false when a pivot is not positive; `a` is then spoilt.
 */
export function cholesky(a: Float64Array, n: number): boolean {
  for (let j = 0; j < n; j++) {
    const rowJ = j * n;
    for (let i = 0; i < j; i++) {
      const rowI = i * n;
      a[rowJ + i] = (a[rowJ + i] - inner(a, rowJ, a, rowI, i)) / a[rowI + i];
    }
    const pivot = a[rowJ + j] - inner(a, rowJ, a, rowJ, j);
    if (!(pivot > 0)) return false;
    a[rowJ + j] = Math.sqrt(pivot);
  }
  return true;
}

/** Inner product of n elements, in four sums: one alone would wait for each addition. */
function inner(a: Float64Array, atA: number, b: Float64Array, atB: number, n: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let k = 0;
  for (; k + 4 <= n; k += 4) {
    s0 += a[atA + k] * b[atB + k];
    s1 += a[atA + k + 1] * b[atB + k + 1];
    s2 += a[atA + k + 2] * b[atB + k + 2];
    s3 += a[atA + k + 3] * b[atB + k + 3];
  }
  for (; k < n; k++) s0 += a[atA + k] * b[atB + k];
  return s0 + s1 + (s2 + s3);
}

/**
 * Solves L·y = b in place of `b` (length n, zero before index `start`), with L from {@link cholesky}: y has inner products by
 * (L·Lᵀ)⁻¹.
 */
export function solveLower(l: Float64Array, n: number, b: Float64Array, start = 0): Float64Array {
  for (let i = start; i < n; i++) b[i] = (b[i] - inner(l, i * n + start, b, start, i - start)) / l[i * n + i];
  return b;
}

/** Solves L·Lᵀ·x = b in place of `b` (length n), with L from {@link cholesky}. */
export function solveCholesky(l: Float64Array, n: number, b: Float64Array): Float64Array {
  solveLower(l, n, b);
  for (let i = n - 1; i >= 0; i--) {
    let sum = b[i];
    for (let k = i + 1; k < n; k++) sum -= l[k * n + i] * b[k];
    b[i] = sum / l[i * n + i];
  }
  return b;
}

/** L⁻¹ of a lower triangular n × n matrix. Rows are gone through in memory's order. */
export function invertLower(l: Float64Array, n: number): Float64Array {
  const inverse = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const row = inverse.subarray(i * n, (i + 1) * n);
    row[i] = 1;
    for (let k = 0; k < i; k++) {
      const factor = l[i * n + k];
      if (factor === 0) continue;
      const above = inverse.subarray(k * n, k * n + k + 1);
      for (let j = 0; j <= k; j++) row[j] -= factor * above[j];
    }
    for (let j = 0; j <= i; j++) row[j] /= l[i * n + i];
  }
  return inverse;
}

/** (L·Lᵀ)⁻¹ = L⁻ᵀ·L⁻¹, full and symmetric, n × n. Rows are gone through in memory's order: n³/3 multiply-adds. */
export function invertCholesky(l: Float64Array, n: number): Float64Array {
  const half = invertLower(l, n);
  const inverse = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const row = half.subarray(i * n, i * n + i + 1);
    for (let r = 0; r <= i; r++) {
      const factor = row[r];
      if (factor === 0) continue;
      const to = inverse.subarray(r * n, r * n + r + 1);
      for (let c = 0; c <= r; c++) to[c] += factor * row[c];
    }
  }
  for (let r = 0; r < n; r++) for (let c = 0; c < r; c++) inverse[c * n + r] = inverse[r * n + c];
  return inverse;
}

/** The n × n identity matrix. */
export function identity(n: number): Float64Array {
  return Float64Array.from({ length: n * n }, (_, e) => (e % (n + 1) === 0 ? 1 : 0));
}

/** The inverse of a symmetric positive definite matrix (its lower triangle is read); undefined where it is not. */
export function inversePositive(a: Float64Array, n: number): Float64Array | undefined {
  const factor = a.slice();
  return cholesky(factor, n) ? invertCholesky(factor, n) : undefined;
}

/** The inverse of any square matrix, by (BᵀB)⁻¹Bᵀ: for small and well conditioned ones; undefined where it is singular. */
export function inverseSquare(b: Float64Array, n: number): Float64Array | undefined {
  const product = (term: (j: number, k: number, l: number) => number) =>
    Float64Array.from({ length: n * n }, (_, at) => {
      let sum = 0;
      for (let l = 0; l < n; l++) sum += term(Math.floor(at / n), at % n, l);
      return sum;
    });
  const gram = product((j, k, l) => b[l * n + j] * b[l * n + k]);
  const inverse = inversePositive(gram, n);
  return inverse && product((j, k, l) => inverse[j * n + l] * b[k * n + l]);
}

/** log |L·Lᵀ|. */
export function logDeterminant(l: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += Math.log(l[i * n + i]);
  return 2 * sum;
}
