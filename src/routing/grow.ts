import { permutation, type Random } from "../numerics/index.ts";

/** One regression tree: node t splits `feature[t]` at `threshold[t]` (≤ goes left); a leaf has feature −1. */
export interface Tree {
  readonly feature: Int16Array;
  readonly threshold: Float32Array;
  /** Left child; the right one is the next node. */
  readonly left: Int32Array;
  readonly parent: Int32Array;
  /** Number of questions that the node was grown from. */
  readonly count: Int32Array;
  /** The leaf of each of the n questions, also of those that it was not grown from. */
  readonly leafOf: Int32Array;
  /** 1 for the questions that it was grown from. */
  readonly inBag: Uint8Array;
}

export interface GrowOptions {
  /** Share of questions in each tree, the others are out of its bag. */
  readonly share: number;
  /** Most questions in one tree. */
  readonly largest: number;
  /** Share of the features tried at a node. */
  readonly tried: number;
  readonly minLeaf: number;
  /** Questions of a node, evenly among all, that its cuts are compared on. */
  readonly compared: number;
}

/**
 * An extremely randomised tree (Geurts, Ernst & Wehenkel 2006): of some features, each cut at a random place between
 * its extremes in the node, the cut that lowers the summed squared error of the targets most.
 *
 * @param columns F columns of n feature values
 * @param targets n × T, question by question
 */
export function growTree(
  columns: readonly Float32Array[],
  targets: Float32Array,
  { share, largest, tried, minLeaf, compared }: GrowOptions,
  random: Random,
): Tree {
  const n = columns[0].length;
  const width = targets.length / n;
  const size = Math.max(1, Math.min(Math.round(share * n), largest));
  const order = permutation(n, random);
  const rows = order.slice(0, size);
  const inBag = new Uint8Array(n);
  for (const row of rows) inBag[row] = 1;
  const room = 2 * Math.ceil(size / Math.max(1, minLeaf)) + 1;
  const feature = new Int16Array(room).fill(-1);
  const threshold = new Float32Array(room);
  const left = new Int32Array(room);
  const parent = new Int32Array(room).fill(-1);
  const count = new Int32Array(room);
  const start = new Int32Array(room);
  count[0] = size;
  let nodes = 1;
  const total = new Float64Array(width);
  const below = new Float64Array(width);
  // The rows that are compared in one piece, so that the inner loops read memory in order.
  const sample = new Int32Array(Math.min(size, compared));
  const values = new Float32Array(sample.length);
  const gathered = new Float32Array(sample.length * width);
  const attempts = Math.max(1, Math.round(tried * columns.length));
  const pool = Int32Array.from(columns, (_, f) => f);
  for (let node = 0; node < nodes; node++) {
    const from = start[node];
    const to = from + count[node];
    if (count[node] < 2 * minLeaf) continue;
    total.fill(0);
    const here = Math.min(count[node], compared);
    const stride = count[node] / here;
    for (let i = 0, g = 0; i < here; i++) {
      sample[i] = rows[from + Math.floor(i * stride)];
      for (let t = 0, o = sample[i] * width; t < width; t++, g++) {
        gathered[g] = targets[o + t];
        total[t] += gathered[g];
      }
    }
    let base = 0;
    for (let t = 0; t < width; t++) base += total[t] ** 2;
    base /= here;
    let best = 1e-9 * (1 + base);
    let bestFeature = -1;
    let bestCut = 0;
    let attempt = 0;
    for (let unseen = pool.length; unseen > 0 && attempt < attempts; ) {
      const drawn = Math.floor(random() * unseen);
      const f = pool[drawn];
      pool[drawn] = pool[--unseen];
      pool[unseen] = f;
      const column = columns[f];
      let low = column[sample[0]];
      let high = low;
      for (let i = 0; i < here; i++) {
        const value = column[sample[i]];
        values[i] = value;
        if (value < low) low = value;
        else if (value > high) high = value;
      }
      if (!(high > low)) continue;
      attempt++;
      const cut = Math.fround(low + random() * (high - low));
      below.fill(0);
      let fewer = 0;
      for (let i = 0; i < here; i++) {
        if (values[i] > cut) continue;
        fewer++;
        for (let t = 0, g = i * width; t < width; t++) below[t] += gathered[g + t];
      }
      const more = here - fewer;
      if (fewer < minLeaf || more < minLeaf) continue;
      let gain = -base;
      for (let t = 0; t < width; t++) gain += below[t] ** 2 / fewer + (total[t] - below[t]) ** 2 / more;
      if (gain > best) {
        best = gain;
        bestFeature = f;
        bestCut = cut;
      }
    }
    if (bestFeature < 0) continue;
    const column = columns[bestFeature];
    let middle = from;
    for (let i = from; i < to; i++)
      if (column[rows[i]] <= bestCut) {
        const kept = rows[middle];
        rows[middle++] = rows[i];
        rows[i] = kept;
      }
    feature[node] = bestFeature;
    threshold[node] = bestCut;
    left[node] = nodes;
    parent[nodes] = parent[nodes + 1] = node;
    start[nodes] = from;
    count[nodes] = middle - from;
    start[nodes + 1] = middle;
    count[nodes + 1] = to - middle;
    nodes += 2;
  }
  const leafOf = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    let node = 0;
    while (feature[node] >= 0) node = left[node] + (columns[feature[node]][i] <= threshold[node] ? 0 : 1);
    leafOf[i] = node;
  }
  return {
    feature: feature.slice(0, nodes),
    threshold: threshold.slice(0, nodes),
    left: left.slice(0, nodes),
    parent: parent.slice(0, nodes),
    count: count.slice(0, nodes),
    leafOf,
    inBag,
  };
}
