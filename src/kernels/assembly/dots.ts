/**
 * out[i·n + j] = a_i · b_j for rows of k float32 numbers, k a multiple of 4. Four rows of b share each load of a:
 * 4 multiply-adds of 4 lanes for 5 loads.
 */
export function dots(a: usize, b: usize, out: usize, m: i32, n: i32, k: i32): void {
  const row: usize = <usize>k << 2;
  for (let i = 0; i < m; i++) {
    const ai = a + <usize>i * row;
    let j = 0;
    for (; j + 4 <= n; j += 4) {
      const bj = b + <usize>j * row;
      let s0 = f32x4.splat(0);
      let s1 = f32x4.splat(0);
      let s2 = f32x4.splat(0);
      let s3 = f32x4.splat(0);
      for (let o: usize = 0; o < row; o += 16) {
        const x = v128.load(ai + o);
        s0 = f32x4.add(s0, f32x4.mul(x, v128.load(bj + o)));
        s1 = f32x4.add(s1, f32x4.mul(x, v128.load(bj + row + o)));
        s2 = f32x4.add(s2, f32x4.mul(x, v128.load(bj + 2 * row + o)));
        s3 = f32x4.add(s3, f32x4.mul(x, v128.load(bj + 3 * row + o)));
      }
      const to = out + ((<usize>i * <usize>n + <usize>j) << 2);
      store<f32>(to, sum(s0));
      store<f32>(to + 4, sum(s1));
      store<f32>(to + 8, sum(s2));
      store<f32>(to + 12, sum(s3));
    }
    for (; j < n; j++) {
      const bj = b + <usize>j * row;
      let s = f32x4.splat(0);
      for (let o: usize = 0; o < row; o += 16) s = f32x4.add(s, f32x4.mul(v128.load(ai + o), v128.load(bj + o)));
      store<f32>(out + ((<usize>i * <usize>n + <usize>j) << 2), sum(s));
    }
  }
}

// @ts-ignore: decorator
@inline
function sum(v: v128): f32 {
  return (
    f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3))
  );
}
