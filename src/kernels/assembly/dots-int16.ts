/**
 * out[i·stride + j] = a_i · b_j in int32 for m rows a and n rows b of k int16 numbers, k a multiple of 8; no sum may
 * overflow. As dots, at twice the multiply-adds an instruction.
 */
export function dotsInt16(a: usize, b: usize, out: usize, m: i32, n: i32, k: i32, stride: i32): void {
  const row: usize = <usize>k << 1;
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
        s0 = i32x4.add(s0, i32x4.dot_i16x8_s(x, z));
        t0 = i32x4.add(t0, i32x4.dot_i16x8_s(y, z));
        z = v128.load(bj + row + o);
        s1 = i32x4.add(s1, i32x4.dot_i16x8_s(x, z));
        t1 = i32x4.add(t1, i32x4.dot_i16x8_s(y, z));
        z = v128.load(bj + 2 * row + o);
        s2 = i32x4.add(s2, i32x4.dot_i16x8_s(x, z));
        t2 = i32x4.add(t2, i32x4.dot_i16x8_s(y, z));
        z = v128.load(bj + 3 * row + o);
        s3 = i32x4.add(s3, i32x4.dot_i16x8_s(x, z));
        t3 = i32x4.add(t3, i32x4.dot_i16x8_s(y, z));
      }
      v128.store(to, sums(s0, s1, s2, s3));
      v128.store(to + down, sums(t0, t1, t2, t3));
    }
    for (; j < n; j++, to += 4) {
      const bj = b + <usize>j * row;
      store<i32>(to, dot(first, bj, row));
      store<i32>(to + down, dot(second, bj, row));
    }
  }
}

/** The first j ≥ from with offsets[j] − scale · products[j] ≤ limit (float32 offsets, int32 products), or n. */
export function nextAtMost(
  products: usize,
  offsets: usize,
  from: i32,
  n: i32,
  scale: f32,
  limit: f32,
): i32 {
  const scales = f32x4.splat(scale);
  const limits = f32x4.splat(limit);
  let j = from;
  for (; j + 4 <= n; j += 4) {
    const at = <usize>j << 2;
    const product = f32x4.mul(scales, f32x4.convert_i32x4_s(v128.load(products + at)));
    if (v128.any_true(f32x4.le(f32x4.sub(v128.load(offsets + at), product), limits))) break;
  }
  for (; j < n; j++) {
    const at = <usize>j << 2;
    if (load<f32>(offsets + at) - scale * <f32>load<i32>(products + at) <= limit) return j;
  }
  return n;
}

// @ts-ignore: decorator
@inline
function dot(x: usize, y: usize, bytes: usize): i32 {
  let s = i32x4.splat(0);
  for (let o: usize = 0; o < bytes; o += 16) s = i32x4.add(s, i32x4.dot_i16x8_s(v128.load(x + o), v128.load(y + o)));
  return (
    i32x4.extract_lane(s, 0) + i32x4.extract_lane(s, 1) + (i32x4.extract_lane(s, 2) + i32x4.extract_lane(s, 3))
  );
}

// @ts-ignore: decorator
@inline
function sums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(v128.shuffle<i32>(a, b, 0, 1, 4, 5), v128.shuffle<i32>(a, b, 2, 3, 6, 7));
  const cd = i32x4.add(v128.shuffle<i32>(c, d, 0, 1, 4, 5), v128.shuffle<i32>(c, d, 2, 3, 6, 7));
  return i32x4.add(v128.shuffle<i32>(ab, cd, 0, 2, 4, 6), v128.shuffle<i32>(ab, cd, 1, 3, 5, 7));
}
