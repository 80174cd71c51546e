import { symmetricEigen } from "../numerics/index.ts";

/**
 * How alike two subjects' answers are, for a read-out from answers to scores. gaussian: the one that foretells better of
 * a wide kernel, and a wider one with a narrow part in which only near copies are alike, as fine-tuned models are.
 */
export type Kernel = "linear" | "gaussian";

/** Widths, relative to the median squared distance, and shares of the narrow part. */
const gaussians = [
  { width: 1, near: 0 },
  { width: 2, near: 0.3 },
] as const;
const narrow = 0.1;

/** A read-out fitted on a pool of subjects. */
export interface ReadOut {
  /** Estimated targets (K) of a subject from its answers (n). */
  predict(answers: Float64Array): Float64Array;
  /** S × K estimates of each pool subject by the read-out of the others, exactly, without refitting. */
  readonly leaveOneOut: Float64Array;
}

/** Ridge strengths tried, as a share of the mean diagonal of the kernel matrix. */
const strengths = Array.from({ length: 25 }, (_, k) => 10 ** (-3 + k / 6));

/**
 * Kernel ridge regression of K targets on n answers in its dual form, with unpenalised mean, each target's strength
 * chosen by its exact leave-one-subject-out error (Hastie, Tibshirani & Friedman 2009, sections 7.10 and 18.3.5). The
 * Gaussian kernel is chosen by the same error, over all targets relative to their variances.
 *
 * @param answers S × n answers of the pool.
 * @param targets S × K.
 */
export function fitReadOut(
  answers: Float64Array,
  targets: Float64Array,
  subjects: number,
  kernel: Kernel = "linear",
): ReadOut {
  const n = answers.length / subjects;
  const mean = columnMeans(answers, subjects, n);
  const x = answers.map((value, p) => value - mean[p % n]);
  if (kernel === "linear") return fitKernel(x, mean, targets, subjects, dot);
  const scale = 2 * medianSquaredDistance(x, subjects, n);
  const fits = gaussians.map(({ width, near }) =>
    fitKernel(x, mean, targets, subjects, (a, p, b, q, length) => {
      const distance = squaredDistance(a, p, b, q, length) / scale;
      return Math.exp(-distance / width) + (near && near * Math.exp(-distance / narrow));
    }),
  );
  const errors = fits.map(({ leaveOneOut }) => relativeError(leaveOneOut, targets, subjects));
  return fits[errors.indexOf(Math.min(...errors))];
}

/** Σ over targets of the squared error relative to the target's spread. */
function relativeError(estimates: Float64Array, targets: Float64Array, s: number): number {
  const k = targets.length / s;
  const means = columnMeans(targets, s, k);
  const errors = new Float64Array(k);
  const spreads = new Float64Array(k);
  targets.forEach((value, p) => {
    errors[p % k] += (value - estimates[p]) ** 2;
    spreads[p % k] += (value - means[p % k]) ** 2;
  });
  return errors.reduce((sum, error, t) => sum + error / (spreads[t] || 1), 0);
}

type Similarity = (a: Float64Array, p: number, b: Float64Array, q: number, length: number) => number;

function dot(a: Float64Array, p: number, b: Float64Array, q: number, length: number): number {
  let sum = 0;
  for (let j = 0; j < length; j++) sum += a[p + j] * b[q + j];
  return sum;
}

function squaredDistance(a: Float64Array, p: number, b: Float64Array, q: number, length: number): number {
  let sum = 0;
  for (let j = 0; j < length; j++) {
    const difference = a[p + j] - b[q + j];
    sum += difference * difference;
  }
  return sum;
}

