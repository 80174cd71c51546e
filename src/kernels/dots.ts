import { place, wasmKernels } from "./wasm.ts";

/** Rows of b handled in one go, so that a block of them stays in the cache. */
const block = 256;

/**
 * All inner products of two sets of float32 rows: `out[i * n + j] = a_i · b_j`, m × n numbers, for `a` of m × k and
 * `b` of n × k numbers, k a multiple of 4 (pad rows with zeros).
 */
export function dotProducts(a: Float32Array, b: Float32Array, k: number): Float32Array {
  const m = a.length / k;
  const n = b.length / k;
  const out = new Float32Array(m * n);
  const rows = Math.max(1, Math.min(m, Math.floor((64 << 20) / (4 * (n + k)))));
  const { addresses, buffer } = place(4 * rows * k, b.byteLength, 4 * rows * Math.min(n, block));
  const [toA, toB, toOut] = addresses;
  const inA = new Float32Array(buffer, toA, rows * k);
  new Float32Array(buffer, toB, b.length).set(b);
  const kernels = wasmKernels();
  for (let i = 0; i < m; i += rows) {
    const height = Math.min(rows, m - i);
    inA.set(a.subarray(i * k, (i + height) * k));
    for (let j = 0; j < n; j += block) {
      const width = Math.min(block, n - j);
      kernels.dots(toA, toB + 4 * j * k, toOut, height, width, k);
      for (let r = 0; r < height; r++)
        out.set(new Float32Array(buffer, toOut + 4 * r * width, width), (i + r) * n + j);
    }
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
