import type { Gaussians } from "../../kernels/index.ts";
import { cholesky, identity } from "../../numerics/index.ts";
import { atFloor, type ItemPrior, type VariationalPriors } from "./prior.ts";
import type { Posteriors } from "./start.ts";

/**
 * Parameter expansion (Liu, Rubin & Wu 1998): moves to the abilities' own mean m and covariance LLᵀ, θ′ = L⁻¹(θ − m),
 * with a′ = Lᵀa and d′ = d + a·m so that no logit changes, and the items' prior moves along. Plain EM creeps along
 * exactly these directions. Where the variance of a dimension's slopes is held at its floor the prior would not follow:
 * such a dimension keeps its scale.
 */
export function expand({ subjects, items }: Posteriors, prior: ItemPrior, priors?: VariationalPriors): void {
  const { rows, size, mean, covariance } = subjects;
  const dims = size - 1;
  const centre = new Float64Array(dims);
  const spread = new Float64Array(dims * dims);
  for (let r = 0; r < rows; r++) for (let k = 0; k < dims; k++) centre[k] += mean[r * size + k] / rows;
  for (let r = 0; r < rows; r++)
    for (let k = 0; k < dims; k++)
      for (let l = 0; l <= k; l++)
        spread[k * dims + l] +=
          ((mean[r * size + k] - centre[k]) * (mean[r * size + l] - centre[l]) +
            covariance[(r * size + k) * size + l]) /
          rows;
  for (let k = 0; k < dims; k++) {
    if (!priors || !atFloor(prior, priors, k)) continue;
    for (let l = 0; l < dims; l++) {
      spread[k * dims + l] = k === l ? 1 : 0;
      spread[l * dims + k] = k === l ? 1 : 0;
    }
  }
  if (!cholesky(spread, dims)) return;
  const inverse = invertLower(spread, dims);
  // θ′ = W(θ, 1) and β′ = M β, both size × size and equal to the identity elsewhere.
  const forSubjects = identity(size);
  const forItems = identity(size);
  for (let k = 0; k < dims; k++) {
    forItems[(size - 1) * size + k] = centre[k];
    for (let l = 0; l < dims; l++) {
      forSubjects[k * size + l] = inverse[k * dims + l];
      forSubjects[k * size + size - 1] -= inverse[k * dims + l] * centre[l];
      forItems[k * size + l] = l >= k ? spread[l * dims + k] : 0;
    }
  }
  transform(subjects, forSubjects);
  transform(items, forItems);
  transform({ rows: 1, size, mean: prior.mean, covariance: prior.covariance }, forItems);
}

/** x′ = M x in place, row by row. */
function transform({ rows, size, mean, covariance }: Gaussians, map: Float64Array): void {
  const moved = new Float64Array(size);
  const half = new Float64Array(size * size);
  for (let r = 0; r < rows; r++) {
    const m = r * size;
    const v = m * size;
    for (let i = 0; i < size; i++) {
      let sum = 0;
      for (let k = 0; k < size; k++) sum += map[i * size + k] * mean[m + k];
      moved[i] = sum;
      for (let j = 0; j < size; j++) {
        let entry = 0;
        for (let k = 0; k < size; k++) entry += map[i * size + k] * covariance[v + k * size + j];
        half[i * size + j] = entry;
      }
    }
    mean.set(moved, m);
    for (let i = 0; i < size; i++)
      for (let j = 0; j <= i; j++) {
        let entry = 0;
        for (let k = 0; k < size; k++) entry += half[i * size + k] * map[j * size + k];
        covariance[v + i * size + j] = entry;
        covariance[v + j * size + i] = entry;
      }
  }
}

function invertLower(l: Float64Array, n: number): Float64Array {
  const inverse = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    inverse[j * n + j] = 1 / l[j * n + j];
    for (let i = j + 1; i < n; i++) {
      let sum = 0;
      for (let k = j; k < i; k++) sum -= l[i * n + k] * inverse[k * n + j];
      inverse[i * n + j] = sum / l[i * n + i];
    }
  }
  return inverse;
}
