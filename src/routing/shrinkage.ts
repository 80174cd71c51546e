import type { Tree } from "./grow.ts";

/** A rule for the values of a tree's nodes, nodes × width, from its questions' targets, n × width. */
export type NodeValues = (tree: Tree) => Float64Array;

/** The same values at every node. */
export function constant(values: Float64Array): NodeValues {
  return (tree) =>
    Float64Array.from({ length: tree.count.length * values.length }, (_, o) => values[o % values.length]);
}

/**
 * Hierarchical shrinkage (Agarwal et al. 2022): each node's mean, drawn towards its parent's value the more the fewer
 * questions the parent has: the step from the parent is divided by 1 + λ / parent's count.
 */
export function hierarchical(targets: Float32Array, width: number, lambda: number): NodeValues {
  return (tree) =>
    stepped(tree, nodeMeans(tree, targets, width), width, (left) => {
      const parent = tree.count[tree.parent[left]];
      return parent / (parent + lambda);
    });
}

/**
 * Each split's step keeps the share of its size that chance does not explain (James & Stein 1961, positive part):
 * 1 − penalty · E|step|² under chance / |step|². A split whose sides differ by no more than chance lets its parent's value
 * stand, one that tells kinds of questions apart is believed whole, however few questions it has. Under chance |step|² is
 * about χ² with width − 1 degrees of freedom; the penalty is `deviations` of its standard deviations above its mean,
 * because each split is the best of several.
 */
export function jamesStein(targets: Float32Array, width: number, deviations: number): NodeValues {
  const penalty = 1 + deviations * Math.sqrt(2 / Math.max(1, width - 1));
  return (tree) => {
    const means = nodeMeans(tree, targets, width);
    const noise = residualVariance(tree, means, targets, width);
    return stepped(tree, means, width, (left) => {
      let step = 0;
      for (let t = 0, l = left * width; t < width; t++) step += (means[l + t] - means[l + width + t]) ** 2;
      const chance = noise * (1 / tree.count[left] + 1 / tree.count[left + 1]);
      return step > 0 ? Math.max(0, 1 - (penalty * chance) / step) : 0;
    });
  };
}

/** The means of the questions that each node was grown from, nodes × width. */
export function nodeMeans(tree: Tree, targets: Float32Array, width: number): Float64Array {
  const nodes = tree.count.length;
  const means = new Float64Array(nodes * width);
  for (let i = 0; i < tree.inBag.length; i++)
    if (tree.inBag[i])
      for (let t = 0, v = tree.leafOf[i] * width; t < width; t++) means[v + t] += targets[i * width + t];
  for (let node = nodes - 1; node > 0; node--)
    for (let t = 0, v = tree.parent[node] * width; t < width; t++) means[v + t] += means[node * width + t];
  for (let node = 0; node < nodes; node++)
    for (let t = 0; t < width; t++) means[node * width + t] /= tree.count[node];
  return means;
}

/** Variance of a question's targets within the leaves, summed over the targets. */
function residualVariance(tree: Tree, means: Float64Array, targets: Float32Array, width: number): number {
  let squares = 0;
  for (let i = 0; i < tree.inBag.length; i++)
    if (tree.inBag[i])
      for (let t = 0, v = tree.leafOf[i] * width; t < width; t++)
        squares += (targets[i * width + t] - means[v + t]) ** 2;
  const leaves = (tree.count.length + 1) / 2;
  return squares / Math.max(1, tree.count[0] - leaves);
}

/** Values from the root down, each step from a parent times what `keep` says of the split (by its left child). */
function stepped(
  tree: Tree,
  means: Float64Array,
  width: number,
  keep: (left: number) => number,
): Float64Array {
  const out = means.slice();
  // Siblings are next to each other, and come after their parent.
  for (let left = 1; left < tree.count.length; left += 2) {
    const share = keep(left);
    const above = tree.parent[left] * width;
    for (let node = left; node < left + 2; node++)
      for (let t = 0, v = node * width; t < width; t++)
        out[v + t] = out[above + t] + share * (means[v + t] - means[above + t]);
  }
  return out;
}
