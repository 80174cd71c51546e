import { dotBlocks } from "./dot-blocks";

/** out[i·stride + j] = a_i · b_j for m rows a and n rows b of k float32 numbers, k a multiple of 4. */
export function dots(a: usize, b: usize, out: usize, m: i32, n: i32, k: i32, stride: i32): void {
  dotBlocks<f32>(a, b, out, m, n, <usize>k << 2, stride);
}
