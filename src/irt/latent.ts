import { cholesky, identity, logDeterminant, logSumExp, solveCholesky } from "../numerics/index.ts";
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

/** log of the nodes' weights, which sum to one. */
export function logWeights({ dims, count, theta, logVolume }: Nodes, latent: LatentNormal): Float64Array {
  const factor = latent.covariance.slice();
  cholesky(factor, dims);
  const constant = (logDeterminant(factor, dims) + dims * Math.log(2 * Math.PI)) / 2;
  const off = new Float64Array(dims);
  const logs = new Float64Array(count);
  for (let q = 0; q < count; q++) {
    for (let j = 0; j < dims; j++) off[j] = theta[q * dims + j] - latent.mean[j];
    const solved = solveCholesky(factor, dims, off.slice());
    let square = 0;
    for (let j = 0; j < dims; j++) square += off[j] * solved[j];
    logs[q] = logVolume[q] - square / 2 - constant;
  }
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