function fitKernel(
  x: Float64Array,
  mean: Float64Array,
  targets: Float64Array,
  s: number,
  similarity: Similarity,
): ReadOut {
  const n = x.length / s;
  const k = targets.length / s;
  const gram = new Float64Array(s * s);
  for (let i = 0; i < s; i++)
    for (let j = 0; j <= i; j++) {
      const value = similarity(x, i * n, x, j * n, n);
      gram[i * s + j] = value;
      gram[j * s + i] = value;
    }
  // Centred in feature space, so that the mean is not penalised.
  const rowMeans = columnMeans(gram, s, s);
  const grand = rowMeans.reduce((a, b) => a + b, 0) / s;
  for (let i = 0; i < s; i++)
    for (let j = 0; j < s; j++) gram[i * s + j] += grand - rowMeans[i] - rowMeans[j];
  const { values, vectors } = symmetricEigen(gram, s);
  const scale = values.reduce((a, b) => a + Math.max(0, b), 0) / s || 1;

  const targetMeans = columnMeans(targets, s, k);
  const coefficients = new Float64Array(s * k);
  const leaveOneOut = new Float64Array(s * k);
  for (let t = 0; t < k; t++) {
    const centred = Float64Array.from({ length: s }, (_, i) => targets[i * k + t] - targetMeans[t]);
    const rotated = new Float64Array(s);
    for (let i = 0; i < s; i++) for (let e = 0; e < s; e++) rotated[e] += vectors[i * s + e] * centred[i];
    let least = Infinity;
    let best = 0;
    for (const strength of strengths) {
      const held = heldOut(values, vectors, rotated, centred, strength * scale);
      let error = 0;
      for (const residual of held) error += residual * residual;
      if (!(error < least)) continue;
      least = error;
      best = strength * scale;
      for (let i = 0; i < s; i++) leaveOneOut[i * k + t] = targets[i * k + t] - held[i];
    }
    for (let i = 0; i < s; i++) {
      let sum = 0;
      for (let e = 0; e < s; e++) sum += (vectors[i * s + e] * rotated[e]) / (Math.max(0, values[e]) + best);
      coefficients[i * k + t] = sum;
    }
  }
  const predict = (given: Float64Array): Float64Array => {
    const centred = given.map((value, j) => value - mean[j]);
    const similarities = Float64Array.from({ length: s }, (_, i) => similarity(centred, 0, x, i * n, n));
    const own = similarities.reduce((a, b) => a + b, 0) / s;
    const out = targetMeans.slice();
    for (let i = 0; i < s; i++) {
      const value = similarities[i] - own - rowMeans[i] + grand;
      for (let t = 0; t < k; t++) out[t] += coefficients[i * k + t] * value;
    }
    return out;
  };
  return { predict, leaveOneOut };
}

/** Residuals of each subject under the fit without it: (y − ŷ) / (1 − h), the mean counted in the leverage h. */
function heldOut(
  values: Float64Array,
  vectors: Float64Array,
  rotated: Float64Array,
  centred: Float64Array,
  lambda: number,
): Float64Array {
  const s = values.length;
  return centred.map((y, i) => {
    let fitted = 0;
    let leverage = 1 / s;
    for (let e = 0; e < s; e++) {
      const value = Math.max(0, values[e]);
      const kept = value / (value + lambda);
      const v = vectors[i * s + e];
      fitted += v * kept * rotated[e];
      leverage += v * v * kept;
    }
    return (y - fitted) / Math.max(1e-9, 1 - leverage);
  });
}

function columnMeans(values: Float64Array, rows: number, columns: number): Float64Array {
  const means = new Float64Array(columns);
  for (let i = 0, p = 0; i < rows; i++) for (let j = 0; j < columns; j++, p++) means[j] += values[p] / rows;
  return means;
}

function medianSquaredDistance(x: Float64Array, s: number, n: number): number {
  const distances: number[] = [];
  for (let i = 0; i < s; i++)
    for (let j = 0; j < i; j++) distances.push(squaredDistance(x, i * n, x, j * n, n));
  distances.sort((a, b) => a - b);
  return distances[distances.length >> 1] || 1;
}
