/**
 * Weighted Gram matrices of logistic regressions with uncertain covariates, row by row. Covariates are columns with
 * packed second moments (`table`, `packed` numbers each, a multiple of 4, off-diagonal ones times √2) and means
 * (`tableMeans`, `padded` numbers each); a row's coefficients have the same form (`own`, `ownMeans`). For n trials with y
 * successes it adds weight · table to the row's Gram matrix and pull · mean to its linear term.
 * `tight`: weight n E[σ′] and pull y − n E[σ] + weight · mean under the normal logit; else Jaakkola and Jordan's.
 * Sums are float32 within 64 columns and float64 beyond. 2 · packed + 2 · padded multiply-adds a response.
 */
export function accumulateRows(
  table: usize, tableMeans: usize, own: usize, ownMeans: usize, trials: usize, successes: usize,
  gram: usize, linear: usize, expected: usize, scratch: usize,
  rows: i32, columns: i32, packed: i32, padded: i32, tight: bool, bound: bool,
): void {
  const tableRow: usize = <usize>packed << 2;
  const meanRow: usize = <usize>padded << 2;
  const partial = scratch + tableRow;
  for (let r = 0; r < rows; r++) {
    const ownAt = own + <usize>r * tableRow;
    const ownMeanAt = ownMeans + <usize>r * meanRow;
    const gramAt = gram + <usize>r * (tableRow << 1);
    const linearAt = linear + <usize>r * (meanRow << 1);
    memory.fill(gramAt, 0, tableRow << 1);
    memory.fill(linearAt, 0, meanRow << 1);
    let total: f64 = 0;
    for (let block = 0; block < columns; block += 64) {
      memory.fill(scratch, 0, tableRow + meanRow);
      let logs = f32x4.splat(0);
      const end = min(columns, block + 64);
      for (let c = block; c < end; c += 4) {
        const at = (<usize>r * <usize>columns + <usize>c) << 2;
        const n = v128.load(trials + at);
        if (!v128.any_true(n)) continue;
        const y = v128.load(successes + at);
        const t = table + <usize>c * tableRow;
        const x = tableMeans + <usize>c * meanRow;
        const second = dot4(ownAt, t, tableRow);
        const mean = dot4(ownMeanAt, x, meanRow);
        let weight: v128;
        let pull: v128;
        if (tight) {
          const variance = f32x4.max(f32x4.splat(0), f32x4.sub(second, f32x4.mul(mean, mean)));
          const deviation = f32x4.sqrt(variance);
          const one = f32x4.splat(1);
          const e = exponential(f32x4.neg(f32x4.abs(mean)));
          let p = f32x4.div(one, f32x4.add(one, e));
          let value = f32x4.mul(f32x4.splat(0.45714286), p);
          let slope = f32x4.mul(value, f32x4.sub(one, p));
          let log = bound ? f32x4.mul(f32x4.splat(0.45714286), logarithm(f32x4.add(one, e))) : one;
          for (let q = 0; q < 3; q++) {
            const node: f32 = q == 0 ? 1.1544054 : q == 1 ? 2.3667594 : 3.7504397;
            const share = f32x4.splat(q == 0 ? 0.24012318 : q == 1 ? 0.030757124 : 0.00054826886);
            const shift = exponential(f32x4.mul(f32x4.splat(node), deviation));
            p = f32x4.div(one, f32x4.add(one, f32x4.mul(e, shift)));
            const other = f32x4.div(shift, f32x4.add(shift, e));
            value = f32x4.add(value, f32x4.mul(share, f32x4.add(p, other)));
            const slopes = f32x4.add(f32x4.mul(p, f32x4.sub(one, p)), f32x4.mul(other, f32x4.sub(one, other)));
            slope = f32x4.add(slope, f32x4.mul(share, slopes));
            if (bound) {
              const sum = f32x4.add(shift, f32x4.div(one, shift));
              const product = f32x4.add(one, f32x4.mul(e, f32x4.add(sum, e)));
              log = f32x4.add(log, f32x4.mul(share, logarithm(product)));
            }
          }
          // For |mean|; at a negative mean the probability is the complement.
          const negative = f32x4.lt(mean, f32x4.splat(0));
          const probability = v128.bitselect(f32x4.sub(one, value), value, negative);
          weight = f32x4.mul(n, slope);
          pull = f32x4.add(f32x4.sub(y, f32x4.mul(n, probability)), f32x4.mul(weight, mean));
          if (bound) {
            const loss = f32x4.mul(n, f32x4.add(log, f32x4.max(f32x4.splat(0), mean)));
            logs = f32x4.add(logs, f32x4.sub(f32x4.mul(y, mean), loss));
          }
        } else {
          const xi = f32x4.sqrt(second);
          const e = exponential(f32x4.neg(xi));
          const one = f32x4.splat(1);
          const ratio = f32x4.div(f32x4.sub(one, e), f32x4.mul(f32x4.add(one, e), f32x4.add(xi, xi)));
          const series = f32x4.sub(f32x4.splat(0.25), f32x4.mul(second, f32x4.splat(0.020833334)));
          weight = f32x4.mul(n, v128.bitselect(series, ratio, f32x4.lt(xi, f32x4.splat(0.02))));
          pull = f32x4.sub(y, f32x4.mul(n, f32x4.splat(0.5)));
          if (bound) {
            const loss = f32x4.add(f32x4.mul(xi, f32x4.splat(0.5)), logarithm(f32x4.add(one, e)));
            logs = f32x4.add(logs, f32x4.sub(f32x4.mul(pull, mean), f32x4.mul(n, loss)));
          }
        }
        addScaled4(scratch, t, tableRow, weight);
        addScaled4(partial, x, meanRow, pull);
      }
      addWidened(gramAt, scratch, packed);
      addWidened(linearAt, partial, padded);
      total += <f64>sum(logs);
    }
    store<f64>(expected + (<usize>r << 3), total);
  }
}

