import { cholesky, invertCholesky, logDeterminant } from "../../numerics/index.ts";
import type { LatentNormal } from "../latent.ts";
import type { ResponseModel } from "../models.ts";

/** Rewrites items for θ = mean + L·θ* with θ* ~ N(0, I), L·Lᵀ the covariance: parameter expansion's last move. */
export function absorb(x: Float64Array, { mean, covariance }: LatentNormal, model: ResponseModel): void {
  const { dims, size, categories, family } = model;
  const l = covariance.slice();
  if (!cholesky(l, dims)) return;
  for (let o = 0; o < x.length; o += size) {
    let shift = 0;
    for (let j = 0; j < dims; j++) shift += x[o + j] * mean[j];
    for (let k = 0; k < categories - 1; k++) x[o + dims + k] += shift * (family === "gpcm" ? k + 1 : 1);
    for (let j = 0; j < dims; j++) {
      let sum = 0;
      for (let k = j; k < dims; k++) sum += x[o + k] * l[k * dims + j];
      x[o + j] = sum;
    }
  }
}

/**
 * The same under priors on the items, which say how far: the share of the latent mean, then of the covariance's deviation
 * from I, that raises N · E log N(θ; mean, covariance) + log prior(items) most. Absorbing raises the objective even so
 * (an ECM step of the expanded model), and nothing is done where that would not.
 * @param logPrior of items ξ
 */
export function absorbUnderPriors(
  x: Float64Array,
  moments: LatentNormal,
  model: ResponseModel,
  subjects: number,
  logPrior: (x: Float64Array) => number,
): void {
  const { dims } = model;
  const partly = (ofMean: number, ofSpread: number): LatentNormal => ({
    mean: moments.mean.map((m) => ofMean * m),
    covariance: moments.covariance.map((v, e) => {
      const unit = e % (dims + 1) === 0 ? 1 : 0;
      return unit + ofSpread * (v - unit);
    }),
  });
  const value = (ofMean: number, ofSpread: number) => {
    const latent = partly(ofMean, ofSpread);
    const moved = x.slice();
    absorb(moved, latent, model);
    return subjects * expectedLogDensity(moments, latent) + logPrior(moved);
  };
  const ofMean = bestShare((share) => value(share, 0));
  const ofSpread = bestShare((share) => value(ofMean, share));
  if (ofMean !== 0 || ofSpread !== 0) absorb(x, partly(ofMean, ofSpread), model);
}

/** E log N(θ; mean, covariance) less its constant, θ having the given moments; −Infinity where it is not defined. */
function expectedLogDensity(moments: LatentNormal, { mean, covariance }: LatentNormal): number {
  const dims = mean.length;
  const factor = covariance.slice();
  if (!cholesky(factor, dims)) return Number.NEGATIVE_INFINITY;
  const inverse = invertCholesky(factor, dims);
  let square = 0;
  for (let j = 0; j < dims; j++)
    for (let k = 0; k < dims; k++)
      square +=
        inverse[j * dims + k] *
        (moments.covariance[j * dims + k] + (moments.mean[j] - mean[j]) * (moments.mean[k] - mean[k]));
  return -(logDeterminant(factor, dims) + square) / 2;
}

/**
 * Where a function of −1 … 1 is highest, to 2 %, by golden-section search; 0 unless that is higher than at 0. (Priors may
 * have moved the items further than the moments ask: then the share is negative.)
 */
function bestShare(value: (share: number) => number): number {
  const golden = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [-1, 1];
  let [left, right] = [high - 2 * golden, low + 2 * golden];
  let [atLeft, atRight] = [value(left), value(right)];
  for (let round = 0; round < 9; round++)
    if (atLeft > atRight) {
      [high, right, atRight] = [right, left, atLeft];
      left = high - golden * (high - low);
      atLeft = value(left);
    } else {
      [low, left, atLeft] = [left, right, atRight];
      right = low + golden * (high - low);
      atRight = value(right);
    }
  const [share, most] = atLeft > atRight ? [left, atLeft] : [right, atRight];
  return most > value(0) ? share : 0;
}

/** SQUAREM: x₀ − 2αr + α²v with r = x₁ − x₀, v = x₂ − 2x₁ + x₀, α = −|r|/|v|; undefined where that is no leap. */
export function extrapolate(x0: Float64Array, x1: Float64Array, x2: Float64Array): Float64Array | undefined {
  let rr = 0;
  let vv = 0;
  for (let e = 0; e < x0.length; e++) {
    rr += (x1[e] - x0[e]) ** 2;
    vv += (x2[e] - 2 * x1[e] + x0[e]) ** 2;
  }
  const alpha = -Math.sqrt(rr / vv);
  if (!(alpha < -1 && alpha > -1e3)) return undefined;
  return x0.map((v, e) => v - 2 * alpha * (x1[e] - v) + alpha ** 2 * (x2[e] - 2 * x1[e] + v));
}

/** The largest difference between two points. */
export function farthest(a: Float64Array, b: Float64Array): number {
  let most = 0;
  for (let e = 0; e < a.length; e++) most = Math.max(most, Math.abs(a[e] - b[e]));
  return most;
}
