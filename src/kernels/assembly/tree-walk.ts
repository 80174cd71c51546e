/**
 * The leaves that a question falls into in each tree, and the sum of their rows: out[d] = Σ_t values[leaf_t · width + d],
 * width a multiple of 4. A node is 8 bytes: its threshold (float32), its feature and its left child (uint16, the child
 * within the tree, the right one next to it). A leaf's threshold is +∞ and its child itself, so that the walk stays there.
 * Four trees go down together: one alone would wait for each of its nodes.
 *
 * @param roots the first node of each tree (uint32, among all nodes), with three more entries that repeat the last
 * @param leaf the row of each node that is a leaf (uint32)
 * @param rows room for trees + 3 rows (uint32)
 */
export function walkTrees(
  nodes: usize,
  roots: usize,
  leaf: usize,
  values: usize,
  x: usize,
  trees: i32,
  width: i32,
  rows: usize,
  out: usize,
): void {
  const bytes: usize = <usize>width << 2;
  for (let t: usize = 0; t < <usize>trees << 2; t += 16) {
    const rootA = nodes + (<usize>load<u32>(roots + t) << 3);
    const rootB = nodes + (<usize>load<u32>(roots + t, 4) << 3);
    const rootC = nodes + (<usize>load<u32>(roots + t, 8) << 3);
    const rootD = nodes + (<usize>load<u32>(roots + t, 12) << 3);
    let a = rootA;
    let b = rootB;
    let c = rootC;
    let d = rootD;
    for (;;) {
      const nextA = child(a, rootA, x);
      const nextB = child(b, rootB, x);
      const nextC = child(c, rootC, x);
      const nextD = child(d, rootD, x);
      if (((nextA ^ a) | (nextB ^ b) | (nextC ^ c) | (nextD ^ d)) == 0) break;
      a = nextA;
      b = nextB;
      c = nextC;
      d = nextD;
    }
    store<u32>(rows + t, load<u32>(leaf + ((a - nodes) >> 1)));
    store<u32>(rows + t, load<u32>(leaf + ((b - nodes) >> 1)), 4);
    store<u32>(rows + t, load<u32>(leaf + ((c - nodes) >> 1)), 8);
    store<u32>(rows + t, load<u32>(leaf + ((d - nodes) >> 1)), 12);
  }
  const end = rows + (<usize>trees << 2);
  for (let o: usize = 0; o < bytes; o += 16) {
    let sum = f32x4.splat(0);
    for (let at = rows; at < end; at += 4)
      sum = f32x4.add(sum, v128.load(values + <usize>load<u32>(at) * bytes + o));
    v128.store(out + o, sum);
  }
}

// @ts-ignore: decorator
@inline
function child(node: usize, root: usize, x: usize): usize {
  const right = load<f32>(x + (<usize>load<u16>(node, 4) << 2)) > load<f32>(node);
  return root + ((<usize>load<u16>(node, 6) + <usize>right) << 3);
}