/**
 * Gaussian posteriors from what {@link accumulateRows} left: precision = prior precision + Gram matrix, mean = covariance
 * · (prior precision · prior mean + linear term), for the first `free` coordinates of `size`; if free < size the last
 * coordinate is the constant 1. Cholesky in float64. A row's determinant of the precision goes to `determinants` as
 * two numbers m and e, m · 2ᵉ (a logarithm would need a table in memory).
 */
export function solveRows(
  gram: usize, linear: usize, precision: usize, priorLinear: usize,
  means: usize, covariances: usize, determinants: usize, scratch: usize,
  rows: i32, size: i32, free: i32, packed: i32, padded: i32,
): void {
  const half: f64 = 0.7071067811865476;
  const a = scratch;
  const right = scratch + ((<usize>free * <usize>free) << 3);
  for (let r = 0; r < rows; r++) {
    const gramAt = gram + ((<usize>r * <usize>packed) << 3);
    const linearAt = linear + ((<usize>r * <usize>padded) << 3);
    let p = 0;
    for (let i = 0; i < free; i++) {
      let b = load<f64>(linearAt + (<usize>i << 3)) + load<f64>(priorLinear + (<usize>i << 3));
      if (free < size) {
        const last = (size * (size - 1)) / 2 + i;
        b -= load<f64>(gramAt + (<usize>last << 3)) * half;
      }
      store<f64>(right + (<usize>i << 3), b);
      for (let j = 0; j <= i; j++, p++) {
        const g = load<f64>(gramAt + (<usize>p << 3)) * (i == j ? 1 : half);
        set(a, i * free + j, g + get(precision, i * size + j));
      }
    }
    invert(a, free, determinants + (<usize>r << 4));
    const meanAt = means + ((<usize>r * <usize>size) << 3);
    const covarianceAt = covariances + ((<usize>r * <usize>(size * size)) << 3);
    for (let i = 0; i < free; i++) {
      let m: f64 = 0;
      for (let j = 0; j < free; j++) {
        const v = j <= i ? get(a, i * free + j) : get(a, j * free + i);
        set(covarianceAt, i * size + j, v);
        m += v * get(right, j);
      }
      set(meanAt, i, m);
    }
  }
}

/** Lower triangle of the inverse of a symmetric positive definite matrix, in place, and its determinant. */
function invert(a: usize, n: i32, determinant: usize): void {
  let mantissa: f64 = 1;
  let exponent: f64 = 0;
  for (let j = 0; j < n; j++) {
    let pivot = get(a, j * n + j);
    for (let k = 0; k < j; k++) pivot -= get(a, j * n + k) * get(a, j * n + k);
    mantissa *= pivot;
    if (mantissa > 1e100) {
      mantissa *= 4.909093465297727e-91;
      exponent += 300;
    } else if (mantissa < 1e-100) {
      mantissa *= 2.037035976334486e90;
      exponent -= 300;
    }
    const root = Math.sqrt(pivot);
    set(a, j * n + j, 1 / root);
    for (let i = j + 1; i < n; i++) {
      let s = get(a, i * n + j);
      for (let k = 0; k < j; k++) s -= get(a, i * n + k) * get(a, j * n + k);
      set(a, i * n + j, s / root);
    }
  }
  set(determinant, 0, mantissa);
  set(determinant, 1, exponent);
  for (let j = 0; j < n; j++)
    for (let i = j + 1; i < n; i++) {
      let s: f64 = 0;
      for (let k = j; k < i; k++) s -= get(a, i * n + k) * get(a, k * n + j);
      set(a, i * n + j, s * get(a, i * n + i));
    }
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let s: f64 = 0;
      for (let k = i; k < n; k++) s += get(a, k * n + i) * get(a, k * n + j);
      set(a, i * n + j, s);
    }
}

// @ts-ignore: decorator
@inline
function get(a: usize, i: i32): f64 {
  return load<f64>(a + (<usize>i << 3));
}

// @ts-ignore: decorator
@inline
function set(a: usize, i: i32, value: f64): void {
  store<f64>(a + (<usize>i << 3), value);
}

