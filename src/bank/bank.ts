import type { Abilities, ItemParameters, LatentNormal } from "../irt/index.ts";
import type { ResponseMatrix, Thresholds } from "../responses/index.ts";

/** A file that a calibration has read. */
export interface BankInput {
  /** Without its folder, which says nothing elsewhere. */
  readonly name: string;
  /** Format as the reader recognised it. */
  readonly format: string;
  readonly bytes: number;
  /** SHA-256 of its bytes, hexadecimal. */
  readonly sha256: string;
}

/** A model that was tried, and how well it foretold responses that it had not seen. */
export interface Candidate {
  readonly family: string;
  readonly dims: number;
  /** Mean log-likelihood of a held-out response. */
  readonly heldOut: number;
  /** Standard error of `heldOut`. */
  readonly standardError: number;
  /** How far `heldOut` lies below the best candidate's; absent in banks of older versions. */
  readonly behind?: number;
  /** Standard error of `behind`: of the difference on the same responses, which the choice goes by. */
  readonly behindSE?: number;
  readonly chosen: boolean;
}

/** Change of the ability scale by a number each, or in several dimensions by a matrix and a vector. */
export interface ScaleChange {
  readonly slope: number | readonly number[];
  readonly shift: number | readonly number[];
}

/** Where items and subjects of a bank come from: one entry a calibration, growth or merge. */
export interface Provenance {
  readonly action: "calibrate" | "onto" | "merge" | "import";
  /** Version of Tripos that did it. */
  readonly tripos: string;
  readonly inputs: readonly BankInput[];
  readonly items: number;
  readonly subjects: number;
  /** Content hash of the bank that was grown or merged in. */
  readonly bank?: string;
  /**
   * Scale change θ ← slope · θ + shift of a bank merged in; of several dimensions the matrix row by row and the vector of
   * θ ← slope · (θ − shift).
   */
  readonly link?: ScaleChange;
}

/**
 * An item bank as plain data: what was calibrated, on whom, how certain the numbers are, and how well they fit.
 * `encodeBank` and `decodeBank` turn it into files and back.
 */
export interface ItemBank {
  /** Ids of I items, distinct. */
  readonly items: readonly string[];
  /** Names of S subjects, distinct. */
  readonly subjects: readonly string[];
  readonly parameters: ItemParameters;
  /**
   * I × P × P covariance of each item's parameters in the order of `parameterNames`; 0 for a parameter that was fixed,
   * NaN where unknown.
   */
  readonly covariance: Float64Array;
  readonly abilities: Abilities;
  /** Distribution of ability among the subjects: the prior of a new one. */
  readonly latent: LatentNormal;
  readonly texts?: readonly string[];
  readonly scenarios?: readonly string[];
  readonly subscenarios?: readonly string[];
  /** Statistics of the items by their usual names (infit, outfit, …), each of length I, NaN where unknown. */
  readonly itemFit: Readonly<Record<string, Float64Array>>;
  /** Statistics of the subjects, each of length S, NaN where unknown. */
  readonly subjectFit: Readonly<Record<string, Float64Array>>;
  /** What a maintainer of the benchmark should look at, item by item; see `flagItems`. */
  readonly flags: readonly (readonly string[])[];
  /** Entry of `provenance` that each item came with. */
  readonly origins: Uint32Array;
  /** How the parameters were estimated. */
  readonly method: "mml" | "variational" | "given";
  /** How scores were read: right or wrong, or as the number they are. */
  readonly scoring: "hard" | "score";
  /** Right-or-wrong scoring of continuous scores: those above their scenario's threshold are right; absent: above 0. */
  readonly thresholds?: Thresholds;
  readonly seed: number;
  /** Every setting of the priors, by name. */
  readonly priors: Readonly<Record<string, number | string>>;
  /** Models that were compared to choose this one; empty where the user named it, or responses were too few. */
  readonly candidates: readonly Candidate[];
  /**
   * Fit of the whole by its usual names: logLikelihood, aic, bic, m2, rmsea, …; null where not defined; a list where each
   * dimension has its own (reliability).
   */
  readonly fit: Readonly<Record<string, number | null | readonly (number | null)[]>>;
  /** Numbers that turn the model's probabilities into calibrated ones, as the engine left them. */
  readonly recalibration?: Readonly<Record<string, number>>;
  /** What cannot be trusted, in sentences, as the calibration found it. */
  readonly warnings: readonly string[];
  readonly provenance: readonly Provenance[];
  /** The responses behind the bank; costs are not kept. */
  readonly responses?: ResponseMatrix;
}

