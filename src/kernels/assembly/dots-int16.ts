import { dotBlocks } from "./dot-blocks";

/**
 * out[i·stride + j] = a_i · b_j in int32 for m rows a and n rows b of k int16 numbers, k a multiple of 8; no sum may
 * overflow. As dots, at twice the multiply-adds an instruction.
 */
export function dotsInt16(a: usize, b: usize, out: usize, m: i32, n: i32, k: i32, stride: i32): void {
  dotBlocks<i32>(a, b, out, m, n, <usize>k << 1, stride);
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
