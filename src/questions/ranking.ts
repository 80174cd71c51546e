/** Keeps `ranked` ascending, with `chosen` beside it; an equal value goes behind those already there. */
export function insertRanked(ranked: Float64Array, chosen: Uint32Array, value: number, row: number): void {
  let i = ranked.length - 1;
  if (value >= ranked[i]) return;
  for (; i > 0 && ranked[i - 1] > value; i--) {
    ranked[i] = ranked[i - 1];
    chosen[i] = chosen[i - 1];
  }
  ranked[i] = value;
  chosen[i] = row;
}

/**
 * Squared distance of a[i …] and b[j …], `width` numbers each; in float64, as four independent sums, since one would
 * wait for its own last addition.
 */
export function squaredDistance(
  a: Float32Array,
  i: number,
  b: Float32Array,
  j: number,
  width: number,
): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let d = 0;
  for (; d + 4 <= width; d += 4) {
    const d0 = a[i + d] - b[j + d];
    const d1 = a[i + d + 1] - b[j + d + 1];
    const d2 = a[i + d + 2] - b[j + d + 2];
    const d3 = a[i + d + 3] - b[j + d + 3];
    s0 += d0 * d0;
    s1 += d1 * d1;
    s2 += d2 * d2;
    s3 += d3 * d3;
  }
  for (; d < width; d++) s0 += (a[i + d] - b[j + d]) ** 2;
  return s0 + s1 + (s2 + s3);
}
