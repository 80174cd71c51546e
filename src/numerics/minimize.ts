import { identity } from "./cholesky.ts";

/** Fills `gradient` at x and returns the value. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number;

export interface Minimum {
  readonly x: Float64Array;
  readonly value: number;
  readonly gradientNorm: number;
  readonly iterations: number;
  readonly converged: boolean;
}

/**
 * BFGS with a line search for the strong Wolfe conditions (Nocedal & Wright, Numerical Optimization, algorithms 6.1,
 * 3.5 and 3.6; c₁ = 1e-4, c₂ = .9), stopping when no entry of the gradient exceeds `tolerance`: the method, constants
 * and stopping rule of SciPy's `minimize(method="BFGS")`.
 */
export function minimizeBfgs(
  objective: Objective,
  start: ArrayLike<number>,
  { tolerance = 1e-5, maxIterations = 200 * start.length } = {},
): Minimum {
  const n = start.length;
  let x = Float64Array.from(start);
  let g = new Float64Array(n);
  let f = objective(x, g);
  let before = f + norm2(g) / 2;
  const h = identity(n);
  const p = new Float64Array(n);
  let iterations = 0;
  while (iterations < maxIterations && maxAbs(g) > tolerance) {
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let j = 0; j < n; j++) sum += h[i * n + j] * g[j];
      p[i] = -sum;
    }
    const step = wolfeSearch(objective, x, f, g, p, before);
    if (!step) break;
    iterations++;
    const s = step.x.map((xi, i) => xi - x[i]);
    const y = step.g.map((gi, i) => gi - g[i]);
    before = f;
    ({ x, f, g } = step);
    updateInverse(h, s, y, n);
  }
  const gradientNorm = maxAbs(g);
  return { x, value: f, gradientNorm, iterations, converged: gradientNorm <= tolerance };
}

interface Point {
  readonly x: Float64Array<ArrayBuffer>;
  readonly f: number;
  readonly g: Float64Array<ArrayBuffer>;
  readonly slope: number;
}

function wolfeSearch(
  objective: Objective,
  x: Float64Array,
  f0: number,
  g0: Float64Array,
  p: Float64Array,
  before: number,
): Point | undefined {
  const slope0 = dot(g0, p);
  if (!(slope0 < 0)) return undefined;
  const at = (alpha: number): Point => {
    const to = Float64Array.from(x, (xi, i) => xi + alpha * p[i]);
    const g = new Float64Array(x.length);
    const f = objective(to, g);
    return { x: to, f, g, slope: dot(g, p) };
  };
  const falls = (alpha: number, point: Point) => point.f <= f0 + 1e-4 * alpha * slope0;
  const flat = (point: Point) => Math.abs(point.slope) <= -0.9 * slope0;

  const zoom = (low: number, atLow: Point, high: number, atHigh: Point): Point | undefined => {
    let best: Point | undefined;
    for (let i = 0; i < 40 && Math.abs(high - low) > 1e-14 * Math.max(1, Math.abs(low)); i++) {
      const alpha = interpolate(low, atLow, high, atHigh);
      const point = at(alpha);
      if (!falls(alpha, point) || point.f >= atLow.f) {
        high = alpha;
        atHigh = point;
        continue;
      }
      best = point;
      if (flat(point)) return point;
      if (point.slope * (high - low) >= 0) {
        high = low;
        atHigh = atLow;
      }
      low = alpha;
      atLow = point;
    }
    return best ?? (low > 0 ? atLow : undefined);
  };

  let previous = 0;
  let atPrevious: Point = { x: x.slice(), f: f0, g: g0.slice(), slope: slope0 };
  let alpha = Math.min(1, (1.01 * 2 * (f0 - before)) / slope0);
  if (!(alpha > 0)) alpha = 1;
  for (let i = 0; i < 30; i++) {
    const point = at(alpha);
    if (!falls(alpha, point) || (i > 0 && point.f >= atPrevious.f))
      return zoom(previous, atPrevious, alpha, point);
    if (flat(point)) return point;
    if (point.slope >= 0) return zoom(alpha, point, previous, atPrevious);
    previous = alpha;
    atPrevious = point;
    alpha *= 2;
  }
  return atPrevious;
}

/** Minimum of the cubic through two points and their slopes, kept away from the ends (N&W, equation 3.59). */
function interpolate(low: number, atLow: Point, high: number, atHigh: Point): number {
  const d1 = atLow.slope + atHigh.slope - (3 * (atLow.f - atHigh.f)) / (low - high);
  const square = d1 * d1 - atLow.slope * atHigh.slope;
  const d2 = Math.sign(high - low) * Math.sqrt(Math.max(0, square));
  const cubic = high - ((high - low) * (atHigh.slope + d2 - d1)) / (atHigh.slope - atLow.slope + 2 * d2);
  const edge = 0.1 * Math.abs(high - low);
  const inside = cubic > Math.min(low, high) + edge && cubic < Math.max(low, high) - edge;
  return square >= 0 && inside ? cubic : (low + high) / 2;
}

/** H ← (I − ρ s yᵀ) H (I − ρ y sᵀ) + ρ s sᵀ, ρ = 1 / yᵀs (N&W, equation 6.17). */
function updateInverse(h: Float64Array, s: Float64Array, y: Float64Array, n: number): void {
  const ys = dot(y, s);
  if (!(ys > 0)) return;
  const hy = new Float64Array(n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) hy[i] += h[i * n + j] * y[j];
  const scale = (1 + dot(y, hy) / ys) / ys;
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) h[i * n + j] += scale * s[i] * s[j] - (s[i] * hy[j] + hy[i] * s[j]) / ys;
}

/** Inner product of two vectors of one length. */
export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function norm2(a: Float64Array): number {
  return Math.sqrt(dot(a, a));
}

function maxAbs(a: Float64Array): number {
  let largest = 0;
  for (const x of a) largest = Math.max(largest, Math.abs(x));
  return largest;
}
