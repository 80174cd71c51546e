import type { Decision } from "./decision.ts";
import type { BenchmarkMeasures } from "./llm-router-bench.ts";
import type { ReliabilityBin } from "./measures.ts";
import type { TradeOff, TradeOffMeasures } from "./trade-off.ts";

export interface DatasetEvaluation {
  readonly name: string;
  readonly items: number;
  /** Mean reward of each model. */
  readonly models: Readonly<Record<string, number>>;
  /** Mean reward of the router's choices with its 95 % bootstrap interval over questions. */
  readonly router: { readonly reward: number; readonly interval: readonly [number, number] };
  /** The model with the highest mean reward here, known in hindsight. */
  readonly bestSingle: { readonly model: string; readonly reward: number };
  readonly random: number;
  readonly oracle: number;
  readonly brier: number;
  readonly logLoss: number;
  readonly auc: number;
  readonly ece: number;
  /** Mean cost of the router's choices in dollars, for `cascade` of all that it asked; null where unknown. */
  readonly cost: number | null;
  /** The router against the model that was best in training. */
  readonly gain: GainOverBest;
  /** Cost against quality, where costs are known. */
  readonly tradeOff?: TradeOffMeasures;
  /**
   * For `cascade`: what it would reach if a verifier that is never wrong stopped it at the first right answer. An upper
   * bound, for it looks at the test's answers; `router` stops by the predicted P instead.
   */
  readonly perfectVerifier?: { readonly reward: number; readonly cost: number | null };
}

/** Mean difference of rewards on the questions that both answered. */
export interface GainOverBest {
  /** The best on the training questions of the same dataset. */
  readonly over: string;
  /** Questions that both answered. */
  readonly questions: number;
  readonly mean: number;
  /** 95 %, paired bootstrap. */
  readonly interval: readonly [number, number];
  /** Mean cost of that model, and of the router, on these questions in dollars; absent where unknown. */
  readonly costs?: { readonly over: number; readonly router: number };
  /** In hindsight: the cheapest of the models that earned at least as much here at a lower mean cost. */
  readonly cheaper?: { readonly model: string; readonly reward: number; readonly cost: number };
}

export interface Evaluation {
  readonly datasets: readonly DatasetEvaluation[];
  readonly macro: {
    readonly router: number;
    /** Of the model with the best macro average. */
    readonly bestSingle: number;
    /** Mean of each dataset's best model as chosen on the training data. */
    readonly bestPerDataset: number;
    readonly oracle: number;
  };
  readonly llmRouterBench: BenchmarkMeasures;
}

/** Questions of one kind: how the router did there, against the model that was best in training. */
export interface QuestionGroup {
  readonly name: string;
  readonly times: number;
  /** Mean reward of the router's choices, and what that gained over the best in training. */
  readonly reward: number;
  readonly gain: number;
  /** 95 % interval of the gain, paired bootstrap. */
  readonly interval: readonly [number, number];
  /** Ids of some questions where the choice won, and where it lost. */
  readonly won: readonly string[];
  readonly lost: readonly string[];
}

/** What an evaluation saw at each question, for reports. */
export interface EvaluatedDataset {
  readonly summary: DatasetEvaluation;
  readonly decisions: readonly Decision[];
  /** Reward of the router's choice on each question. */
  readonly rewards: Float64Array;
  /** Mean cost of each model; absent where unknown. */
  readonly modelCosts?: Readonly<Record<string, number>>;
  readonly reliability: readonly ReliabilityBin[];
  /** Mean cost and reward of choosing by P − price · cost, for rising prices of money; empty where costs are unknown. */
  readonly curve: readonly TradeOff[];
  /** The same of the cheapest model with P ≥ τ, for rising τ. */
  readonly cheapestCurve: readonly TradeOff[];
  /** Cost and reward of who always asks the cheapest model that is right. */
  readonly oracle: { readonly cost: number | null; readonly reward: number };
  /** By the model that was chosen; by scenario, where the data name several; by what the questions look like. */
  readonly choices: readonly QuestionGroup[];
  readonly scenarios: readonly QuestionGroup[];
  readonly clusters: readonly QuestionGroup[];
  /** What choosing the model that was best in training would have gained, and the router's gain over it. */
  readonly chosenInTraining: {
    readonly model: string;
    readonly reward: number;
    readonly gain: number;
    readonly interval: readonly [number, number];
  };
}
