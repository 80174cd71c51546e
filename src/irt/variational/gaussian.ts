import { type Gaussians, sharedDoubles } from "../../kernels/index.ts";

/** A normal prior shared by all rows of one side. */
export interface GaussianPrior {
  /** K prior means. */
  readonly mean: Float64Array;
  /** K × K prior precision (inverse covariance). */
  readonly precision: Float64Array;
}

/** R Gaussians of K coordinates, all zero, in memory that threads can share. */
export function zeroGaussians(rows: number, size: number): Gaussians {
  return { rows, size, mean: sharedDoubles(rows * size), covariance: sharedDoubles(rows * size * size) };
}
