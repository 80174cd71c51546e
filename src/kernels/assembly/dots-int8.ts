/** out[j] = a · b_j in int32 for int16 numbers a and int8 rows b of k numbers, k a multiple of 16. */
export function dotsInt8(a: usize, b: usize, out: usize, n: i32, k: i32): void {
  const row: usize = <usize>k;
  let j = 0;
  for (; j + 2 <= n; j += 2) {
    const first = b + <usize>j * row;
    const second = first + row;
    let s = i32x4.splat(0);
    let t = i32x4.splat(0);
    for (let o: usize = 0; o < row; o += 16) {
      const low = v128.load(a + (o << 1));
      const high = v128.load(a + (o << 1), 16);
      let x = v128.load(first + o);
      s = i32x4.add(s, i32x4.dot_i16x8_s(low, i16x8.extend_low_i8x16_s(x)));
      s = i32x4.add(s, i32x4.dot_i16x8_s(high, i16x8.extend_high_i8x16_s(x)));
      x = v128.load(second + o);
      t = i32x4.add(t, i32x4.dot_i16x8_s(low, i16x8.extend_low_i8x16_s(x)));
      t = i32x4.add(t, i32x4.dot_i16x8_s(high, i16x8.extend_high_i8x16_s(x)));
    }
    const to = out + (<usize>j << 2);
    store<i32>(to, sum(s));
    store<i32>(to, sum(t), 4);
  }
  if (j < n) {
    const last = b + <usize>j * row;
    let s = i32x4.splat(0);
    for (let o: usize = 0; o < row; o += 16) {
      const x = v128.load(last + o);
      s = i32x4.add(s, i32x4.dot_i16x8_s(v128.load(a + (o << 1)), i16x8.extend_low_i8x16_s(x)));
      s = i32x4.add(s, i32x4.dot_i16x8_s(v128.load(a + (o << 1), 16), i16x8.extend_high_i8x16_s(x)));
    }
    store<i32>(out + (<usize>j << 2), sum(s));
  }
}

// @ts-ignore: decorator
@inline
function sum(v: v128): i32 {
  return (
    i32x4.extract_lane(v, 0) + i32x4.extract_lane(v, 1) + (i32x4.extract_lane(v, 2) + i32x4.extract_lane(v, 3))
  );
}
