import type { LatentNormal } from "../latent.ts";
import type { Abilities, ItemParameters, ModelFamily } from "../parameters.ts";
import type { EmProgress, MmlCheckpoint } from "./em.ts";
import type { ItemPriors } from "./priors.ts";

export interface MmlOptions {
  /** Default "2pl". */
  readonly family?: ModelFamily;
  /** Dimensions D of ability, 1 unless told; exploratory, identified by principal axes. */
  readonly dims?: number;
  /** Ordered families: number of categories; told from the data if absent. */
  readonly categories?: number;
  /** Families with guessing: the lower asymptote of every item, known rather than estimated (1 / number of options, say). */
  readonly guessing?: number;
  /** Replaces parts of {@link defaultPriors}. */
  readonly priors?: Partial<ItemPriors>;
  /**
   * Which items have a prior on slopes and intercepts: "auto" is all of them in the 4PL, and with fewer than 200 subjects, 200 answers an item or 3 items,
   * otherwise only those whose likelihood has no maximum (constant columns, separable data); "all"; or "none" beyond
   * those. Asymptotes always have theirs.
   */
  readonly regularise?: "auto" | "all" | "none";
  /** Items with known parameters: the scale is then theirs, and the mean and covariance of ability are estimated. */
  readonly fixed?: { readonly items: readonly number[]; readonly parameters: ItemParameters };
  /** Stop when an EM step moves no parameter further than this. Default 1e-5. */
  readonly tolerance?: number;
  /** Default 1000 EM steps. */
  readonly maxIterations?: number;
  /**
   * "fine" unless told: nodes as close as the sharpest posteriors need. "coarse": half as many an axis and never refined,
   * enough to compare models.
   */
  readonly quadrature?: "fine" | "coarse";
  /** Seed of the starting values with several dimensions. */
  readonly seed?: number;
  /** "auto": the whole observed information where affordable, else item by item. */
  readonly standardErrors?: "auto" | "full" | "blocks" | "none";
  readonly onProgress?: (step: EmProgress) => void;
  /** Offered the state of EM after each cycle, to be kept where a run may be interrupted. */
  readonly onCheckpoint?: (take: () => MmlCheckpoint) => void;
  /** State of an interrupted run with the same data and options: the result is that of a whole one, bit for bit. */
  readonly from?: MmlCheckpoint;
}

/** Standard errors laid out as {@link ItemParameters}; 0 for a fixed parameter, Infinity where nothing is known. */
export interface ItemStandardErrors {
  readonly discrimination: Float64Array;
  readonly intercept: Float64Array;
  readonly guessing?: Float64Array;
  readonly upper?: Float64Array;
}

export interface MmlCalibration {
  readonly items: ItemParameters;
  readonly standardErrors: ItemStandardErrors;
  /** I × n × n covariances of [a …, d …, logit c, logit u] of each item. */
  readonly itemCovariance: Float64Array;
  readonly standardErrorMethod: "full" | "blocks" | "none";
  readonly latent: LatentNormal;
  /** Standard error of the latent variance of the Rasch model. */
  readonly latentVarianceSE?: number;
  /** EAP scores and posterior covariances. */
  readonly abilities: Abilities;
  /** Marginal log-likelihood at the estimates, without priors. */
  readonly logLikelihood: number;
  /** Free parameters, those of the latent distribution included. */
  readonly parameterCount: number;
  readonly responses: number;
  readonly iterations: number;
  readonly converged: boolean;
  readonly priors: ItemPriors;
  /** I: 1 where the prior took part in the slopes and intercepts of an item. */
  readonly regularised: Uint8Array;
  readonly warnings: readonly string[];
}
