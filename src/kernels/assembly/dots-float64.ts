/**
 * out[i·strideOut + j] −= a_i · b_j for m rows a and n rows b of k float64 numbers, k even, rows a stride apart (in numbers). Tiles
 * of 2 × 4 rows: 8 multiply-adds of a vector for 6 loads, all sums in registers. An odd last row is its own partner.
 */
export function subtractDots(
  a: usize,
  strideA: i32,
  b: usize,
  strideB: i32,
  out: usize,
  strideOut: i32,
  m: i32,
  n: i32,
  k: i32,
): void {
  const row = <usize>strideB << 3;
  const end = <usize>k << 3;
  for (let i = 0; i < m; i += 2) {
    const alone = i + 1 == m;
    const first = a + ((<usize>i * <usize>strideA) << 3);
    const second = alone ? first : first + (<usize>strideA << 3);
    let to = out + ((<usize>i * <usize>strideOut) << 3);
    const down = <usize>strideOut << 3;
    let j = 0;
    for (; j + 4 <= n; j += 4, to += 32) {
      const bj = b + <usize>j * row;
      let s0 = f64x2.splat(0);
      let s1 = f64x2.splat(0);
      let s2 = f64x2.splat(0);
      let s3 = f64x2.splat(0);
      let t0 = f64x2.splat(0);
      let t1 = f64x2.splat(0);
      let t2 = f64x2.splat(0);
      let t3 = f64x2.splat(0);
      for (let o: usize = 0; o < end; o += 16) {
        const x = v128.load(first + o);
        const y = v128.load(second + o);
        let z = v128.load(bj + o);
        s0 = f64x2.add(s0, f64x2.mul(x, z));
        t0 = f64x2.add(t0, f64x2.mul(y, z));
        z = v128.load(bj + row + o);
        s1 = f64x2.add(s1, f64x2.mul(x, z));
        t1 = f64x2.add(t1, f64x2.mul(y, z));
        z = v128.load(bj + 2 * row + o);
        s2 = f64x2.add(s2, f64x2.mul(x, z));
        t2 = f64x2.add(t2, f64x2.mul(y, z));
        z = v128.load(bj + 3 * row + o);
        s3 = f64x2.add(s3, f64x2.mul(x, z));
        t3 = f64x2.add(t3, f64x2.mul(y, z));
      }
      take(to, s0, s1);
      take(to + 16, s2, s3);
      if (!alone) {
        take(to + down, t0, t1);
        take(to + down + 16, t2, t3);
      }
    }
    for (; j < n; j++, to += 8) {
      const bj = b + <usize>j * row;
      takeOne(to, first, bj, end);
      if (!alone) takeOne(to + down, second, bj, end);
    }
  }
}

/** Subtracts the sums of two vectors' lanes from two neighbours. */
// @ts-ignore: decorator
@inline
function take(to: usize, s: v128, t: v128): void {
  const sums = f64x2.add(v128.shuffle<i64>(s, t, 0, 2), v128.shuffle<i64>(s, t, 1, 3));
  v128.store(to, f64x2.sub(v128.load(to), sums));
}

// @ts-ignore: decorator
@inline
function takeOne(to: usize, x: usize, y: usize, end: usize): void {
  let s = f64x2.splat(0);
  for (let o: usize = 0; o < end; o += 16) s = f64x2.add(s, f64x2.mul(v128.load(x + o), v128.load(y + o)));
  store<f64>(to, load<f64>(to) - (f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1)));
}
