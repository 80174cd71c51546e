/** Rows that one minimum stands for. */
const together = 8;

/**
 * Rows with the least offsets[j] − scale · products[j], `products` in int32: at least `count` ≤ n of them, all that are as
 * near as the last of these, and few others. Returns how many; `labels` (uint32) has room for n.
 *
 * The count-th least of the minima of eight rows each is a bound that at least `count` rows keep, so that only groups
 * with such a minimum are looked through. n is padded to a multiple of 32 with offsets of ∞.
 *
 * @param values room for n values (float32)
 * @param minima room for n / 8 minima, and `heap` for as many
 */
export function smallestRows(
  products: usize,
  offsets: usize,
  n: i32,
  scale: f32,
  count: i32,
  values: usize,
  minima: usize,
  heap: usize,
  labels: usize,
): i32 {
  const scales = f32x4.splat(scale);
  const groups = n / together;
  // Lane l of vector v of 32 rows belongs to the group of lane l: no sums across lanes.
  for (let g = 0; g < groups; g += 4) {
    const at = (<usize>g * together) << 2;
    let least = f32x4.splat(Infinity);
    for (let o: usize = at; o < at + 16 * together; o += 16) {
      const four = f32x4.sub(
        v128.load(offsets + o),
        f32x4.mul(scales, f32x4.convert_i32x4_s(v128.load(products + o))),
      );
      v128.store(values + o, four);
      least = f32x4.pmin(least, four);
    }
    v128.store(minima + (<usize>g << 2), least);
  }
  // Padding has ∞ and is never within the bound.
  const bound: f32 = count < groups ? min(f32.MAX_VALUE, boundOf(minima, groups, count, heap)) : f32.MAX_VALUE;
  let to = labels;
  for (let g = 0; g < groups; g++) {
    if (load<f32>(minima + (<usize>g << 2)) > bound) continue;
    const first = (g & ~3) * together + (g & 3);
    for (let j = first; j < first + 4 * together; j += 4) {
      store<u32>(to, j);
      to += <usize>(load<f32>(values + (<usize>j << 2)) <= bound) << 2;
    }
  }
  return <i32>((to - labels) >> 2);
}

/** The count-th least of n float32 numbers, by a heap of the least ones with the largest of these first. */
function boundOf(numbers: usize, n: i32, count: i32, heap: usize): f32 {
  for (let i = 0; i < count; i++) store<f32>(heap + (<usize>i << 2), Infinity);
  let most: f32 = Infinity;
  for (let i = 0; i < n; i++) {
    const value = load<f32>(numbers + (<usize>i << 2));
    if (!(value < most)) continue;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= count) break;
      let largest = load<f32>(heap + (<usize>child << 2));
      if (child + 1 < count) {
        const other = load<f32>(heap + (<usize>child << 2), 4);
        if (other > largest) {
          largest = other;
          child++;
        }
      }
      if (largest <= value) break;
      store<f32>(heap + (<usize>at << 2), largest);
      at = child;
    }
    store<f32>(heap + (<usize>at << 2), value);
    most = load<f32>(heap);
  }
  return most;
}

/**
 * squares[c] = |query − rows[labels[c]]|² in float64, for float32 rows of `width` numbers, a multiple of 4; then both are
 * put in ascending order, equal squares by their labels.
 */
export function rankByDistance(
  query: usize,
  rows: usize,
  labels: usize,
  count: i32,
  width: i32,
  squares: usize,
): void {
  const bytes: usize = <usize>width << 2;
  for (let c = 0; c < count; c++) {
    const label = load<u32>(labels + (<usize>c << 2));
    const row = rows + <usize>label * bytes;
    let s = f64x2.splat(0);
    let t = f64x2.splat(0);
    for (let o: usize = 0; o < bytes; o += 16) {
      const own = v128.load(query + o);
      const other = v128.load(row + o);
      const low = f64x2.sub(f64x2.promote_low_f32x4(own), f64x2.promote_low_f32x4(other));
      s = f64x2.add(s, f64x2.mul(low, low));
      const high = f64x2.sub(
        f64x2.promote_low_f32x4(v128.shuffle<i64>(own, own, 1, 1)),
        f64x2.promote_low_f32x4(v128.shuffle<i64>(other, other, 1, 1)),
      );
      t = f64x2.add(t, f64x2.mul(high, high));
    }
    const sums = f64x2.add(s, t);
    store<f64>(squares + (<usize>c << 3), f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1));
  }
  sort(squares, labels, count);
}

/** Shell's sort with Ciura's gaps: few rows, and no room of its own. */
function sort(squares: usize, labels: usize, count: i32): void {
  for (let g = 0; g < 5; g++) {
    const gap = g == 0 ? 57 : g == 1 ? 23 : g == 2 ? 10 : g == 3 ? 4 : 1;
    for (let c = gap; c < count; c++) {
      const square = load<f64>(squares + (<usize>c << 3));
      const label = load<u32>(labels + (<usize>c << 2));
      let i = c;
      for (; i >= gap; i -= gap) {
        const before = load<f64>(squares + (<usize>(i - gap) << 3));
        const its = load<u32>(labels + (<usize>(i - gap) << 2));
        if (before < square || (before == square && its < label)) break;
        store<f64>(squares + (<usize>i << 3), before);
        store<u32>(labels + (<usize>i << 2), its);
      }
      store<f64>(squares + (<usize>i << 3), square);
      store<u32>(labels + (<usize>i << 2), label);
    }
  }
}
