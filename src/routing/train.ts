import type { ItemBank } from "../bank/index.ts";
import type { ResponseMatrix } from "../responses/index.ts";
import { baselineByDataset, baselineBySplits, baselineOutputs, withGates } from "./baseline.ts";
import { fitPriceCurve } from "./budget.ts";
import { calibrated, fitCalibration } from "./calibration.ts";
import { type EmbeddedTexts, vectorsIn } from "./embeddings.ts";
import { packForest } from "./forest.ts";
import { fitGate } from "./gate.ts";
import { type LeafBlock, sideBySideRule } from "./leaves.ts";
import { fitMembers, growTrees, kindsOf, type Prepared } from "./members.ts";
import { fitFamiliarity } from "./novelty.ts";
import { takeApart } from "./parts.ts";
import {
  featureReader,
  featureWidth,
  fitQuestionFeatures,
  type QuestionFeatures,
  wordingWidth,
} from "./question-features.ts";
import type { Router, RouterProvenance } from "./router.ts";
import { constant } from "./shrinkage.ts";
import { kernelWeights } from "./smoother.ts";
import { trainingBank } from "./training-bank.ts";
import { costTable, pooledCosts } from "./training-costs.ts";
import { gatherTraining, type TrainingData } from "./training-data.ts";
import { departures, trainingFigures } from "./training-figures.ts";

/** Seed unless given, that of the command line. */
const defaultSeed = 1;

export interface TrainOptions {
  /** Seed of all randomness; 1 unless given, as on the command line. The same data and seed give the same router. */
  readonly seed?: number;
  /** Number of trees; 120 unless given. */
  readonly trees?: number;
  /** Latent directions of the lexical features; 32 unless given, fewer where there are not as many questions. */
  readonly lexicalDims?: number;
  /** Embeddings of all texts, read beside them; the router then needs them of every question (`withEmbeddings`). */
  readonly embedded?: readonly EmbeddedTexts[];
  /** Called with the share done, from 0 to 1. */
  readonly onProgress?: (share: number) => void;
  /** Where the responses come from, for the router's provenance. */
  readonly sources?: RouterProvenance["sources"];
  /** Version of Tripos, for the bank's provenance. */
  readonly tripos?: string;
}

/** A router with the item bank behind its IRT core, which it decides without; it has none for one model, or few questions. */
export interface TrainedRouter {
  readonly router: Router;
  readonly bank?: ItemBank;
}

/**
 * Learns to foresee each model's reward from a question's text. The reward is taken apart into each model's mean, a
 * part common to all models (how hard the question is) and each model's own part (which model it suits); the own part,
 * where little can be learnt, is shrunk by itself. A forest, a kernel regression, nearest neighbours, means by kind of question and the IRT core
 * are mixed, calibrated and gated by their predictions of questions that they had not seen (out of bag, leave one out), so
 * that nothing is tuned on what it was fitted to.
 *
 * @param matrices responses with texts, their scores being rewards from 0 to 1 (see {@link rewardsOf})
 * @throws InputError without texts, without a model common to all, or without an answered question
 */
export function trainRouter(
  matrices: ResponseMatrix | readonly ResponseMatrix[],
  options: TrainOptions = {},
): Router {
  return trainWithBank(matrices, options).router;
}

