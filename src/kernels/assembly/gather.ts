/**
 * out[d] = Σ_j weights[j] · table[columns[j] · width + d] for an int8 table and float32 weights, width a multiple of
 * 16: a sparse row times a dense matrix.
 */
export function gather(
  table: usize,
  columns: usize,
  weights: usize,
  count: i32,
  width: i32,
  out: usize,
): void {
  const end = columns + (<usize>count << 2);
  for (let d: usize = 0; d < <usize>width; d += 16) {
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let s2 = f32x4.splat(0);
    let s3 = f32x4.splat(0);
    let w = weights;
    for (let c = columns; c < end; c += 4, w += 4) {
      const weight = v128.load_splat<f32>(w);
      const bytes = v128.load(table + <usize>load<u32>(c) * <usize>width + d);
      const low = i16x8.extend_low_i8x16_s(bytes);
      const high = i16x8.extend_high_i8x16_s(bytes);
      s0 = f32x4.add(s0, f32x4.mul(weight, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(low))));
      s1 = f32x4.add(s1, f32x4.mul(weight, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(low))));
      s2 = f32x4.add(s2, f32x4.mul(weight, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(high))));
      s3 = f32x4.add(s3, f32x4.mul(weight, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(high))));
    }
    const to = out + (d << 2);
    v128.store(to, s0);
    v128.store(to + 16, s1);
    v128.store(to + 32, s2);
    v128.store(to + 48, s3);
  }
}

/** to[columns[j] · width …] += weights[j] · row for float32 numbers, width a multiple of 4. */
export function scatterRow(row: usize, columns: usize, weights: usize, count: i32, width: i32, to: usize): void {
  const bytes: usize = <usize>width << 2;
  for (let j: usize = 0; j < <usize>count << 2; j += 4) {
    const weight = v128.load_splat<f32>(weights + j);
    const at = to + <usize>load<u32>(columns + j) * bytes;
    for (let o: usize = 0; o < bytes; o += 16)
      v128.store(at + o, f32x4.add(v128.load(at + o), f32x4.mul(weight, v128.load(row + o))));
  }
}

/** row = Σ_j weights[j] · from[columns[j] · width …] for float32 numbers, width a multiple of 4. */
export function gatherRow(from: usize, columns: usize, weights: usize, count: i32, width: i32, row: usize): void {
  const bytes: usize = <usize>width << 2;
  for (let o: usize = 0; o < bytes; o += 16) v128.store(row + o, f32x4.splat(0));
  for (let j: usize = 0; j < <usize>count << 2; j += 4) {
    const weight = v128.load_splat<f32>(weights + j);
    const at = from + <usize>load<u32>(columns + j) * bytes;
    for (let o: usize = 0; o < bytes; o += 16)
      v128.store(row + o, f32x4.add(v128.load(row + o), f32x4.mul(weight, v128.load(at + o))));
  }
}
