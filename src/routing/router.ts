import type { Baseline } from "./baseline.ts";
import type { PriceCurve } from "./budget.ts";
import type { Calibration } from "./calibration.ts";
import type { CostModel } from "./costs.ts";
import type { FeedbackOptions, FeedbackState } from "./feedback.ts";
import type { Forest } from "./forest.ts";
import type { Gate } from "./gate.ts";
import type { ItemCore } from "./item-core.ts";
import type { QuestionMemory } from "./memory.ts";
import type { Newcomer } from "./newcomer.ts";
import type { Familiarity } from "./novelty.ts";
import type { QuestionFeatures } from "./question-features.ts";
import type { RewardRule } from "./reward.ts";
import type { Smoother } from "./smoother.ts";

/** What was measured on training questions that the measured part had not seen. */
export interface TrainingFigures {
  readonly questions: number;
  /** Mean reward of the router's out-of-bag choices. */
  readonly router: number;
  /** Mean squared error of P, out of bag. */
  readonly brier: number;
  /** Each dataset's name, number of questions and mean rewards. */
  readonly datasets: readonly {
    readonly name: string;
    readonly items: number;
    readonly rewards: readonly number[];
  }[];
  readonly members: readonly MemberFigure[];
}

/** What a member of the stack is worth: its weight, and its mean squared error by itself, on questions unseen by it. */
export interface MemberFigure {
  /** How hard a question is for all models, or which model it suits. */
  readonly part: "common" | "own";
  readonly name: string;
  readonly weight: number;
  readonly error: number;
}

/** Where a router comes from. */
export interface RouterProvenance {
  readonly seed: number;
  /** Each training file, what counted as reward in it, and what its dataset's other parts share in their names. */
  readonly sources: readonly { readonly name: string; readonly rule: RewardRule; readonly kind?: string }[];
}

/** What of a router decisions are made from, once there is a prediction. */
export type DecisionRules = Pick<
  Router,
  "models" | "newcomers" | "gate" | "priceCurve" | "costs" | "feedback"
>;

/** Weights of the members of a stack beside its forest. */
interface MemberWeights {
  readonly smoother: number;
  readonly core: number;
  readonly memory: number;
}

/**
 * A trained router, as plain data: how a question's text becomes features, predictors of every model's reward (a forest,
 * a Bayesian kernel regression, nearest neighbours, item response theory) with their weights, their calibration, the gate that keeps the
 * surely good model where the evidence for another is weak, and what each answer costs.
 */
export interface Router {
  readonly version: 3;
  readonly models: readonly string[];
  readonly features: QuestionFeatures;
  /** Mean reward of each model over the training questions. */
  readonly rewards: Float64Array;
  /**
   * Outputs: the common part and each model's own part (their weights in), what `baseline` needs (nothing, each model's own
   * part by splits beyond doubt alone, or each dataset's share), and the item parameters less their mean.
   */
  readonly forest: Forest;
  /** Outputs: the common part, each model's own part, and the item parameters less their mean. */
  readonly smoother: Smoother;
  /** Absent where it cannot be calibrated: one model, or few questions. */
  readonly core?: ItemCore;
  /** Absent for one question, or very many. */
  readonly memory?: QuestionMemory;
  /** Weights beside the forest's. */
  readonly weights: {
    readonly common: MemberWeights;
    readonly own: MemberWeights;
  };
  /** What tells a question unlike those of training. */
  readonly familiarity: Familiarity;
  /** Variance of rewards over kinds of questions, which a question of no known kind has. */
  readonly spread: number;
  readonly calibration: Calibration;
  readonly baseline: Baseline;
  /** Where the baseline has no gates of its own. */
  readonly gate: Gate;
  /** Prices of money (reward per dollar), ascending, with the mean cost and reward that each gives on training questions. */
  readonly priceCurve?: PriceCurve;
  /** Absent where the training data had no costs. */
  readonly costs?: CostModel;
  /** Models that joined after training, from their answers to a few questions. */
  readonly newcomers: readonly Newcomer[];
  /** What feedback has taught since training, and whom to believe; absent before any. */
  readonly feedback?: { readonly state: FeedbackState; readonly options: FeedbackOptions };
  readonly figures: TrainingFigures;
  readonly provenance: RouterProvenance;
}
