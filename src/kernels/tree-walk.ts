import { placeApart } from "./wasm.ts";

/** Regression trees, all nodes one after another, each tree's children behind their parents. */
export interface Trees {
  /** First node of each tree. */
  readonly roots: Int32Array;
  /** Feature tested at each node, −1 at a leaf. */
  readonly feature: Int16Array;
  /** At most this goes left. */
  readonly threshold: Float32Array;
  /** Inner node: its left child, the right one follows it; leaf: its row in `values`. */
  readonly next: Int32Array;
  /** leaves × outputs. */
  readonly values: Float32Array;
  readonly outputs: number;
}

/** Trees in the kernels' memory. */
export interface PlacedTrees {
  /** The question's features; set them, then call `run`. */
  readonly x: Float32Array;
  /** Sum over the trees of the values of the leaves that x falls into; valid until the next call. */
  readonly sums: Float32Array;
  run(): void;
}

/** Places trees of at most 65,536 nodes each for questions of `features` numbers; their sums are in float32. */
export function placeTrees(trees: Trees, features: number): PlacedTrees {
  const { roots, feature, threshold, next, values, outputs } = trees;
  const count = roots.length;
  const nodes = feature.length;
  const width = (outputs + 3) & ~3;
  const leaves = values.length / outputs;
  const padded = count + 3;
  const { kernels, addresses, buffer } = placeApart(
    8 * nodes,
    4 * padded,
    4 * nodes,
    4 * leaves * width,
    4 * features,
    4 * padded,
    4 * width,
  );
  const [toNodes, toRoots, toLeaf, toValues, toX, toRows, toSums] = addresses;
  const thresholds = new Float32Array(buffer, toNodes, 2 * nodes);
  const halves = new Uint16Array(buffer, toNodes, 4 * nodes);
  const leaf = new Uint32Array(buffer, toLeaf, nodes);
  for (let t = 0; t < count; t++)
    for (let node = roots[t], end = roots[t + 1] ?? nodes; node < end; node++) {
      const isLeaf = feature[node] < 0;
      thresholds[2 * node] = isLeaf ? Number.POSITIVE_INFINITY : threshold[node];
      halves[4 * node + 2] = isLeaf ? 0 : feature[node];
      halves[4 * node + 3] = (isLeaf ? node : next[node]) - roots[t];
      if (isLeaf) leaf[node] = next[node];
    }
  new Uint32Array(buffer, toRoots, padded).fill(roots[count - 1] ?? 0).set(roots);
  const placed = new Float32Array(buffer, toValues, leaves * width);
  for (let l = 0; l < leaves; l++) placed.set(values.subarray(l * outputs, (l + 1) * outputs), l * width);
  return {
    x: new Float32Array(buffer, toX, features),
    sums: new Float32Array(buffer, toSums, outputs),
    run: () => kernels.walkTrees(toNodes, toRoots, toLeaf, toValues, toX, count, width, toRows, toSums),
  };
}

/** The plain twin of {@link placeTrees}' run, to compare with. */
export function walkTreesPlain(trees: Trees, x: Float32Array): Float64Array {
  const { roots, feature, threshold, next, values, outputs } = trees;
  const out = new Float64Array(outputs);
  for (const root of roots) {
    let node = root;
    while (feature[node] >= 0) node = next[node] + (x[feature[node]] <= threshold[node] ? 0 : 1);
    for (let m = 0, v = next[node] * outputs; m < outputs; m++) out[m] += values[v + m];
  }
  return out;
}
