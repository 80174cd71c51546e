/**
 * out[i·stride + j] = a_i · b_j for m rows a and n rows b of `row` bytes, a multiple of 16, of float32 numbers (T = f32) or
 * int16 ones with int32 sums (T = i32). Tiles of 2 × 4 rows: 8 multiply-adds of a vector for 6 loads, all sums in
 * registers. An odd last row is its own partner.
 */
// @ts-ignore: decorator
@inline
export function dotBlocks<T>(a: usize, b: usize, out: usize, m: i32, n: i32, row: usize, stride: i32): void {
  for (let i = 0; i < m; i += 2) {
    const alone = i + 1 == m;
    const first = a + <usize>i * row;
    const second = alone ? first : first + row;
    let to = out + ((<usize>i * <usize>stride) << 2);
    const down: usize = alone ? 0 : <usize>stride << 2;
    let j = 0;
    for (; j + 4 <= n; j += 4, to += 16) {
      const bj = b + <usize>j * row;
      let s0 = i32x4.splat(0);
      let s1 = i32x4.splat(0);
      let s2 = i32x4.splat(0);
      let s3 = i32x4.splat(0);
      let t0 = i32x4.splat(0);
      let t1 = i32x4.splat(0);
      let t2 = i32x4.splat(0);
      let t3 = i32x4.splat(0);
      for (let o: usize = 0; o < row; o += 16) {
        const x = v128.load(first + o);
        const y = v128.load(second + o);
        let z = v128.load(bj + o);
        s0 = more<T>(s0, x, z);
        t0 = more<T>(t0, y, z);
        z = v128.load(bj + row + o);
        s1 = more<T>(s1, x, z);
        t1 = more<T>(t1, y, z);
        z = v128.load(bj + 2 * row + o);
        s2 = more<T>(s2, x, z);
        t2 = more<T>(t2, y, z);
        z = v128.load(bj + 3 * row + o);
        s3 = more<T>(s3, x, z);
        t3 = more<T>(t3, y, z);
      }
      v128.store(to, sums<T>(s0, s1, s2, s3));
      v128.store(to + down, sums<T>(t0, t1, t2, t3));
    }
    for (; j < n; j++, to += 4) {
      const bj = b + <usize>j * row;
      store<T>(to, dot<T>(first, bj, row));
      store<T>(to + down, dot<T>(second, bj, row));
    }
  }
}

/** s + x · y, lane by lane; of int16 numbers the products of neighbours come together. */
// @ts-ignore: decorator
@inline
function more<T>(s: v128, x: v128, y: v128): v128 {
  return isFloat<T>() ? f32x4.add(s, f32x4.mul(x, y)) : i32x4.add(s, i32x4.dot_i16x8_s(x, y));
}

// @ts-ignore: decorator
@inline
function plus<T>(x: v128, y: v128): v128 {
  return isFloat<T>() ? f32x4.add(x, y) : i32x4.add(x, y);
}

// @ts-ignore: decorator
@inline
function dot<T>(x: usize, y: usize, bytes: usize): T {
  let s = i32x4.splat(0);
  for (let o: usize = 0; o < bytes; o += 16) s = more<T>(s, v128.load(x + o), v128.load(y + o));
  return <T>(
    v128.extract_lane<T>(s, 0) +
    v128.extract_lane<T>(s, 2) +
    (v128.extract_lane<T>(s, 1) + v128.extract_lane<T>(s, 3))
  );
}

/** The sums of four vectors' lanes, in the same order as in dot: a product does not depend on its row's place. */
// @ts-ignore: decorator
@inline
function sums<T>(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = plus<T>(v128.shuffle<i32>(a, b, 0, 1, 4, 5), v128.shuffle<i32>(a, b, 2, 3, 6, 7));
  const cd = plus<T>(v128.shuffle<i32>(c, d, 0, 1, 4, 5), v128.shuffle<i32>(c, d, 2, 3, 6, 7));
  return plus<T>(v128.shuffle<i32>(ab, cd, 0, 2, 4, 6), v128.shuffle<i32>(ab, cd, 1, 3, 5, 7));
}
