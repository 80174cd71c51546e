import { placeTrees, type Trees } from "../kernels/index.ts";
import { seededRandom } from "../numerics/index.ts";
import { type GrowOptions, growTree, type Tree } from "./grow.ts";
import { madeOnce } from "./made-once.ts";
import type { NodeValues } from "./shrinkage.ts";

/** A forest for prediction, its leaves holding float32 values. */
export type Forest = Trees;

export function growForest(
  columns: readonly Float32Array[],
  targets: Float32Array,
  trees: number,
  options: GrowOptions,
  seed: number,
): Tree[] {
  return Array.from({ length: trees }, (_, t) => growTree(columns, targets, options, seededRandom(seed + t)));
}

/** n × width predictions, each question's from the trees that were grown without it. */
export function outOfBag(trees: readonly Tree[], width: number, nodeValues: NodeValues): Float64Array {
  const n = trees[0].inBag.length;
  const out = new Float64Array(n * width);
  const votes = new Int32Array(n);
  const roots = new Float64Array(width);
  for (const tree of trees) {
    const values = nodeValues(tree);
    for (let t = 0; t < width; t++) roots[t] += values[t] / trees.length;
    for (let i = 0; i < n; i++) {
      if (tree.inBag[i]) continue;
      votes[i]++;
      for (let t = 0, v = tree.leafOf[i] * width; t < width; t++) out[i * width + t] += values[v + t];
    }
  }
  for (let i = 0; i < n; i++)
    for (let t = 0; t < width; t++)
      out[i * width + t] = votes[i] > 0 ? out[i * width + t] / votes[i] : roots[t];
  return out;
}

/** The forest to keep, its leaves holding `outputs` of the nodes' values. */
export function packForest(trees: readonly Tree[], outputs: number, nodeValues: NodeValues): Forest {
  const nodes = trees.reduce((sum, tree) => sum + tree.count.length, 0);
  const leaves = trees.reduce((sum, tree) => sum + tree.feature.filter((f) => f < 0).length, 0);
  const roots = new Int32Array(trees.length);
  const feature = new Int16Array(nodes);
  const threshold = new Float32Array(nodes);
  const next = new Int32Array(nodes);
  const values = new Float32Array(leaves * outputs);
  let node = 0;
  let leaf = 0;
  trees.forEach((tree, t) => {
    const own = nodeValues(tree);
    roots[t] = node;
    for (let i = 0; i < tree.feature.length; i++) {
      feature[node + i] = tree.feature[i];
      threshold[node + i] = tree.threshold[i];
      if (tree.feature[i] >= 0) next[node + i] = node + tree.left[i];
      else {
        next[node + i] = leaf;
        values.set(own.subarray(i * outputs, (i + 1) * outputs), leaf * outputs);
        leaf++;
      }
    }
    node += tree.feature.length;
  });
  return { roots, feature, threshold, next, values, outputs };
}

/** Mean of the trees' values for one question's features; valid until the next call for the same forest. */
export function predictForest(forest: Forest, x: Float32Array): Float32Array {
  const trees = placed(forest, x.length);
  trees.x.set(x);
  trees.run();
  for (let m = 0; m < forest.outputs; m++) trees.sums[m] /= forest.roots.length;
  return trees.sums;
}

const placed = madeOnce(placeTrees);
