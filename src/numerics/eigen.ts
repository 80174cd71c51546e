/** Eigenvalues in descending order; column j of `vectors` (n × n, row by row) belongs to the j-th. */
export interface Eigen {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
}

/**
 * Eigendecomposition of a symmetric n × n matrix by cyclic Jacobi rotations (Golub & Van Loan, Matrix Computations,
 * algorithm 8.5.3). Exact to rounding and simple; meant for n up to a few hundred.
 */
export function symmetricEigen(matrix: Float64Array, n: number): Eigen {
  const a = matrix.slice();
  const v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) v[i * n + i] = 1;
  let norm = 0;
  for (const x of a) norm += x * x;
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) off += a[p * n + q] ** 2;
    if (off <= 1e-30 * norm) break;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, v, n, p, q);
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => a[j * n + j] - a[i * n + i]);
  const vectors = new Float64Array(n * n);
  order.forEach((from, to) => {
    for (let i = 0; i < n; i++) vectors[i * n + to] = v[i * n + from];
  });
  return { values: Float64Array.from(order, (i) => a[i * n + i]), vectors };
}

function rotate(a: Float64Array, v: Float64Array, n: number, p: number, q: number): void {
  const apq = a[p * n + q];
  if (apq === 0) return;
  const tau = (a[q * n + q] - a[p * n + p]) / (2 * apq);
  const t = Math.sign(tau || 1) / (Math.abs(tau) + Math.sqrt(1 + tau * tau));
  const c = 1 / Math.sqrt(1 + t * t);
  const s = t * c;
  for (let k = 0; k < n; k++) {
    const kp = a[k * n + p];
    const kq = a[k * n + q];
    a[k * n + p] = c * kp - s * kq;
    a[k * n + q] = s * kp + c * kq;
  }
  for (let k = 0; k < n; k++) {
    const pk = a[p * n + k];
    const qk = a[q * n + k];
    a[p * n + k] = c * pk - s * qk;
    a[q * n + k] = s * pk + c * qk;
  }
  for (let k = 0; k < n; k++) {
    const kp = v[k * n + p];
    const kq = v[k * n + q];
    v[k * n + p] = c * kp - s * kq;
    v[k * n + q] = s * kp + c * kq;
  }
}

/** Thin singular value decomposition a = u · diag(values) · vᵀ, rank r = min(rows, columns, `rank`). */
export interface Svd {
  readonly rank: number;
  /** rows × r. */
  readonly u: Float64Array;
  /** r, descending. */
  readonly values: Float64Array;
  /** columns × r. */
  readonly v: Float64Array;
}

/**
 * Leading singular vectors through the eigenvectors of the smaller Gram matrix: relative accuracy is that of the
 * square root of rounding, fine for starting values and projections. Each left vector's largest entry is positive.
 */
export function thinSvd(a: ArrayLike<number>, rows: number, columns: number, rank = Infinity): Svd {
  const wide = columns > rows;
  const n = wide ? rows : columns;
  const r = Math.min(n, rank);
  const at = (i: number, j: number) => a[i * columns + j];
  const gram = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      if (wide) for (let k = 0; k < columns; k++) sum += at(i, k) * at(j, k);
      else for (let k = 0; k < rows; k++) sum += at(k, i) * at(k, j);
      gram[i * n + j] = sum;
      gram[j * n + i] = sum;
    }
  const { values: squares, vectors } = symmetricEigen(gram, n);
  const values = Float64Array.from({ length: r }, (_, j) => Math.sqrt(Math.max(0, squares[j])));
  const near = new Float64Array(n * r);
  for (let i = 0; i < n; i++) for (let j = 0; j < r; j++) near[i * r + j] = vectors[i * n + j];
  const m = wide ? columns : rows;
  const far = new Float64Array(m * r);
  for (let i = 0; i < m; i++)
    for (let j = 0; j < r; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += (wide ? at(k, i) : at(i, k)) * near[k * r + j];
      far[i * r + j] = values[j] > 0 ? sum / values[j] : 0;
    }
  const [u, v] = wide ? [near, far] : [far, near];
  for (let j = 0; j < r; j++) {
    let largest = 0;
    for (let i = 0; i < rows; i++) if (Math.abs(u[i * r + j]) > Math.abs(largest)) largest = u[i * r + j];
    if (largest >= 0) continue;
    for (let i = 0; i < rows; i++) u[i * r + j] *= -1;
    for (let i = 0; i < columns; i++) v[i * r + j] *= -1;
  }
  return { rank: r, u, values, v };
}
