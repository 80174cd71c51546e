import { cholesky, identity, logDeterminant, logSumExp, solveLower } from "../numerics/index.ts";
import { type Nodes, nodesFor } from "./nodes.ts";

/** Normal distribution of ability in the population. */
export interface LatentNormal {
  /** D. */
  readonly mean: Float64Array;
  /** D × D. */
  readonly covariance: Float64Array;
}

export function standardNormal(dims: number): LatentNormal {
  return { mean: new Float64Array(dims), covariance: identity(dims) };
}

/** The normal log density, to be asked for the D numbers from `at` on. */
export function logDensity(latent: LatentNormal): (theta: Float64Array, at: number) => number {
  const dims = latent.mean.length;
  const factor = latent.covariance.slice();
  cholesky(factor, dims);
  const constant = (logDeterminant(factor, dims) + dims * Math.log(2 * Math.PI)) / 2;
  const off = new Float64Array(dims);
  return (theta, at) => {
    for (let j = 0; j < dims; j++) off[j] = theta[at + j] - latent.mean[j];
    solveLower(factor, dims, off);
    let square = 0;
    for (let j = 0; j < dims; j++) square += off[j] * off[j];
    return -square / 2 - constant;
  };
}

/** log of the nodes' weights, which sum to one. */
export function logWeights({ dims, count, theta, logVolume }: Nodes, latent: LatentNormal): Float64Array {
  const density = logDensity(latent);
  const logs = Float64Array.from({ length: count }, (_, q) => logVolume[q] + density(theta, q * dims));
  const total = logSumExp(logs);
  for (let q = 0; q < count; q++) logs[q] -= total;
  return logs;
}

/** Nodes, and their weights, over which a mean over the population is a sum. @param spacing see {@link nodesFor} */
export function population(latent: LatentNormal, spacing: number): { nodes: Nodes; weights: Float64Array } {
  const range = 6 * Math.sqrt(Math.max(1, ...latent.covariance));
  const nodes = nodesFor(latent.mean.length, range, spacing);
  return { nodes, weights: logWeights(nodes, latent).map(Math.exp) };
}
