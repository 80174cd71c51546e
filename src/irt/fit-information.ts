import { inversePositive } from "../numerics/index.ts";
import { type LatentNormal, logWeights, standardNormal } from "./latent.ts";
import { curvePoint, modelOf, packItems } from "./models.ts";
import { type Nodes, nodesFor, quasiMonteCarlo } from "./nodes.ts";
import type { Abilities, ItemParameters } from "./parameters.ts";

/**
 * Fisher information of every item at each of G abilities: I × G entries Σ_k (∂P_k/∂z)² / P_k times |a|² (z = a·θ),
 * the information along the item's own direction; in one dimension simply I(θ).
 * @param theta G × D abilities.
 */
export function itemInformation(items: ItemParameters, theta: ArrayLike<number>): Float64Array {
  const count = theta.length / items.dims;
  const information = new Float64Array((items.discrimination.length / items.dims) * count);
  visitInformation(items, theta, (i, g, slopes, along) => {
    information[i * count + g] = along * slopes.reduce((sum, a) => sum + a * a, 0);
  });
  return information;
}

/**
 * Information matrix of the whole test at each of G abilities, G × D × D: Σ_i a_i a_iᵀ Σ_k (∂P_ik/∂z)² / P_ik. The
 * standard error of an ability is the square root of the inverse's diagonal.
 */
export function testInformation(items: ItemParameters, theta: ArrayLike<number>): Float64Array {
  const { dims } = items;
  const information = new Float64Array(theta.length * dims);
  visitInformation(items, theta, (_, g, slopes, along) => {
    for (let j = 0, at = g * dims * dims; j < dims; j++)
      for (let k = 0; k < dims; k++, at++) information[at] += along * slopes[j] * slopes[k];
  });
  return information;
}

/** Visits Σ_k (∂P_k/∂z)² / P_k of every item at every ability, with the item's slopes. */
function visitInformation(
  items: ItemParameters,
  theta: ArrayLike<number>,
  visit: (item: number, point: number, slopes: Float64Array, along: number) => void,
): void {
  const model = modelOf(items);
  const { dims, size, categories } = model;
  const x = packItems(model, items);
  const out = curvePoint(model);
  const points = Float64Array.from(theta);
  for (let i = 0; i < x.length / size; i++) {
    const slopes = x.subarray(i * size, i * size + dims);
    for (let g = 0; g < points.length / dims; g++) {
      model.evaluate(x, i * size, points, g * dims, out);
      let sum = 0;
      for (let k = 0; k < categories; k++) sum += out.dz[k] ** 2 / Math.max(out.p[k], 1e-300);
      visit(i, g, slopes, sum);
    }
  }
}

export interface Reliability {
  /** D: variance of EAP scores over that plus the mean posterior variance, in this sample. */
  readonly empirical: Float64Array;
  /**
   * D: expected in the population, 1 − E[posterior variance] / variance, with the posterior variance of a normal
   * approximation, (I(θ) + Σ⁻¹)⁻¹ (Green, Bock, Humphreys, Linn & Reckase 1984).
   */
  readonly marginal: Float64Array;
}

/** Nodes of the population; in several dimensions no more of them than a mean over many items needs. */
function populationNodes(latent: LatentNormal, items: number): Nodes {
  const dims = latent.mean.length;
  if (dims === 1) return nodesFor(1, 6 * Math.sqrt(Math.max(1, latent.covariance[0])), 0.2);
  return quasiMonteCarlo(dims, Math.max(100, Math.min(2000, Math.floor(4e6 / items))));
}

export function reliability(
  items: ItemParameters,
  { dims, ability, covariance }: Abilities,
  latent: LatentNormal = standardNormal(items.dims),
): Reliability {
  const subjects = ability.length / dims;
  const empirical = new Float64Array(dims);
  for (let j = 0; j < dims; j++) {
    let mean = 0;
    let error = 0;
    for (let s = 0; s < subjects; s++) {
      mean += ability[s * dims + j] / subjects;
      error += covariance[(s * dims + j) * dims + j] / subjects;
    }
    let variance = 0;
    for (let s = 0; s < subjects; s++)
      variance += (ability[s * dims + j] - mean) ** 2 / Math.max(1, subjects - 1);
    empirical[j] = variance / (variance + error);
  }
  const nodes = populationNodes(latent, items.intercept.length);
  const weights = logWeights(nodes, latent);
  const information = testInformation(items, nodes.theta);
  const precision = inversePositive(latent.covariance, dims)!;
  const expected = new Float64Array(dims);
  for (let q = 0; q < nodes.count; q++) {
    const variance = inversePositive(
      precision.map((v, e) => v + information[q * dims * dims + e]),
      dims,
    );
    if (!variance) continue;
    for (let j = 0; j < dims; j++) expected[j] += Math.exp(weights[q]) * variance[j * dims + j];
  }
  return { empirical, marginal: expected.map((v, j) => 1 - v / latent.covariance[j * dims + j]) };
}
