/** Families of item response models. */
export type ModelFamily = "rasch" | "1pl" | "2pl" | "3pl" | "4pl" | "graded" | "gpcm";

/**
 * Parameters of I items in D dimensions under the link logit = a·θ + d, the one that Tripos computes with; other
 * parameterisations (py-irt's a·θ − D·b) are converted at the border. P = c + (u − c) · logistic(a·θ + d).
 */
export interface ItemParameters {
  readonly family: ModelFamily;
  readonly dims: number;
  /** I × D slopes a, item by item. */
  readonly discrimination: Float64Array;
  /** I intercepts d (easiness on the logit scale); ordered models: I × (K − 1), see `categories`. */
  readonly intercept: Float64Array;
  /** I lower asymptotes c (3PL, 4PL). */
  readonly guessing?: Float64Array;
  /** I upper asymptotes u (4PL). */
  readonly upper?: Float64Array;
  /** Number of ordered categories K (graded response, generalised partial credit). */
  readonly categories?: number;
}

/** θ of S subjects in D dimensions with its posterior uncertainty. */
export interface Abilities {
  readonly dims: number;
  /** S × D posterior means, subject by subject. */
  readonly ability: Float64Array;
  /** S × D × D posterior covariances, subject by subject. */
  readonly covariance: Float64Array;
}

/**
 * Free parameters of a calibration with `own` ones of its items: less the rotations that the identification rule takes, or,
 * where known items fix the scale, with those of the latent distribution.
 */
export function freeParameterCount(own: number, dims: number, anchored: boolean): number {
  return anchored ? own + dims + (dims * (dims + 1)) / 2 : own - (dims * (dims - 1)) / 2;
}
