import { place, wasmKernels } from "./wasm.ts";

/** Bytes of b's rows handled in one go, so that they stay in the second-level cache. */
const cached = 128 << 10;
/** Bytes of products that are computed before they are copied out. */
const band = 1 << 20;

/**
 * All inner products of two sets of float32 rows: `out[i * n + j] = a_i · b_j`, m × n numbers, for `a` of m × k and
 * `b` of n × k numbers, k a multiple of 4 (pad rows with zeros).
 */
export function dotProducts(a: Float32Array, b: Float32Array, k: number): Float32Array {
  const m = a.length / k;
  const n = b.length / k;
  const out = new Float32Array(m * n);
  const height = Math.max(2, Math.min(m, Math.floor(band / (4 * n + 4))));
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
    out.set(products.subarray(0, count * n), i * n);
  }
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
