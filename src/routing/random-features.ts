import { dotProducts, floatRows } from "../kernels/index.ts";
import { cholesky, invertCholesky, seededNormal, seededRandom } from "../numerics/index.ts";

/**
 * Random cosine features of a Gaussian kernel beside the features themselves (Rahimi & Recht 2007): for F features
 * x, out = [x · linear, √(2/R) cos(W x + b), 1]. A Bayesian linear regression on them approximates a Gaussian process.
 */
export interface RandomFeatures {
  readonly inputs: number;
  readonly cosines: number;
  /** cosines × inputs. */
  readonly directions: Float32Array;
  /** cosines. */
  readonly phases: Float32Array;
  /** Weight of each input among the linear features. */
  readonly linear: Float32Array;
}

/** @param widths length scale of each input: 1 / width is its weight in the kernel */
export function randomFeatures(
  inputWeights: Float32Array,
  linear: Float32Array,
  cosines: number,
  seed: number,
): RandomFeatures {
  const inputs = inputWeights.length;
  const random = seededRandom(seed);
  const normal = seededNormal(random);
  const directions = Float32Array.from(
    { length: cosines * inputs },
    (_, i) => normal() * inputWeights[i % inputs],
  );
  const phases = Float32Array.from({ length: cosines }, () => 2 * Math.PI * random());
  return { inputs, cosines, directions, phases, linear };
}

/** Length of the expanded features. */
export function expandedWidth(features: RandomFeatures): number {
  return features.inputs + features.cosines + 1;
}

/** Writes the expanded features of one question to `out` at `at`. */
export function expand(features: RandomFeatures, x: Float32Array, out: Float32Array, at = 0): void {
  const { inputs, cosines, directions, phases, linear } = features;
  for (let f = 0; f < inputs; f++) out[at + f] = linear[f] * x[f];
  const scale = Math.sqrt(2 / cosines);
  for (let c = 0; c < cosines; c++) {
    let sum = phases[c];
    for (let f = 0, o = c * inputs; f < inputs; f++) sum += directions[o + f] * x[f];
    out[at + inputs + c] = scale * Math.cos(sum);
  }
  out[at + inputs + cosines] = 1;
}

/** {@link expand} for one question after another, the directions in the kernels' memory. */
export function expander(features: RandomFeatures): (x: Float32Array, out: Float32Array) => void {
  const { inputs, cosines, directions, phases, linear } = features;
  const rows = floatRows(directions, inputs);
  const scale = Math.sqrt(2 / cosines);
  return (x, out) => {
    rows.query.set(x);
    rows.run();
    for (let f = 0; f < inputs; f++) out[f] = linear[f] * x[f];
    for (let c = 0; c < cosines; c++) out[inputs + c] = scale * Math.cos(phases[c] + rows.products[c]);
    out[inputs + cosines] = 1;
  };
}

/** ZᵀZ, width × width, of rows of float32 features. */
export function gramOf(rows: Float32Array, width: number): Float64Array {
  const n = rows.length / width;
  const padded = (n + 3) & ~3;
  const turned = new Float32Array(width * padded);
  for (let r = 0; r < n; r++) for (let i = 0; i < width; i++) turned[i * padded + r] = rows[r * width + i];
  return Float64Array.from(dotProducts(turned, turned, padded));
}

/** Ridge regression of several targets at one penalty, with what leaving each row out would have predicted. */
export interface RidgeFit {
  /** width × targets. */
  readonly weights: Float64Array;
  /** rows × targets: predictions of each row by the fit without it (exact, by the hat matrix). */
  readonly leftOut: Float64Array;
  /** How much each row's own target moves its prediction. */
  readonly leverages: Float64Array;
  /** Lower Cholesky factor of ZᵀZ + λI. */
  readonly factor: Float64Array;
}

/** ZᵀY, width × count, of rows of features and their rows × count targets. */
export function momentsOf(
  rows: Float32Array,
  width: number,
  targets: Float32Array,
  count: number,
): Float64Array {
  const n = rows.length / width;
  const out = new Float64Array(width * count);
  for (let r = 0; r < n; r++)
    for (let i = 0, at = r * width; i < width; i++)
      for (let t = 0; t < count; t++) out[i * count + t] += rows[at + i] * targets[r * count + t];
  return out;
}

/**
 * The last column is the constant, which is not penalised. `targets` is rows × count, `moments` and `gram` are theirs by
 * {@link momentsOf} and {@link gramOf}.
 */
export function fitRidge(
  rows: Float32Array,
  width: number,
  gram: Float64Array,
  moments: Float64Array,
  targets: Float32Array,
  count: number,
  lambda: number,
): RidgeFit {
  const n = rows.length / width;
  const factor = gram.slice();
  for (let i = 0; i < width - 1; i++) factor[i * width + i] += lambda;
  factor[width * width - 1] += 1e-3;
  if (!cholesky(factor, width))
    throw new Error("ridge regression: the penalised Gram matrix is not positive definite");
  const weights = moments.slice();
  solveColumns(factor, width, weights, count);
  const leverages = leveragesOf(rows, width, factor);
  const leftOut = new Float64Array(n * count);
  for (let r = 0; r < n; r++)
    for (let t = 0; t < count; t++) {
      let sum = 0;
      for (let i = 0; i < width; i++) sum += rows[r * width + i] * weights[i * count + t];
      const target = targets[r * count + t];
      leftOut[r * count + t] = target - (target - sum) / (1 - leverages[r]);
    }
  return { weights, leftOut, leverages, factor };
}

/** zᵀ(ZᵀZ + λI)⁻¹z of each row z: how much its own target moves its prediction. */
function leveragesOf(rows: Float32Array, width: number, factor: Float64Array): Float64Array {
  const n = rows.length / width;
  const padded = (width + 3) & ~3;
  const inverse = new Float32Array(width * padded);
  const exact = invertCholesky(factor, width);
  for (let i = 0; i < width; i++) inverse.set(exact.subarray(i * width, (i + 1) * width), i * padded);
  const z = new Float32Array(n * padded);
  for (let r = 0; r < n; r++) z.set(rows.subarray(r * width, (r + 1) * width), r * padded);
  const solved = dotProducts(z, inverse, padded);
  return Float64Array.from({ length: n }, (_, r) => {
    let sum = 0;
    for (let i = 0; i < width; i++) sum += rows[r * width + i] * solved[r * width + i];
    return Math.min(0.999, Math.max(0, sum));
  });
}

function solveColumns(l: Float64Array, n: number, b: Float64Array, count: number): void {
  for (let i = 0; i < n; i++)
    for (let t = 0; t < count; t++) {
      let sum = b[i * count + t];
      for (let k = 0; k < i; k++) sum -= l[i * n + k] * b[k * count + t];
      b[i * count + t] = sum / l[i * n + i];
    }
  for (let i = n - 1; i >= 0; i--)
    for (let t = 0; t < count; t++) {
      let sum = b[i * count + t];
      for (let k = i + 1; k < n; k++) sum -= l[k * n + i] * b[k * count + t];
      b[i * count + t] = sum / l[i * n + i];
    }
}
