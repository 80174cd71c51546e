/** Eigenvalues in descending order; column j of `vectors` (n × n, row by row) belongs to the j-th. */
export interface Eigen {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
}

/**
 * Eigendecomposition of a symmetric n × n matrix: Householder's reduction to tridiagonal form, then the QL algorithm
 * with implicit shifts (Golub & Van Loan, Matrix Computations, sections 8.3.1 and 8.3.5). About 6n³ operations.
 */
export function symmetricEigen(matrix: Float64Array, n: number): Eigen {
  const diagonal = new Float64Array(n);
  const off = new Float64Array(n);
  let largest = 0;
  for (const x of matrix) largest = Math.max(largest, Math.abs(x));
  const scale = largest || 1;
  const rows = tridiagonalise(
    matrix.map((x) => x / scale),
    n,
    diagonal,
    off,
  );
  implicitQl(diagonal, off, rows, n);
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => diagonal[j] - diagonal[i]);
  const vectors = new Float64Array(n * n);
  order.forEach((from, to) => {
    for (let i = 0; i < n; i++) vectors[i * n + to] = rows[from * n + i];
  });
  return { values: Float64Array.from(order, (i) => diagonal[i] * scale), vectors };
}

/** Fills the diagonal and off[k] = T(k + 1, k) of T = QᵀAQ, and returns Qᵀ. Spoils `a`. */
function tridiagonalise(a: Float64Array, n: number, diagonal: Float64Array, off: Float64Array): Float64Array {
  const q = new Float64Array(n * n);
  for (let i = 0; i < n; i++) q[i * n + i] = 1;
  const v = new Float64Array(n);
  const w = new Float64Array(n);
  for (let k = 0; k + 1 < n; k++) {
    let tail = 0;
    for (let i = k + 2; i < n; i++) tail += a[i * n + k] ** 2;
    const first = a[(k + 1) * n + k];
    off[k] = first;
    // Beside entries of 1, what is smaller than this is rounding, and its square would lose its digits.
    if (tail < 1e-36) continue;
    const norm = Math.sqrt(first * first + tail);
    off[k] = first > 0 ? -norm : norm;
    const length = Math.sqrt(tail + (first - off[k]) ** 2);
    for (let i = k + 1; i < n; i++) v[i] = a[i * n + k] / length;
    v[k + 1] = (first - off[k]) / length;
    let along = 0;
    for (let i = k + 1; i < n; i++) {
      let sum = 0;
      for (let j = k + 1, p = i * n + j; j < n; j++, p++) sum += a[p] * v[j];
      w[i] = sum;
      along += sum * v[i];
    }
    for (let i = k + 1; i < n; i++) w[i] = 2 * (w[i] - along * v[i]);
    for (let i = k + 1; i < n; i++)
      for (let j = k + 1, p = i * n + j; j < n; j++, p++) a[p] -= v[i] * w[j] + w[i] * v[j];
    w.fill(0);
    for (let i = k + 1; i < n; i++) for (let j = 0, p = i * n; j < n; j++, p++) w[j] += v[i] * q[p];
    for (let i = k + 1; i < n; i++) for (let j = 0, p = i * n; j < n; j++, p++) q[p] -= 2 * v[i] * w[j];
  }
  for (let i = 0; i < n; i++) diagonal[i] = a[i * n + i];
  return q;
}

/** Diagonalises a tridiagonal matrix in place; each rotation goes into the rows of `q` too. */
function implicitQl(diagonal: Float64Array, off: Float64Array, q: Float64Array, n: number): void {
  const small = (m: number) =>
    Math.abs(off[m]) <= Number.EPSILON * (Math.abs(diagonal[m]) + Math.abs(diagonal[m + 1]));
  for (let l = 0; l < n; l++)
    for (let sweep = 0; sweep < 60; sweep++) {
      let m = l;
      while (m + 1 < n && !small(m)) m++;
      if (m === l) break;
      const half = (diagonal[l + 1] - diagonal[l]) / (2 * off[l]);
      const root = Math.hypot(half, 1);
      let g = diagonal[m] - diagonal[l] + off[l] / (half + (half >= 0 ? root : -root));
      let sine = 1;
      let cosine = 1;
      let shift = 0;
      let i = m - 1;
      for (; i >= l; i--) {
        const f = sine * off[i];
        const b = cosine * off[i];
        const r = Math.hypot(f, g);
        off[i + 1] = r;
        if (r === 0) {
          diagonal[i + 1] -= shift;
          off[m] = 0;
          break;
        }
        sine = f / r;
        cosine = g / r;
        g = diagonal[i + 1] - shift;
        const t = (diagonal[i] - g) * sine + 2 * cosine * b;
        shift = sine * t;
        diagonal[i + 1] = g + shift;
        g = cosine * t - b;
        for (let j = 0, p = i * n, o = p + n; j < n; j++, p++, o++) {
          const upper = q[p];
          const lower = q[o];
          q[o] = sine * upper + cosine * lower;
          q[p] = cosine * upper - sine * lower;
        }
      }
      if (i >= l) continue;
      diagonal[l] -= shift;
      off[l] = g;
      off[m] = 0;
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
