import { place, wasmKernels } from "./wasm.ts";

/** Bytes of b's rows handled in one go, so that they stay in the second-level cache. */
const cached = 128 << 10;
/** Bytes of products that are computed before they are handed on. */
const handedOn = 1 << 20;

/**
 * Inner products of all rows of `a` (m × k) with all rows of `b` (n × k), k a multiple of 4 (pad rows with zeros), a
 * band of rows of `a` at a time: `visit(products, first, height)` sees products[r * n + j] = a_(first + r) · b_j for
 * r < height. `products` is valid only inside the call, which must not run another kernel.
 */
export function eachDotProducts(
  a: Float32Array,
  b: Float32Array,
  k: number,
  visit: (products: Float32Array, first: number, height: number) => void,
): void {
  const m = a.length / k;
  const n = b.length / k;
  const height = Math.max(2, Math.min(m, Math.floor(handedOn / (4 * n + 4))));
  const width = Math.max(4, Math.floor(cached / (16 * k)) * 4);
  const { addresses, buffer } = place(4 * height * k, b.byteLength, 4 * height * n);
  const [toA, toB, toOut] = addresses;
  const rows = new Float32Array(buffer, toA, height * k);
  const products = new Float32Array(buffer, toOut, height * n);
  new Float32Array(buffer, toB, b.length).set(b);
  const kernels = wasmKernels();
  for (let i = 0; i < m; i += height) {
    const count = Math.min(height, m - i);
    rows.set(a.subarray(i * k, (i + count) * k));
    for (let j = 0; j < n; j += width)
      kernels.dots(toA, toB + 4 * j * k, toOut + 4 * j, count, Math.min(width, n - j), k, n);
    visit(products, i, count);
  }
}

/**
 * All inner products of two sets of float32 rows: `out[i * n + j] = a_i · b_j`, m × n numbers, for `a` of m × k and
 * `b` of n × k numbers, k a multiple of 4 (pad rows with zeros).
 */
export function dotProducts(a: Float32Array, b: Float32Array, k: number): Float32Array {
  const n = b.length / k;
  const out = new Float32Array((a.length / k) * n);
  eachDotProducts(a, b, k, (products, first, height) => {
    out.set(products.subarray(0, height * n), first * n);
  });
  return out;
}

/** The plain twin of {@link dotProducts}, to compare with. */
export function dotProductsPlain(a: Float32Array, b: Float32Array, k: number): Float32Array {
  const m = a.length / k;
  const n = b.length / k;
  const out = new Float32Array(m * n);
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let d = 0; d < k; d++) sum += a[i * k + d] * b[j * k + d];
      out[i * n + j] = sum;
    }
  return out;
}