/** How the numbers of a bank become a probability, as it is written in `bank.json`. */
export function linkOf({ family }: ItemParameters): string {
  const logit = "discrimination · θ + intercept";
  switch (family) {
    case "graded":
      return `P(score ≥ k) = logistic(discrimination · θ + intercept_k), k = 1 … K − 1`;
    case "gpcm":
      return `P(score = k) ∝ exp(k · discrimination · θ + intercept_k), intercept_0 = 0, k = 0 … K − 1`;
    case "3pl":
      return `P(correct) = guessing + (1 − guessing) · logistic(${logit})`;
    case "4pl":
      return `P(correct) = guessing + (upper − guessing) · logistic(${logit})`;
    default:
      return `P(correct) = logistic(${logit})`;
  }
}

/**
 * Names of an item's P parameters in the order of `ItemBank.covariance`, and of their columns in `items.parquet`:
 * discrimination_1 … discrimination_D, intercept (or intercept_1 … intercept_{K−1}), guessing, upper.
 */
export function parameterNames({ dims, categories, guessing, upper }: ItemParameters): string[] {
  const numbered = (name: string, n: number) => Array.from({ length: n }, (_, k) => `${name}_${k + 1}`);
  return [
    ...numbered("discrimination", dims),
    ...(categories && categories > 2 ? numbered("intercept", categories - 1) : ["intercept"]),
    ...(guessing ? ["guessing"] : []),
    ...(upper ? ["upper"] : []),
  ];
}

/** Values of one parameter of all items. @throws RangeError for a name that `parameterNames` does not list */
export function parameterColumn(parameters: ItemParameters, name: string): Float64Array {
  const { dims, discrimination, intercept, guessing, upper } = parameters;
  const items = discrimination.length / dims;
  const [kind, number] = name.split("_");
  const strided = (values: Float64Array, stride: number) =>
    Float64Array.from({ length: items }, (_, i) => values[i * stride + Number(number ?? 1) - 1]);
  if (kind === "discrimination") return strided(discrimination, dims);
  if (kind === "intercept") return strided(intercept, intercept.length / items);
  if (kind === "guessing" && guessing) return guessing;
  if (kind === "upper" && upper) return upper;
  throw new RangeError(`no parameter ${name}`);
}

/** I × P standard errors: square roots of the diagonals of `covariance`. */
export function itemStandardErrors({ parameters, covariance, items }: ItemBank): Float64Array {
  const size = parameterNames(parameters).length;
  return Float64Array.from({ length: items.length * size }, (_, at) => {
    const p = at % size;
    return Math.sqrt(covariance[(((at - p) / size) * size + p) * size + p]);
  });
}

/** S × D standard errors of the abilities. */
export function abilityStandardErrors({ dims, covariance }: Abilities): Float64Array {
  return Float64Array.from({ length: covariance.length / dims }, (_, at) =>
    Math.sqrt(covariance[at * dims + (at % dims)]),
  );
}

/**
 * Difficulty of every item, where its curve is steepest, with the standard error by the delta method: b = −d / a in one
 * dimension; MDIFF = −d / |a| in several (Reckase 2009, eq. 5.10), the distance from the origin. Ordered models: mean
 * of the thresholds.
 */
export function difficulties(bank: ItemBank): { difficulty: Float64Array; standardError: Float64Array } {
  const { parameters, covariance, items } = bank;
  const { dims, discrimination, intercept } = parameters;
  const size = parameterNames(parameters).length;
  const weights = interceptWeights(parameters, intercept.length / items.length);
  const difficulty = new Float64Array(items.length);
  const standardError = new Float64Array(items.length);
  const gradient = new Float64Array(dims + weights.length);
  for (let i = 0; i < items.length; i++) {
    const a = discrimination.subarray(i * dims, (i + 1) * dims);
    const d = weights.reduce((sum, weight, k) => sum + weight * intercept[i * weights.length + k], 0);
    const length = dims === 1 ? a[0] : Math.hypot(...a);
    difficulty[i] = -d / length;
    for (let k = 0; k < dims; k++) gradient[k] = (d * a[k]) / length ** 3;
    weights.forEach((weight, k) => {
      gradient[dims + k] = -weight / length;
    });
    let variance = 0;
    for (let p = 0; p < gradient.length; p++)
      for (let q = 0; q < gradient.length; q++)
        variance += gradient[p] * gradient[q] * covariance[(i * size + p) * size + q];
    standardError[i] = Math.sqrt(variance);
  }
  return { difficulty, standardError };
}

/** Weights whose sum over an item's intercepts, over −a, is the mean of its thresholds. */
function interceptWeights({ family }: ItemParameters, steps: number): number[] {
  // Partial credit adds its steps up: the last intercept is their sum.
  if (family === "gpcm") return Array.from({ length: steps }, (_, k) => (k === steps - 1 ? 1 / steps : 0));
  return new Array<number>(steps).fill(1 / steps);
}
