import { symmetricEigen } from "../../numerics/index.ts";
import type { ResponseModel } from "../models.ts";
import type { MmlCalibration } from "./calibration.ts";

/** Turns the slopes to their principal axes (largest first) with positive column sums: the identification rule. */
export function rotateToPrincipalAxes(x: Float64Array, { dims, size }: ResponseModel): void {
  const gram = new Float64Array(dims * dims);
  for (let o = 0; o < x.length; o += size)
    for (let j = 0; j < dims; j++) for (let k = 0; k < dims; k++) gram[j * dims + k] += x[o + j] * x[o + k];
  const { vectors } = symmetricEigen(gram, dims);
  const turned = new Float64Array(dims);
  const sums = new Float64Array(dims);
  for (let o = 0; o < x.length; o += size) {
    turned.fill(0);
    for (let j = 0; j < dims; j++)
      for (let k = 0; k < dims; k++) turned[j] += x[o + k] * vectors[k * dims + j];
    x.set(turned, o);
    for (let j = 0; j < dims; j++) sums[j] += turned[j];
  }
  for (let o = 0; o < x.length; o += size) for (let j = 0; j < dims; j++) if (sums[j] < 0) x[o + j] *= -1;
}

/** Gradients of Σ_i a_ij a_ik for each pair of dimensions, which the identification rule keeps at zero. */
export function principalAxes(
  x: Float64Array,
  { dims, size }: ResponseModel,
  free: Int32Array,
  parameters: number,
  scale: number,
): Float64Array[] {
  const constraints: Float64Array[] = [];
  for (let j = 0; j < dims; j++)
    for (let k = 0; k < j; k++) {
      const g = new Float64Array(parameters);
      let norm = 0;
      for (let o = 0; o < x.length; o += size) {
        g[free[o + j]] = x[o + k];
        g[free[o + k]] = x[o + j];
        norm += x[o + j] ** 2 + x[o + k] ** 2;
      }
      constraints.push(g.map((v) => (v * scale) / Math.sqrt(norm)));
    }
  return constraints;
}

/** One slope a with θ ~ N(0, 1) is slope 1 with θ ~ N(0, a²): Rasch's scale. */
export function asRasch(one: MmlCalibration, { size }: ResponseModel): MmlCalibration {
  const a = one.items.discrimination[0];
  const slopeSE = one.standardErrors.discrimination[0];
  const items = one.items.discrimination.length;
  const itemCovariance = one.itemCovariance.slice();
  for (let i = 0; i < items; i++)
    for (let j = 0; j < size; j++) {
      itemCovariance[i * size * size + j] = 0;
      itemCovariance[i * size * size + j * size] = 0;
    }
  return {
    ...one,
    items: { ...one.items, discrimination: new Float64Array(items).fill(1) },
    standardErrors: { ...one.standardErrors, discrimination: new Float64Array(items) },
    itemCovariance,
    latent: { mean: one.latent.mean, covariance: Float64Array.of(a * a) },
    latentVarianceSE: 2 * Math.abs(a) * slopeSE,
    abilities: {
      dims: 1,
      ability: one.abilities.ability.map((v) => v * a),
      covariance: one.abilities.covariance.map((v) => v * a * a),
    },
  };
}
