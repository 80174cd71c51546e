import { replaceLargest } from "../numerics/index.ts";
import { place, wasmKernels } from "./wasm.ts";

/** Bytes of b's rows handled in one go, so that they stay in the second-level cache. */
const cached = 128 << 10;
/** Bytes of products that are computed before they are looked through. */
const band = 1 << 20;
/** Length of the longest row as int16: the products of two such rows stay within int32. */
const longest = 32_767;
const unit = 2 ** -24;

/**
 * For each row of `a` (m × k), the rows of `b` (n × k) that may be among the `count` nearest to it by Euclidean
 * distance: `visit(row, candidates)` gets them in ascending order, all true ones and few others. `candidates` is valid
 * only inside the call, which must not run another kernel.
 *
 * Both are centred on the mean of b's rows and rounded to int16; |b|²/2 − a·b from the rounded rows orders the
 * distances up to an error that is bounded by the measured lengths of the rounded-off parts (Cauchy–Schwarz).
 */
export function eachNearby(
  a: Float32Array,
  b: Float32Array,
  k: number,
  count: number,
  visit: (row: number, candidates: Uint32Array) => void,
): void {
  const n = b.length / k;
  const m = a.length / k;
  const width = (k + 7) & ~7;
  const height = Math.max(2, Math.min(m, Math.floor(band / (4 * n))));
  const { addresses, buffer } = place(2 * height * width, 2 * n * width, 4 * height * n, 4 * n);
  const [toA, toB, toProducts, toOffsets] = addresses;
  const centre = meanRow(b, k);
  const inA = new Int16Array(buffer, toA, height * width);
  const roundedB = rounding(b, k, centre, new Int16Array(buffer, toB, n * width), width);
  const offsets = new Float32Array(buffer, toOffsets, n);
  for (let j = 0; j < n; j++) offsets[j] = roundedB.squares[j] / 2;
  const normB = Math.sqrt(roundedB.squares.reduce((most, square) => Math.max(most, square), 0));
  const products = new Int32Array(buffer, toProducts, height * n);
  const candidates = new Uint32Array(n);
  const best = new Float64Array(count);
  const labels = new Uint32Array(count);
  const blockRows = Math.max(4, Math.floor(cached / (8 * width)) * 4);
  const kernels = wasmKernels();
  for (let i = 0; i < m; i += height) {
    const rows = Math.min(height, m - i);
    const roundedA = rounding(a.subarray(i * k, (i + rows) * k), k, centre, inA, width);
    for (let j = 0; j < n; j += blockRows)
      kernels.dotsInt16(
        toA,
        toB + 2 * j * width,
        toProducts + 4 * j,
        rows,
        Math.min(blockRows, n - j),
        width,
        n,
      );
    const scale = Math.fround(roundedA.step * roundedB.step);
    for (let r = 0; r < rows; r++) {
      const normA = Math.sqrt(roundedA.squares[r]);
      const error =
        roundedA.lost * normB +
        (normA + roundedA.lost) * roundedB.lost +
        4 * unit * (normB * normB + 2 * (normA + roundedA.lost) * (normB + roundedB.lost));
      best.fill(Number.POSITIVE_INFINITY);
      let limit = Number.POSITIVE_INFINITY;
      let seen = 0;
      const start = r * n;
      const next = (from: number) =>
        kernels.nextAtMost(toProducts + 4 * start, toOffsets, from, n, scale, limit);
      for (let j = next(0); j < n; j = next(j + 1)) {
        candidates[seen++] = j;
        const value = offsets[j] - scale * products[start + j];
        if (value >= best[0]) continue;
        replaceLargest(best, labels, value, j);
        limit = best[0] + 2 * error;
      }
      let kept = 0;
      for (let c = 0; c < seen; c++) {
        const j = candidates[c];
        if (offsets[j] - scale * products[start + j] <= limit) candidates[kept++] = j;
      }
      visit(i + r, candidates.subarray(0, kept));
    }
  }
}

interface Rounded {
  /** A centred row is `step` times its int16 numbers, but for what was rounded off. */
  readonly step: number;
  /** Length of the longest part rounded off a row. */
  readonly lost: number;
  /** Squared length of each centred row. */
  readonly squares: Float64Array;
}

/** Rounds the centred rows of k numbers to int16 rows of `width`, padded with zeros. */
function rounding(
  values: Float32Array,
  k: number,
  centre: Float64Array,
  to: Int16Array,
  width: number,
): Rounded {
  const rows = values.length / k;
  const squares = new Float64Array(rows);
  let largest = 0;
  for (let r = 0, i = 0; r < rows; r++) {
    let sum = 0;
    for (let d = 0; d < k; d++, i++) sum += (values[i] - centre[d]) * (values[i] - centre[d]);
    squares[r] = sum;
    largest = Math.max(largest, sum);
  }
  const step = Math.sqrt(largest) / longest || 1;
  const perStep = 1 / step;
  let most = 0;
  for (let r = 0, i = 0; r < rows; r++) {
    let lost = 0;
    for (let d = 0; d < k; d++, i++) {
      const value = (values[i] - centre[d]) * perStep;
      const whole = Math.round(value);
      to[r * width + d] = whole;
      lost += (value - whole) * (value - whole);
    }
    for (let d = k; d < width; d++) to[r * width + d] = 0;
    most = Math.max(most, lost);
  }
  return { step, lost: step * Math.sqrt(most) * (1 + 1e-6), squares };
}

function meanRow(values: Float32Array, k: number): Float64Array {
  const mean = new Float64Array(k);
  for (let i = 0; i < values.length; i += k) for (let d = 0; d < k; d++) mean[d] += values[i + d];
  return mean.map((sum) => (sum * k) / values.length);
}
