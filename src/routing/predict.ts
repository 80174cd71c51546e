import { baselineLeads } from "./baseline.ts";
import { calibrated } from "./calibration.ts";
import { vectorsFor } from "./embeddings.ts";
import { predictForest } from "./forest.ts";
import { coreProbabilities } from "./item-core.ts";
import { madeOnce } from "./made-once.ts";
import { recall, type SimilarQuestion, similarQuestions } from "./memory.ts";
import { newcomerReward } from "./newcomer.ts";
import { noveltyOf } from "./novelty.ts";
import { type RewardParts, takeApart } from "./parts.ts";
import { featureReader, featureWidth, type QuestionFeatures, wordingWidth } from "./question-features.ts";
import type { Router } from "./router.ts";
import { kernelWeights, smooth } from "./smoother.ts";

/**
 * Squared error of the forecasts in units of the regression's posterior variance. A penalty chosen for the least error leaves a
 * bias about as large as the standard error, which features of finite number do not see; found on simulated mixtures of
 * tasks (bench/routing-mixture.js).
 */
const withBias = 1.75;

/** What a router expects of each model on one question; models in the order of {@link modelNames}. */
export interface Prediction {
  /** Calibrated P(correct), or expected score. */
  readonly p: Float64Array;
  /** 95 % interval of p. */
  readonly low: Float64Array;
  readonly high: Float64Array;
  /**
   * What the `quality` policy compares: the models' relative rewards, those by what is beyond doubt alone, and the margin of the
   * question's dataset instead of the router's.
   */
  readonly gain: { readonly score: Float64Array; readonly baseline: Float64Array; readonly margin?: number };
  /** 0 for a question like those of training … 1 for one unlike any of them. */
  readonly novelty: number;
}

/** Models of a router: those of training, then newcomers. */
export function modelNames({ models, newcomers }: Pick<Router, "models" | "newcomers">): readonly string[] {
  return newcomers.length === 0 ? models : [...models, ...newcomers.map(({ model }) => model)];
}

/** A question's features, read as the router reads them. */
export function featuresOf({ features }: Router, text: string): Float32Array {
  return reader(features)(text);
}

const reader = madeOnce((features: QuestionFeatures) =>
  featureReader(features, features.embeddings && vectorsFor(features)),
);

const distanceWeightsOf = madeOnce((features: QuestionFeatures) =>
  kernelWeights(featureWidth(features), wordingWidth(features)),
);

/** P(correct | model, text) of each model, with its interval; of an empty text the models' means. */
export function predict(router: Router, text: string): Prediction {
  return predictFrom(router, featuresOf(router, text), isEmpty(text));
}

/** Whether there is nothing to read in a question. */
export const isEmpty = (text: string): boolean => text.trim() === "";

/** The training questions most like a text; none where the router remembers none, or the text is empty. */
export function similarTo(router: Router, text: string, count = 5): SimilarQuestion[] {
  return router.memory && !isEmpty(text)
    ? similarQuestions(router.memory, featuresOf(router, text), count)
    : [];
}

/** {@link predict} from features that are at hand already; `foreign` ones tell nothing. */
export function predictFrom(router: Router, x: Float32Array, foreign = false): Prediction {
  const { smoother, spread, weights, rewards, figures } = router;
  const trained = router.models.length;
  const grown = predictForest(router.forest, x);
  const smoothed = smooth(smoother, x);
  const recalled = router.memory && recall(router.memory, x);
  const distanceWeights = distanceWeightsOf(router.features);
  const novelty = foreign ? 1 : noveltyOf(router.familiarity, x, distanceWeights, recalled?.near);
  const keep = 1 - novelty;
  const core = coreParts(router, grown, smoothed.values);
  const common =
    keep *
    (grown[0] +
      weights.common.smoother * smoothed.values[0] +
      weights.common.core * (core?.common[0] ?? 0) +
      weights.common.memory * (recalled?.common[0] ?? 0));
  const usual = baselineLeads(
    router.baseline,
    grown.subarray(1 + trained, grown.length - coreOutputs(router)),
    trained,
  );
  const margin =
    router.baseline.rule === "datasets" ? router.baseline.gates[usual.dataset]?.margin : undefined;
  const models = trained + router.newcomers.length;
  const p = new Float64Array(models);
  const score = new Float64Array(models);
  const baseline = new Float64Array(models);
  const sd = new Float64Array(models);
  const [ofCommon, ofOwn] = smoother.variances;
  const variance = withBias * (ofCommon + ofOwn) * smoothed.remaining + novelty * spread;
  for (let m = 0; m < trained; m++) {
    const own =
      grown[1 + m] +
      weights.own.smoother * smoothed.values[1 + m] +
      weights.own.core * (core?.own[m] ?? 0) +
      weights.own.memory * (recalled?.own[m] ?? 0);
    score[m] = rewards[m] + keep * own;
    baseline[m] = rewards[m] + keep * usual.own[m];
    p[m] = rewards[m] + common + keep * own;
    // The models' means are themselves known by so many answers only.
    sd[m] = Math.sqrt(variance + (rewards[m] * (1 - rewards[m])) / (figures.questions + 2));
  }
  router.newcomers.forEach((newcomer, k) => {
    const m = trained + k;
    score[m] = newcomerReward(newcomer, score);
    baseline[m] = newcomerReward(newcomer, baseline);
    p[m] = newcomerReward(newcomer, p);
    sd[m] = Math.sqrt(variance + newcomer.variance);
  });
  const low = new Float64Array(models);
  const high = new Float64Array(models);
  // Calibration speaks of questions like those of training only.
  const { questions } = figures;
  const stated = (value: number) => {
    // Jeffreys' half a right and half a wrong answer more, as the rates have them: a few questions prove no certainty.
    const known = (questions * calibrated(router.calibration, value) + 0.5) / (questions + 1);
    return keep * known + novelty * Math.min(1, Math.max(0, value));
  };
  for (let m = 0; m < models; m++) {
    low[m] = stated(p[m] - 1.96 * sd[m]);
    high[m] = stated(p[m] + 1.96 * sd[m]);
    p[m] = stated(p[m]);
  }
  return { p, low, high, gain: { score, baseline, ...(margin !== undefined && { margin }) }, novelty };
}

const coreOutputs = ({ core }: Router) => core?.mean.length ?? 0;

/** What the IRT core says of a question, taken apart as the rewards are. */
function coreParts(
  { core, models, rewards }: Router,
  grown: ArrayLike<number>,
  smoothed: ArrayLike<number>,
): RewardParts | undefined {
  if (!core) return undefined;
  const width = models.length;
  const from = grown.length - core.mean.length;
  const foretold = core.mean.map(
    (_, k) => core.weights[0] * grown[from + k] + core.weights[1] * smoothed[1 + width + k],
  );
  return takeApart(coreProbabilities(core, foretold), rewards);
}
