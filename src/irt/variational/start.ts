import type { Cells, Gaussians } from "../../kernels/index.ts";
import { zeroGaussians } from "./gaussian.ts";

const logit = (p: number): number => Math.log(p / (1 - p));

/** Both sides' posteriors of a model with `size − 1` dimensions. */
export interface Posteriors {
  readonly subjects: Gaussians;
  readonly items: Gaussians;
}

/** Where one dimension starts: abilities from the subjects' shares right, intercepts from the items', equal slopes. */
export function startOneDimension(bySubject: Cells, byItem: Cells): Posteriors {
  const subjects = zeroGaussians(bySubject.rows, 2);
  const items = zeroGaussians(byItem.rows, 2);
  const share = shrunkShares(bySubject);
  const logits = share.map(logit);
  const mean = logits.reduce((sum, x) => sum + x, 0) / logits.length;
  const spread = Math.sqrt(logits.reduce((sum, x) => sum + (x - mean) ** 2, 0) / logits.length) || 1;
  for (let s = 0; s < subjects.rows; s++) {
    subjects.mean[2 * s] = (logits[s] - mean) / spread;
    subjects.mean[2 * s + 1] = 1;
    subjects.covariance[4 * s] = 0.1;
  }
  shrunkShares(byItem).forEach((p, i) => {
    items.mean[2 * i] = 1;
    items.mean[2 * i + 1] = logit(p);
    items.covariance[4 * i] = 0.1;
    items.covariance[4 * i + 3] = 0.1;
  });
  return { subjects, items };
}

function shrunkShares({ rows, columns, trials, successes }: Cells): Float64Array {
  const shares = new Float64Array(rows);
  for (let r = 0, at = 0; r < rows; r++) {
    let n = 0;
    let y = 0;
    for (let c = 0; c < columns; c++, at++) {
      n += trials[at];
      y += successes[at];
    }
    shares[r] = (y + 0.5) / (n + 1);
  }
  return shares;
}

/**
 * Adds `extra` dimensions along the leading singular vectors of the standardised residuals (y − np)/√(np(1 − p)) of
 * the given solution. They start small, with uncertainty `variance`, and before the constant coordinate.
 */
export function addDimensions(
  bySubject: Cells,
  { subjects, items }: Posteriors,
  extra: number,
  variance: number,
): Posteriors {
  const { left, right, values } = leadingSingular(standardisedResiduals(bySubject, subjects, items), extra);
  const old = subjects.size;
  const size = old + extra;
  const grow = (side: Gaussians, vectors: Float64Array[], scale: (k: number) => number): Gaussians => {
    const grown = zeroGaussians(side.rows, size);
    // The constant coordinate stays last, new dimensions come just before it.
    const place = Array.from({ length: old }, (_, k) => (k === old - 1 ? size - 1 : k));
    for (let r = 0; r < side.rows; r++) {
      for (let k = 0; k < old; k++) {
        grown.mean[r * size + place[k]] = side.mean[r * old + k];
        for (let l = 0; l < old; l++)
          grown.covariance[(r * size + place[k]) * size + place[l]] =
            side.covariance[(r * old + k) * old + l];
      }
      for (let k = 0; k < extra; k++) {
        const at = old - 1 + k;
        grown.mean[r * size + at] = vectors[k][r] * scale(k);
        grown.covariance[(r * size + at) * size + at] = variance;
      }
    }
    return grown;
  };
  const rootS = Math.sqrt(subjects.rows);
  // The linear model's slope of unit-variance abilities; a residual of 1 is about 2 on the logit scale.
  return {
    subjects: grow(subjects, left, () => rootS),
    items: grow(items, right, (k) => (2 * values[k]) / rootS),
  };
}

function standardisedResiduals(cells: Cells, subjects: Gaussians, items: Gaussians) {
  const { rows, columns, trials, successes } = cells;
  const { size } = subjects;
  const values = new Float64Array(rows * columns);
  for (let r = 0, at = 0; r < rows; r++)
    for (let c = 0; c < columns; c++, at++) {
      const n = trials[at];
      if (n === 0) continue;
      let mean = 0;
      for (let k = 0; k < size; k++) mean += subjects.mean[r * size + k] * items.mean[c * size + k];
      const p = 1 / (1 + Math.exp(-mean));
      values[at] = (successes[at] - n * p) / Math.sqrt(n * Math.max(p * (1 - p), 0.02));
    }
  return { rows, columns, values };
}

/** The `count` largest singular values and vectors, by orthogonal iteration on the smaller Gram matrix. */
function leadingSingular(
  { rows, columns, values }: { rows: number; columns: number; values: Float64Array },
  count: number,
): { left: Float64Array[]; right: Float64Array[]; values: number[] } {
  const wide = rows <= columns;
  const n = wide ? rows : columns;
  const gram = new Float64Array(n * n);
  if (wide) {
    for (let i = 0; i < n; i++)
      for (let j = 0; j <= i; j++) {
        let sum = 0;
        for (let c = 0; c < columns; c++) sum += values[i * columns + c] * values[j * columns + c];
        gram[i * n + j] = sum;
        gram[j * n + i] = sum;
      }
  } else {
    for (let r = 0; r < rows; r++)
      for (let i = 0; i < n; i++) {
        const x = values[r * columns + i];
        if (x !== 0) for (let j = 0; j < n; j++) gram[i * n + j] += x * values[r * columns + j];
      }
  }
  const vectors = orthogonalIteration(gram, n, Math.min(count, n));
  const near: Float64Array[] = [];
  const far: Float64Array[] = [];
  const singular: number[] = [];
  for (let k = 0; k < count; k++) {
    const vector = vectors[k] ?? new Float64Array(n);
    const other = new Float64Array(wide ? columns : rows);
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++) {
        const x = values[r * columns + c];
        if (wide) other[c] += x * vector[r];
        else other[r] += x * vector[c];
      }
    const length = Math.hypot(...[norm(other)]);
    if (length > 0) for (let j = 0; j < other.length; j++) other[j] /= length;
    near.push(vector);
    far.push(other);
    singular.push(length);
  }
  return wide ? { left: near, right: far, values: singular } : { left: far, right: near, values: singular };
}

const norm = (x: Float64Array): number => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0));

function orthogonalIteration(gram: Float64Array, n: number, count: number): Float64Array[] {
  // A fixed start with no symmetry; Gram matrices make the iteration converge to the leading eigenvectors.
  let vectors = Array.from({ length: count }, (_, k) =>
    Float64Array.from(
      { length: n },
      (_, i) => Math.cos((i + 1) * (k + 1) * 0.7548776662) + (i === k ? 1 : 0),
    ),
  );
  for (let round = 0; round < 60; round++) {
    vectors = vectors.map((vector) => {
      const out = new Float64Array(n);
      for (let i = 0; i < n; i++) {
        let sum = 0;
        for (let j = 0; j < n; j++) sum += gram[i * n + j] * vector[j];
        out[i] = sum;
      }
      return out;
    });
    for (let k = 0; k < count; k++) {
      for (let l = 0; l < k; l++) {
        let dot = 0;
        for (let i = 0; i < n; i++) dot += vectors[k][i] * vectors[l][i];
        for (let i = 0; i < n; i++) vectors[k][i] -= dot * vectors[l][i];
      }
      const length = norm(vectors[k]);
      if (length > 0) for (let i = 0; i < n; i++) vectors[k][i] /= length;
    }
  }
  return vectors;
}
