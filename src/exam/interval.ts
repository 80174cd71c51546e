import { normalQuantile } from "../numerics/index.ts";

/** How far estimates were from the truth over the pool's subjects, each relative to its own expected spread. */
export interface ErrorScale {
  /** Part of the error that the model's spread does not know of; the scale of a subject is √(spread² + floor²). */
  readonly floor: number;
  /** |error| / scale of each pool subject, ascending. */
  readonly ratios: Float64Array;
}

/** @param errors S out-of-sample errors. @param spreads S standard deviations that the model expects. */
export function errorScale(errors: Float64Array, spreads: Float64Array): ErrorScale {
  let excess = 0;
  let square = 0;
  errors.forEach((e, s) => {
    excess += (e * e - spreads[s] ** 2) / errors.length;
    square += (e * e) / errors.length;
  });
  const floor = Math.sqrt(Math.max(excess, square / 4, 1e-12));
  return { floor, ratios: errors.map((e, s) => Math.abs(e) / Math.hypot(spreads[s], floor)).sort() };
}

/**
 * Half-width of the interval that holds the true score of a new subject with probability `level`: the conformal
 * quantile of the scaled errors, rank (S + 1) · level (Vovk, Gammerman & Shafer 2005; Lei et al. 2018, section 5.2),
 * between ranks by interpolation; where the subjects are too few for that rank, Student's t with their root mean square.
 */
export function halfWidth({ floor, ratios }: ErrorScale, spread: number, level: number): number {
  const s = ratios.length;
  const rank = (s + 1) * level;
  const scale = Math.hypot(spread, floor);
  if (s === 0) return scale * normalQuantile((1 + level) / 2);
  if (rank <= s) {
    const below = Math.max(1, Math.floor(rank));
    const low = ratios[below - 1];
    const high = ratios[Math.min(s, below + 1) - 1];
    return scale * (low + (rank - below) * (high - low));
  }
  let square = 0;
  for (const r of ratios) square += (r * r) / s;
  const student = studentQuantile((1 + level) / 2, Math.max(1, s - 1)) * Math.sqrt(square * (1 + 1 / s));
  return scale * Math.max(ratios[s - 1], student);
}

/** Quantile of Student's t by its expansion about the normal (Abramowitz & Stegun 26.7.5), exact for 1 and 2 degrees. */
export function studentQuantile(p: number, df: number): number {
  if (df === 1) return Math.tan(Math.PI * (p - 0.5));
  if (df === 2) return (2 * p - 1) * Math.sqrt(2 / (4 * p * (1 - p)));
  const z = normalQuantile(p);
  const z3 = z ** 3;
  const z5 = z ** 5;
  const z7 = z ** 7;
  const z9 = z ** 9;
  return (
    z +
    (z3 + z) / (4 * df) +
    (5 * z5 + 16 * z3 + 3 * z) / (96 * df ** 2) +
    (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * df ** 3) +
    (79 * z9 + 776 * z7 + 1482 * z5 - 1920 * z3 - 945 * z) / (92160 * df ** 4)
  );
}
