import { InputError } from "../input-error.ts";
import { identity, inverseSquare, symmetricEigen } from "../numerics/index.ts";
import type { Abilities, ItemParameters } from "./parameters.ts";

export type RotationCriterion = "varimax" | "oblimin";

export interface Rotation {
  /** Items on the rotated axes: the same probabilities with {@link rotateAbilities}. */
  readonly items: ItemParameters;
  /** D × D matrix T: rotated ability = Tᵀ · ability. */
  readonly transform: Float64Array;
  /** D × D matrix (T⁻¹)ᵀ: rotated slopes = slopes · (T⁻¹)ᵀ. */
  readonly slopes: Float64Array;
  /** D × D correlations of the rotated dimensions (identity for varimax). */
  readonly correlation: Float64Array;
}

/**
 * Turns the axes of a multidimensional bank for reading, so that each item loads on few of them: varimax (Kaiser 1958)
 * keeps dimensions uncorrelated, oblimin with γ = 0 (quartimin, Jennrich & Sampson 1966) lets them correlate. By
 * gradient projection (Jennrich 2001, 2002; Bernaards & Jennrich 2005) with Kaiser's normalisation of items to equal
 * length; columns come in order of their sum of squares, with positive sums.
 */
export function rotateItems(items: ItemParameters, criterion: RotationCriterion = "varimax"): Rotation {
  const { dims, discrimination } = items;
  if (dims < 2) throw new InputError("a bank of one dimension has no axes to rotate");
  const a = normalisedRows(discrimination, dims);
  const raw = criterion === "varimax" ? orthogonal(a, dims) : oblique(a, dims);
  const transform = ordered(discrimination, raw, dims);
  const slopes = inverseTransposed(transform, dims);
  return {
    items: { ...items, discrimination: times(discrimination, slopes, dims) },
    transform,
    slopes,
    correlation: gram(transform, dims),
  };
}

/** Abilities on rotated axes: Tᵀθ, with covariances TᵀΣT. */
export function rotateAbilities(
  { dims, ability, covariance }: Abilities,
  { transform }: Rotation,
): Abilities {
  const turned = new Float64Array(covariance.length);
  for (let s = 0; s < ability.length / dims; s++) {
    const block = covariance.subarray(s * dims * dims, (s + 1) * dims * dims);
    turned.set(times(transposed(times(block, transform, dims), dims), transform, dims), s * dims * dims);
  }
  return { dims, ability: times(ability, transform, dims), covariance: turned };
}

/** rows × D times D × D. */
function times(a: Float64Array, b: Float64Array, dims: number): Float64Array {
  const out = new Float64Array(a.length);
  for (let o = 0; o < a.length; o += dims)
    for (let j = 0; j < dims; j++) for (let k = 0; k < dims; k++) out[o + j] += a[o + k] * b[k * dims + j];
  return out;
}

function transposed(a: Float64Array, dims: number): Float64Array {
  return Float64Array.from(a, (_, e) => a[(e % dims) * dims + Math.floor(e / dims)]);
}

/** aᵀb, D × D, of two rows × D matrices. */
function cross(a: Float64Array, b: Float64Array, dims: number): Float64Array {
  const out = new Float64Array(dims * dims);
  for (let o = 0; o < a.length; o += dims)
    for (let j = 0; j < dims; j++) for (let k = 0; k < dims; k++) out[j * dims + k] += a[o + j] * b[o + k];
  return out;
}

function gram(a: Float64Array, dims: number): Float64Array {
  return cross(a, a, dims);
}

/** (T⁻¹)ᵀ. */
function inverseTransposed(t: Float64Array, dims: number): Float64Array {
  return transposed(inverseSquare(t, dims)!, dims);
}

function normalisedRows(a: Float64Array, dims: number): Float64Array {
  const out = a.slice();
  for (let o = 0; o < a.length; o += dims) {
    let norm = 0;
    for (let j = 0; j < dims; j++) norm += a[o + j] ** 2;
    for (let j = 0; j < dims; j++) out[o + j] *= norm > 1e-20 ? 1 / Math.sqrt(norm) : 0;
  }
  return out;
}

/** Varimax criterion (negative, up to a constant) and its gradient in the loadings. */
function varimaxOf(l: Float64Array, dims: number) {
  const rows = l.length / dims;
  const means = new Float64Array(dims);
  l.forEach((v, e) => {
    means[e % dims] += (v * v) / rows;
  });
  let value = 0;
  const gradient = l.map((v, e) => {
    const deviation = v * v - means[e % dims];
    value -= (deviation * deviation) / 4;
    return -v * deviation;
  });
  return { value, gradient };
}

