import { blockNodes } from "../../kernels/index.ts";
import { type LatentNormal, logWeights } from "../latent.ts";
import { type Nodes, nodesFor } from "../nodes.ts";
import type { Expectation } from "./expectation.ts";
import { blocksOf, type Windows, wholeWindows } from "./posteriors.ts";

/** The nodes of an estimation, and where on them the posteriors are. */
export interface Grid {
  readonly nodes: Nodes;
  /** As asked of `nodesFor`, which makes the same nodes of them again. */
  readonly range: number;
  readonly spacing: number;
  readonly logPrior: Float64Array;
  readonly windows: Windows;
}

/** @param open the mean and covariance of ability may yet move. */
export function firstGrid(latent: LatentNormal, patterns: number, open: boolean, coarse: boolean): Grid {
  const dims = latent.mean.length;
  return gridOf(latent, patterns, rangeOf(latent, open), (dims === 1 ? 0.2 : 0.4) * (coarse ? 2 : 1));
}

export function gridOf(latent: LatentNormal, patterns: number, range: number, spacing: number): Grid {
  const nodes = nodesFor(latent.mean.length, range, spacing);
  return {
    nodes,
    range,
    spacing,
    logPrior: logWeights(nodes, latent),
    windows: wholeWindows(patterns, nodes),
  };
}

function rangeOf({ mean, covariance }: LatentNormal, open: boolean): number {
  let range = open ? 10 : 6;
  mean.forEach((m, j) => {
    range = Math.max(range, Math.abs(m) + 6 * Math.sqrt(covariance[j * mean.length + j]));
  });
  return range;
}

/** A finer grid where posteriors have become sharp for this one; undefined where it will do. */
export function finerGrid(
  grid: Grid,
  latent: LatentNormal,
  { means, moments }: Expectation,
  open: boolean,
): Grid | undefined {
  const { dims } = grid.nodes;
  if (dims > 2) return undefined;
  const patterns = means.length / dims;
  const deviations = new Float64Array(patterns).fill(Infinity);
  for (let p = 0; p < patterns; p++)
    for (let j = 0; j < dims; j++) {
      const variance = moments[(p * dims + j) * dims + j] - means[p * dims + j] ** 2;
      deviations[p] = Math.min(deviations[p], Math.sqrt(Math.max(variance, 1e-12)));
    }
  const sharp = deviations.slice().sort()[Math.floor(patterns / 20)];
  // The rectangular rule's error for a normal posterior is 2 exp(−2π²(sd/spacing)²): 2e-6 at spacing 1.2 sd.
  if (grid.nodes.spacing <= 1.2 * sharp) return undefined;
  // A posterior between two nodes looks sharper than it is: closer nodes first, then another look.
  const spacing = Math.max(1.1 * sharp, grid.nodes.spacing / 4);
  const finer = gridOf(latent, patterns, rangeOf(latent, open), spacing);
  const { nodes, windows } = finer;
  if (nodes.count <= grid.nodes.count) return undefined;
  if (dims > 1) return finer;
  const blocks = blocksOf(nodes);
  const block = (at: number) => (at - nodes.theta[0]) / nodes.spacing / blockNodes;
  for (let p = 0; p < patterns; p++) {
    const reach = 7 * deviations[p] + 2 * nodes.spacing;
    windows.from[p] = Math.max(0, Math.min(blocks - 1, Math.floor(block(means[p] - reach))));
    windows.to[p] = Math.max(windows.from[p] + 1, Math.min(blocks, Math.ceil(block(means[p] + reach))));
  }
  return finer;
}