/** The inner products of one row with four, as four lanes. */
// @ts-ignore: decorator
@inline
function dot4(a: usize, b: usize, row: usize): v128 {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  for (let o: usize = 0; o < row; o += 16) {
    const x = v128.load(a + o);
    s0 = f32x4.add(s0, f32x4.mul(x, v128.load(b + o)));
    s1 = f32x4.add(s1, f32x4.mul(x, v128.load(b + row + o)));
    s2 = f32x4.add(s2, f32x4.mul(x, v128.load(b + 2 * row + o)));
    s3 = f32x4.add(s3, f32x4.mul(x, v128.load(b + 3 * row + o)));
  }
  const low = f32x4.add(v128.shuffle<f32>(s0, s1, 0, 4, 1, 5), v128.shuffle<f32>(s0, s1, 2, 6, 3, 7));
  const high = f32x4.add(v128.shuffle<f32>(s2, s3, 0, 4, 1, 5), v128.shuffle<f32>(s2, s3, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(low, high, 0, 1, 4, 5), v128.shuffle<f32>(low, high, 2, 3, 6, 7));
}

/** to += Σ_q scale_q · from_q over four rows. */
// @ts-ignore: decorator
@inline
function addScaled4(to: usize, from: usize, row: usize, scale: v128): void {
  const w0 = v128.shuffle<f32>(scale, scale, 0, 0, 0, 0);
  const w1 = v128.shuffle<f32>(scale, scale, 1, 1, 1, 1);
  const w2 = v128.shuffle<f32>(scale, scale, 2, 2, 2, 2);
  const w3 = v128.shuffle<f32>(scale, scale, 3, 3, 3, 3);
  for (let o: usize = 0; o < row; o += 16) {
    const first = f32x4.add(f32x4.mul(w0, v128.load(from + o)), f32x4.mul(w1, v128.load(from + row + o)));
    const last = f32x4.add(
      f32x4.mul(w2, v128.load(from + 2 * row + o)),
      f32x4.mul(w3, v128.load(from + 3 * row + o)),
    );
    v128.store(to + o, f32x4.add(v128.load(to + o), f32x4.add(first, last)));
  }
}

// @ts-ignore: decorator
@inline
function addWidened(to: usize, from: usize, count: i32): void {
  for (let k: usize = 0; k < <usize>count; k += 2) {
    const wide = f64x2.promote_low_f32x4(v128.load64_zero(from + (k << 2)));
    v128.store(to + (k << 3), f64x2.add(v128.load(to + (k << 3)), wide));
  }
}

// @ts-ignore: decorator
@inline
function sum(v: v128): f32 {
  return (
    f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3))
  );
}

/** eˣ to 2 units in the last place (Cephes expf): 2ⁿ times a polynomial in the rest. */
// @ts-ignore: decorator
@inline
function exponential(x: v128): v128 {
  const bounded = f32x4.max(f32x4.splat(-87), f32x4.min(f32x4.splat(88), x));
  const n = f32x4.nearest(f32x4.mul(bounded, f32x4.splat(1.44269504088896341)));
  let r = f32x4.sub(bounded, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.add(r, f32x4.mul(n, f32x4.splat(2.12194440e-4)));
  let p = f32x4.splat(1.9875691500e-4);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
  p = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(p, r), r), r), f32x4.splat(1));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(p, power);
}

/** log x for normal x > 0 (Cephes logf). */
// @ts-ignore: decorator
@inline
function logarithm(x: v128): v128 {
  const bits = i32x4.sub(x, i32x4.splat(0x3f3504f3));
  const exponent = i32x4.shr_s(bits, 23);
  const m = f32x4.sub(
    i32x4.add(v128.and(bits, i32x4.splat(0x007fffff)), i32x4.splat(0x3f3504f3)),
    f32x4.splat(1),
  );
  const z = f32x4.mul(m, m);
  let p = f32x4.splat(7.0376836292e-2);
  p = f32x4.add(f32x4.mul(p, m), f32x4.splat(-1.1514610310e-1));
  p = f32x4.add(f32x4.mul(p, m), f32x4.splat(1.1676998740e-1));
  p = f32x4.add(f32x4.mul(p, m), f32x4.splat(-1.2420140846e-1));
  p = f32x4.add(f32x4.mul(p, m), f32x4.splat(1.4249322787e-1));
  p = f32x4.add(f32x4.mul(p, m), f32x4.splat(-1.6668057665e-1));
  p = f32x4.add(f32x4.mul(p, m), f32x4.splat(2.0000714765e-1));
  p = f32x4.add(f32x4.mul(p, m), f32x4.splat(-2.4999993993e-1));
  p = f32x4.add(f32x4.mul(p, m), f32x4.splat(3.3333331174e-1));
  const e = f32x4.convert_i32x4_s(exponent);
  let y = f32x4.mul(f32x4.mul(m, z), p);
  y = f32x4.add(y, f32x4.mul(e, f32x4.splat(-2.12194440e-4)));
  y = f32x4.sub(y, f32x4.mul(z, f32x4.splat(0.5)));
  return f32x4.add(f32x4.add(m, y), f32x4.mul(e, f32x4.splat(0.693359375)));
}
