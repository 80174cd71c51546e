import { cholesky } from "../../numerics/index.ts";
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