/** Quartimin criterion ¼ Σ_i Σ_{j≠k} l²_ij l²_ik and its gradient. */
function quartiminOf(l: Float64Array, dims: number) {
  const gradient = new Float64Array(l.length);
  let value = 0;
  for (let o = 0; o < l.length; o += dims) {
    let all = 0;
    for (let j = 0; j < dims; j++) all += l[o + j] ** 2;
    for (let j = 0; j < dims; j++) {
      const others = all - l[o + j] ** 2;
      gradient[o + j] = l[o + j] * others;
      value += (l[o + j] ** 2 * others) / 4;
    }
  }
  return { value, gradient };
}

const tolerance = 1e-8;

/** Gradient projection onto rotations: a step along the projected gradient, then the nearest orthogonal matrix. */
function orthogonal(a: Float64Array, dims: number): Float64Array {
  const size = dims * dims;
  let t = identity(dims);
  let { value, gradient } = varimaxOf(times(a, t, dims), dims);
  let step = 1;
  for (let iteration = 0; iteration < 2000; iteration++) {
    const g = cross(a, gradient, dims);
    const m = cross(t, g, dims);
    const symmetric = m.map((v, e) => (v + m[(e % dims) * dims + Math.floor(e / dims)]) / 2);
    const drift = times(t, symmetric, dims);
    const projected = g.map((v, e) => v - drift[e]);
    const norm = Math.sqrt(projected.reduce((sum, v) => sum + v * v, 0));
    if (norm < tolerance) break;
    step *= 2;
    let improved = false;
    for (let halving = 0; halving < 30 && !improved; halving++, step /= 2) {
      const x = Float64Array.from({ length: size }, (_, e) => t[e] - step * projected[e]);
      const next = nearestOrthogonal(x, dims);
      const at = varimaxOf(times(a, next, dims), dims);
      if (!(at.value < value - 0.5 * norm * norm * step)) continue;
      improved = true;
      t = next;
      ({ value, gradient } = at);
    }
    if (!improved) break;
  }
  return t;
}

/** X (XᵀX)^{−1/2}. */
function nearestOrthogonal(x: Float64Array, dims: number): Float64Array {
  const { values, vectors } = symmetricEigen(gram(x, dims), dims);
  const root = new Float64Array(dims * dims);
  for (let j = 0; j < dims; j++)
    for (let k = 0; k < dims; k++)
      for (let v = 0; v < dims; v++)
        root[j * dims + k] +=
          (vectors[j * dims + v] * vectors[k * dims + v]) / Math.sqrt(Math.max(values[v], 1e-300));
  return times(x, root, dims);
}

/** Gradient projection onto matrices with columns of length one; loadings are A (T⁻¹)ᵀ. */
function oblique(a: Float64Array, dims: number): Float64Array {
  let t = identity(dims);
  let inverse = inverseTransposed(t, dims);
  let loadings = times(a, inverse, dims);
  let { value, gradient } = quartiminOf(loadings, dims);
  let step = 1;
  for (let iteration = 0; iteration < 5000; iteration++) {
    // G = −(Lᵀ · ∂f/∂L · T⁻¹)ᵀ.
    const g = transposed(times(cross(loadings, gradient, dims), transposed(inverse, dims), dims), dims).map(
      (v) => -v,
    );
    const lengths = new Float64Array(dims);
    g.forEach((v, e) => {
      lengths[e % dims] += v * t[e];
    });
    const projected = g.map((v, e) => v - t[e] * lengths[e % dims]);
    const norm = Math.sqrt(projected.reduce((sum, v) => sum + v * v, 0));
    if (norm < tolerance) break;
    step *= 2;
    let improved = false;
    for (let halving = 0; halving < 30 && !improved; halving++, step /= 2) {
      const x = t.map((v, e) => v - step * projected[e]);
      const squares = new Float64Array(dims);
      x.forEach((v, e) => {
        squares[e % dims] += v * v;
      });
      const next = x.map((v, e) => v / Math.sqrt(squares[e % dims]));
      const nextInverse = inverseTransposed(next, dims);
      const nextLoadings = times(a, nextInverse, dims);
      const at = quartiminOf(nextLoadings, dims);
      if (!(at.value < value - 0.5 * norm * norm * step)) continue;
      improved = true;
      t = next;
      inverse = nextInverse;
      loadings = nextLoadings;
      ({ value, gradient } = at);
    }
    if (!improved) break;
  }
  return t;
}

/** Columns of T by falling sum of squares of the rotated slopes, signed so that these sum to more than 0. */
function ordered(a: Float64Array, t: Float64Array, dims: number): Float64Array {
  const loadings = times(a, inverseTransposed(t, dims), dims);
  const squares = new Float64Array(dims);
  const sums = new Float64Array(dims);
  loadings.forEach((v, e) => {
    squares[e % dims] += v * v;
    sums[e % dims] += v;
  });
  const order = Array.from(squares.keys()).sort((j, k) => squares[k] - squares[j]);
  return Float64Array.from(t, (_, e) => {
    const from = order[e % dims];
    return t[Math.floor(e / dims) * dims + from] * (sums[from] < 0 ? -1 : 1);
  });
}