/** {@link trainRouter}, with the item bank that the IRT core was calibrated as. */
export function trainWithBank(
  matrices: ResponseMatrix | readonly ResponseMatrix[],
  options: TrainOptions = {},
): TrainedRouter {
  const { seed = defaultSeed, trees = 120, onProgress } = options;
  const data = gatherTraining(Array.isArray(matrices) ? matrices : [matrices as ResponseMatrix]);
  const { features, ...prepared } = prepare(data, { ...options, seed });
  const kinds = kindsOf(prepared);
  const grown = growTrees(prepared, kinds, trees);
  onProgress?.(0.6);
  const members = fitMembers(prepared, kinds, grown);
  onProgress?.(0.9);
  const chosen = fitChoice(prepared, members);
  const { calibration, core, smoothed, remembered, common, own } = members;
  const { baseline } = chosen;
  const width = data.models.length;
  const weighted = ({ stack, rules }: typeof common): LeafBlock["parts"] => [
    ...rules.map((rule, k) => [stack.weights[k], rule] as const),
    [1, constant(stack.offset)],
  ];
  const leaves = sideBySideRule([
    { size: 1, parts: weighted(common) },
    { size: width, parts: weighted(own) },
    { size: baselineOutputs(baseline.baseline, width), parts: [[1, baseline.rule]] },
    ...(core ? [{ size: core.core.dims + 1, parts: [[1, core.rule] as const] }] : []),
  ]);
  const costs = pooledCosts(data);
  const router: Router = {
    version: 3,
    models: data.models,
    features,
    rewards: data.means,
    forest: packForest(grown, leaves.size, leaves.rule),
    smoother: smoothed.smoother,
    ...(core && { core: core.core }),
    ...(remembered && { memory: remembered.memory }),
    weights: { common: common.weights, own: own.weights },
    familiarity: fitFamiliarity(prepared.rows, prepared.distanceWeights, data.dataset, remembered?.others),
    spread: variance(smoothed.leftOut[0]),
    calibration: chosen.recalibration,
    baseline: baseline.baseline,
    gate: chosen.gate,
    ...(costs && { costs, priceCurve: fitPriceCurve(chosen.p, costTable(costs, data.texts, width), width) }),
    newcomers: [],
    figures: chosen.figures,
    provenance: { seed, sources: options.sources ?? [] },
  };
  const tripos = options.tripos ?? "";
  return { router, ...(calibration && { bank: trainingBank(data, calibration, { seed, tripos }) }) };
}

/** Features of the questions, and the rewards taken apart. */
function prepare(
  data: TrainingData,
  { lexicalDims = 32, seed = defaultSeed, embedded = [], onProgress }: TrainOptions,
): Prepared & { readonly features: QuestionFeatures } {
  const { texts } = data;
  const dims = Math.min(lexicalDims, Math.max(1, texts.length - 1));
  const features = fitQuestionFeatures(texts, dims, seed, embedded);
  onProgress?.(0.3);
  const wording = wordingWidth(features);
  return {
    data,
    features,
    rows: texts.map(featureReader(features, vectorsIn(features.embeddings ?? [], embedded))),
    wording,
    distanceWeights: kernelWeights(featureWidth(features), wording),
    parts: takeApart(data.rewards, data.means),
    seed,
  };
}

/** Calibration, baseline and its gates, by predictions of questions that their predictors had not seen. */
function fitChoice(
  { data, parts, seed }: Prepared,
  { own, common, sure, unseen }: ReturnType<typeof fitMembers>,
) {
  const { means, rewards, observed, texts } = data;
  const width = means.length;
  const score = own.stack.values.map((value, o) => means[o % width] + value);
  const found =
    data.datasets.length > 1
      ? baselineByDataset(data, parts.own, unseen)
      : baselineBySplits(data, sure, unseen);
  const usual = found.own.map((value, o) => means[o % width] + value);
  const raw = score.map((value, o) => value + common.stack.values[Math.floor(o / width)]);
  const recalibration = fitCalibration(raw, rewards, observed);
  const p = raw.map((value) => calibrated(recalibration, value));
  const gate = fitGate(departures(data, { score, baseline: usual }), texts.length, seed);
  const baseline = withGates(found, data, { score, baseline: usual }, seed);
  const gates = baseline.baseline.rule === "datasets" ? baseline.baseline.gates : [];
  const figures = trainingFigures(
    data,
    { score, baseline: usual, p },
    (i) => (gates[baseline.dataset[i]] ?? gate).margin,
    [...own.stack.figures, ...common.stack.figures],
  );
  return { recalibration, p, gate, baseline, figures };
}

function variance(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
}
