/**
 * out[q] = Σ_e weights[e] · table[columns[e]][q] in float64 for the nodes of blocks from … to − 1, a block being 8 nodes
 * side by side, one cache line: the table stands block by block, in each column by column. No weights (0): all 1.
 */
export function sumTerms(
  table: usize,
  columns: usize,
  weights: usize,
  count: i32,
  width: i32,
  from: i32,
  to: i32,
  out: usize,
): void {
  const end = columns + (<usize>count << 2);
  for (let b = from; b < to; b++, out += 64) {
    const base = table + ((<usize>b * <usize>width) << 6);
    let s0 = f64x2.splat(0);
    let s1 = f64x2.splat(0);
    let s2 = f64x2.splat(0);
    let s3 = f64x2.splat(0);
    if (weights == 0)
      for (let c = columns; c < end; c += 4) {
        const at = base + (<usize>load<u32>(c) << 6);
        s0 = f64x2.add(s0, v128.load(at));
        s1 = f64x2.add(s1, v128.load(at, 16));
        s2 = f64x2.add(s2, v128.load(at, 32));
        s3 = f64x2.add(s3, v128.load(at, 48));
      }
    else
      for (let c = columns, w = weights; c < end; c += 4, w += 8) {
        const at = base + (<usize>load<u32>(c) << 6);
        const weight = v128.load_splat<f64>(w);
        s0 = f64x2.add(s0, f64x2.mul(weight, v128.load(at)));
        s1 = f64x2.add(s1, f64x2.mul(weight, v128.load(at, 16)));
        s2 = f64x2.add(s2, f64x2.mul(weight, v128.load(at, 32)));
        s3 = f64x2.add(s3, f64x2.mul(weight, v128.load(at, 48)));
      }
    v128.store(out, s0);
    v128.store(out, s1, 16);
    v128.store(out, s2, 32);
    v128.store(out, s3, 48);
  }
}

/** The transpose: sums[columns[e]][q] += weights[e] · values[q] for the nodes of blocks from … to − 1. */
export function spreadTerms(
  sums: usize,
  columns: usize,
  weights: usize,
  count: i32,
  width: i32,
  from: i32,
  to: i32,
  values: usize,
): void {
  const end = columns + (<usize>count << 2);
  for (let b = from; b < to; b++, values += 64) {
    const base = sums + ((<usize>b * <usize>width) << 6);
    const v0 = v128.load(values);
    const v1 = v128.load(values, 16);
    const v2 = v128.load(values, 32);
    const v3 = v128.load(values, 48);
    for (let c = columns, w = weights; c < end; c += 4, w += 8) {
      const at = base + (<usize>load<u32>(c) << 6);
      if (weights == 0) {
        v128.store(at, f64x2.add(v128.load(at), v0));
        v128.store(at, f64x2.add(v128.load(at, 16), v1), 16);
        v128.store(at, f64x2.add(v128.load(at, 32), v2), 32);
        v128.store(at, f64x2.add(v128.load(at, 48), v3), 48);
      } else {
        const weight = v128.load_splat<f64>(w);
        v128.store(at, f64x2.add(v128.load(at), f64x2.mul(weight, v0)));
        v128.store(at, f64x2.add(v128.load(at, 16), f64x2.mul(weight, v1)), 16);
        v128.store(at, f64x2.add(v128.load(at, 32), f64x2.mul(weight, v2)), 32);
        v128.store(at, f64x2.add(v128.load(at, 48), f64x2.mul(weight, v3)), 48);
      }
    }
  }
}
