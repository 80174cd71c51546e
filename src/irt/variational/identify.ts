import type { Gaussians } from "../../kernels/index.ts";
import { symmetricEigen } from "../../numerics/index.ts";
import { zeroGaussians } from "./gaussian.ts";
import type { ItemPrior } from "./prior.ts";
import type { Posteriors } from "./start.ts";

/**
 * Fixes what the likelihood leaves open. Scale: abilities have the prior N(0, I). Rotation: the slopes' second
 * moments Σ a aᵀ become diagonal, largest first (principal axes). Sign: slopes of each dimension sum to more than 0. The items' prior
 * turns with them.
 */
export function identify(
  { subjects, items }: Posteriors,
  prior: ItemPrior,
): Posteriors & { readonly prior: ItemPrior } {
  const { rows, size, mean } = items;
  const dims = size - 1;
  const { vectors } = principalAxes(items);
  for (let k = 0; k < dims; k++) {
    let sum = 0;
    for (let r = 0; r < rows; r++)
      for (let l = 0; l < dims; l++) sum += mean[r * size + l] * vectors[l * dims + k];
    if (sum < 0) for (let l = 0; l < dims; l++) vectors[l * dims + k] *= -1;
  }
  const { mean: priorMean, covariance } = rotate({ rows: 1, size, ...prior }, vectors, dims);
  return {
    subjects: rotate(subjects, vectors, dims),
    items: rotate(items, vectors, dims),
    prior: { mean: priorMean, covariance },
  };
}

/** Eigenvectors of Σ a aᵀ in columns, largest eigenvalue first. */
export function principalAxes({ rows, size, mean }: Gaussians) {
  const dims = size - 1;
  const moments = new Float64Array(dims * dims);
  for (let r = 0; r < rows; r++)
    for (let k = 0; k < dims; k++)
      for (let l = 0; l < dims; l++) moments[k * dims + l] += mean[r * size + k] * mean[r * size + l];
  return symmetricEigen(moments, dims);
}

/**
 * Turns the first coordinates of every row by the columns of `axes` (old × `dims`, orthonormal or of a frame given
 * row by row); the constant or intercept stays last. Without covariances (an empty array) only the means turn.
 */
export function rotate(
  { rows, size, mean, covariance }: Gaussians,
  axes: Float64Array,
  dims: number,
): Gaussians {
  const to = dims + 1;
  // The whole linear map, new coordinate by new coordinate.
  const map = new Float64Array(to * size);
  for (let l = 0; l < size - 1; l++) for (let k = 0; k < dims; k++) map[k * size + l] = axes[l * dims + k];
  map[to * size - 1] = 1;
  const whole = covariance.length > 0;
  const turned = whole
    ? zeroGaussians(rows, to)
    : { rows, size: to, mean: new Float64Array(rows * to), covariance };
  const half = new Float64Array(to * size);
  for (let r = 0; r < rows; r++) {
    const from = r * size;
    for (let k = 0; k < to; k++) {
      let sum = 0;
      for (let l = 0; l < size; l++) sum += mean[from + l] * map[k * size + l];
      turned.mean[r * to + k] = sum;
      for (let l = 0; whole && l < size; l++) {
        let entry = 0;
        for (let j = 0; j < size; j++) entry += covariance[(from + l) * size + j] * map[k * size + j];
        half[k * size + l] = entry;
      }
    }
    for (let i = 0; whole && i < to; i++)
      for (let k = 0; k <= i; k++) {
        let sum = 0;
        for (let l = 0; l < size; l++) sum += map[i * size + l] * half[k * size + l];
        turned.covariance[(r * to + i) * to + k] = sum;
        turned.covariance[(r * to + k) * to + i] = sum;
      }
  }
  return turned;
}
