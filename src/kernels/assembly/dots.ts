/**
 * out[i·stride + j] = a_i · b_j for m rows a and n rows b of k float32 numbers, k a multiple of 4. Tiles of 2 × 4
 * rows: 8 multiply-adds of 4 lanes for 6 loads, all sums in registers. An odd last row is its own partner.
 */
export function dots(a: usize, b: usize, out: usize, m: i32, n: i32, k: i32, stride: i32): void {
  const row: usize = <usize>k << 2;
  for (let i = 0; i < m; i += 2) {
    const alone = i + 1 == m;
    const first = a + <usize>i * row;
    const second = alone ? first : first + row;
    let to = out + ((<usize>i * <usize>stride) << 2);
    const down: usize = alone ? 0 : <usize>stride << 2;
    let j = 0;
    for (; j + 4 <= n; j += 4, to += 16) {
      const bj = b + <usize>j * row;
      let s0 = f32x4.splat(0);
      let s1 = f32x4.splat(0);
      let s2 = f32x4.splat(0);
      let s3 = f32x4.splat(0);
      let t0 = f32x4.splat(0);
      let t1 = f32x4.splat(0);
      let t2 = f32x4.splat(0);
      let t3 = f32x4.splat(0);
      for (let o: usize = 0; o < row; o += 16) {
        const x = v128.load(first + o);
        const y = v128.load(second + o);
        let z = v128.load(bj + o);
        s0 = f32x4.add(s0, f32x4.mul(x, z));
        t0 = f32x4.add(t0, f32x4.mul(y, z));
        z = v128.load(bj + row + o);
        s1 = f32x4.add(s1, f32x4.mul(x, z));
        t1 = f32x4.add(t1, f32x4.mul(y, z));
        z = v128.load(bj + 2 * row + o);
        s2 = f32x4.add(s2, f32x4.mul(x, z));
        t2 = f32x4.add(t2, f32x4.mul(y, z));
        z = v128.load(bj + 3 * row + o);
        s3 = f32x4.add(s3, f32x4.mul(x, z));
        t3 = f32x4.add(t3, f32x4.mul(y, z));
      }
      v128.store(to, sums(s0, s1, s2, s3));
      v128.store(to + down, sums(t0, t1, t2, t3));
    }
    for (; j < n; j++, to += 4) {
      const bj = b + <usize>j * row;
      store<f32>(to, dot(first, bj, row));
      store<f32>(to + down, dot(second, bj, row));
    }
  }
}

// @ts-ignore: decorator
@inline
function dot(x: usize, y: usize, bytes: usize): f32 {
  let s = f32x4.splat(0);
  for (let o: usize = 0; o < bytes; o += 16) s = f32x4.add(s, f32x4.mul(v128.load(x + o), v128.load(y + o)));
  return (
    f32x4.extract_lane(s, 0) + f32x4.extract_lane(s, 2) + (f32x4.extract_lane(s, 1) + f32x4.extract_lane(s, 3))
  );
}

/** The sums of four vectors' lanes, in the same order as in dot: a product does not depend on its row's place. */
// @ts-ignore: decorator
@inline
function sums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 1, 4, 5), v128.shuffle<f32>(a, b, 2, 3, 6, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 1, 4, 5), v128.shuffle<f32>(c, d, 2, 3, 6, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 2, 4, 6), v128.shuffle<f32>(ab, cd, 1, 3, 5, 7));
}
