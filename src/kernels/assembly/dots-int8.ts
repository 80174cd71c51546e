/**
 * out[j] = a · b_j in int32 for int16 numbers a and int8 rows b of k numbers, k a multiple of 16 and n of 4. Four rows at a
 * time, so that their sums are added across lanes together.
 */
export function dotsInt8(a: usize, b: usize, out: usize, n: i32, k: i32): void {
  const row: usize = <usize>k;
  for (let j: usize = 0; j < <usize>n; j += 4) {
    const first = b + j * row;
    const third = first + 2 * row;
    let s0 = i32x4.splat(0);
    let s1 = i32x4.splat(0);
    let s2 = i32x4.splat(0);
    let s3 = i32x4.splat(0);
    for (let o: usize = 0; o < row; o += 16) {
      const low = v128.load(a + (o << 1));
      const high = v128.load(a + (o << 1), 16);
      s0 = more(s0, low, high, v128.load(first + o));
      s1 = more(s1, low, high, v128.load(first + row + o));
      s2 = more(s2, low, high, v128.load(third + o));
      s3 = more(s3, low, high, v128.load(third + row + o));
    }
    const s01 = i32x4.add(v128.shuffle<i32>(s0, s1, 0, 1, 4, 5), v128.shuffle<i32>(s0, s1, 2, 3, 6, 7));
    const s23 = i32x4.add(v128.shuffle<i32>(s2, s3, 0, 1, 4, 5), v128.shuffle<i32>(s2, s3, 2, 3, 6, 7));
    v128.store(
      out + (j << 2),
      i32x4.add(v128.shuffle<i32>(s01, s23, 0, 2, 4, 6), v128.shuffle<i32>(s01, s23, 1, 3, 5, 7)),
    );
  }
}

// @ts-ignore: decorator
@inline
function more(sum: v128, low: v128, high: v128, bytes: v128): v128 {
  return i32x4.add(
    sum,
    i32x4.add(
      i32x4.dot_i16x8_s(low, i16x8.extend_low_i8x16_s(bytes)),
      i32x4.dot_i16x8_s(high, i16x8.extend_high_i8x16_s(bytes)),
    ),
  );
}
