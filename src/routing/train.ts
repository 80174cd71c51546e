import type { ResponseMatrix } from "../responses/index.ts";
import { fitPriceCurve } from "./budget.ts";
import { calibrated, fitCalibration } from "./calibration.ts";
import { type CostModel, expectedCosts, fitCosts } from "./costs.ts";
import { growForest, outOfBag, packForest } from "./forest.ts";
import { type Departure, fitGate } from "./gate.ts";
import { shrunkValues } from "./grow.ts";
import { featureReader, featureWidth, fitQuestionFeatures } from "./question-features.ts";
import type { Router, RouterProvenance } from "./router.ts";
import { fitSmoother } from "./smoother.ts";
import { nonNegativeWeights } from "./stack.ts";
import { gatherTraining, type TrainingData } from "./training-data.ts";

export interface TrainOptions {
  readonly seed?: number;
  /** Number of trees; 200 unless given. */
  readonly trees?: number;
  /** Latent directions of the lexical features; 48 unless given. */
  readonly lexicalDims?: number;
  /** Called with the share done, from 0 to 1. */
  readonly onProgress?: (share: number) => void;
  readonly sources?: RouterProvenance["sources"];
}

/** Shrinkages of the forest that are tried. */
const shrinkages = [3, 10, 30, 100, 300];
/** How strongly a model's lead on a kind of questions is drawn to its lead over all, in questions. */
const kindPrior = 20;

/**
 * Learns to foresee each model's reward from a question's text. The reward is taken apart into each model's mean, a
 * part common to all models (how hard the question is) and each model's own part (which model it suits); the own part,
 * where little can be learnt, is shrunk by itself. Two predictors, a forest and a kernel regression, are
 * mixed, calibrated and gated by their predictions of questions that they had not seen (out of bag, leave one out), so
 * that nothing is tuned on what it was fitted to.
 */
export function trainRouter(
  matrices: ResponseMatrix | readonly ResponseMatrix[],
  options: TrainOptions = {},
): Router {
  const { seed = 0, trees = 200, lexicalDims = 48, onProgress } = options;
  const list = Array.isArray(matrices)
    ? (matrices as readonly ResponseMatrix[])
    : [matrices as ResponseMatrix];
  const data = gatherTraining(list);
  const { models, texts, rewards, means } = data;
  const n = texts.length;
  const width = models.length;
  const features = fitQuestionFeatures(texts, Math.min(lexicalDims, Math.max(1, n - 1)), seed);
  onProgress?.(0.3);
  const read = featureReader(features);
  const rows = texts.map(read);
  const columns = Array.from({ length: featureWidth(features) }, (_, f) =>
    Float32Array.from(rows, (row) => row[f]),
  );
  const { common, own } = takeApart(rewards, means);
  const kinds = kindLeads(data, own);
  const targets = sideBySide([common.map((c) => c * Math.sqrt(width)), own, kinds], n);
  const grown = growForest(
    columns,
    targets,
    trees,
    { share: 0.7, largest: 20_000, tried: 0.4, minLeaf: n < 400 ? 3 : 5 },
    seed,
  );
  onProgress?.(0.6);
  const smoothed = fitSmoother(rows, features.lexical.dims, common, own, Math.min(192, 2 * n), seed);
  onProgress?.(0.8);
  const commonForest = bestShrinkage((lambda) => outOfBag(grown, common, 1, lambda), common);
  const ownForest = bestShrinkage((lambda) => outOfBag(grown, own, width, lambda), own);
  const kindForest = outOfBag(grown, kinds, width, 0);
  const ownWeights = nonNegativeWeights([ownForest.values, smoothed.own, kindForest], own, data.observed);
  const commonWeights = nonNegativeWeights([commonForest.values, smoothed.common], common);
  const raw = new Float64Array(n * width);
  const score = new Float64Array(n * width);
  for (let i = 0; i < n; i++)
    for (let m = 0; m < width; m++) {
      const o = i * width + m;
      score[o] =
        means[m] +
        ownWeights[0] * ownForest.values[o] +
        ownWeights[1] * smoothed.own[o] +
        ownWeights[2] * kindForest[o];
      raw[o] = score[o] + commonWeights[0] * commonForest.values[i] + commonWeights[1] * smoothed.common[i];
    }
  const calibration = fitCalibration(raw, rewards, data.observed);
  const p = raw.map((value) => calibrated(calibration, value));
  const gate = fitGate(departures(data, score, kindForest), n);
  const costs = pooledCosts(data);
  const remaining = smoothed.remaining.toSorted();
  const leaf = 2 * width + 1;
  return {
    version: 1,
    models,
    features,
    rewards: means,
    forest: packForest(grown, leaf, (tree) => {
      const parts = [
        shrunkValues(tree, common, 1, commonForest.lambda),
        shrunkValues(tree, own, width, ownForest.lambda),
        shrunkValues(tree, kinds, width, 0),
      ];
      const nodes = tree.count.length;
      const out = new Float64Array(nodes * leaf);
      for (let node = 0; node < nodes; node++) {
        out[node * leaf] = parts[0][node];
        out.set(parts[1].subarray(node * width, (node + 1) * width), node * leaf + 1);
        out.set(parts[2].subarray(node * width, (node + 1) * width), node * leaf + 1 + width);
      }
      return out;
    }),
    smoother: smoothed.smoother,
    weights: {
      common: [commonWeights[0], commonWeights[1]],
      own: [ownWeights[0], ownWeights[1], ownWeights[2]],
    },
    novelty: [remaining[Math.floor(0.995 * (n - 1))], Math.max(1, remaining[n - 1])],
    spread: variance(smoothed.common),
    calibration,
    gate,
    ...(costs && { costs, priceCurve: fitPriceCurve(p, costTable(costs, texts, width), width) }),
    newcomers: [],
    figures: figures(data, score, kindForest, gate.margin, p),
    provenance: { seed, sources: options.sources ?? [] },
  };
}

/** n common parts and n × M own parts of the rewards above the models' means. */
function takeApart(rewards: Float32Array, means: Float64Array) {
  const width = means.length;
  const n = rewards.length / width;
  const common = new Float32Array(n);
  const own = new Float32Array(n * width);
  for (let i = 0; i < n; i++) {
    for (let m = 0; m < width; m++) common[i] += (rewards[i * width + m] - means[m]) / width;
    for (let m = 0; m < width; m++) own[i * width + m] = rewards[i * width + m] - means[m] - common[i];
  }
  return { common, own };
}

/** n × M: for each question, each model's mean own part over the questions of the same dataset, shrunk. */
function kindLeads({ dataset, datasets, models }: TrainingData, own: Float32Array): Float32Array {
  const width = models.length;
  const sums = new Float64Array(datasets.length * width);
  const counts = new Float64Array(datasets.length);
  dataset.forEach((d, i) => {
    counts[d]++;
    for (let m = 0; m < width; m++) sums[d * width + m] += own[i * width + m];
  });
  return Float32Array.from(own, (_, o) => {
    const d = dataset[Math.floor(o / width)];
    return sums[d * width + (o % width)] / (counts[d] + kindPrior);
  });
}

/** Columns of several n-row tables side by side. */
function sideBySide(tables: readonly Float32Array[], n: number): Float32Array {
  const widths = tables.map((table) => table.length / n);
  const total = widths.reduce((sum, width) => sum + width, 0);
  const out = new Float32Array(n * total);
  for (let i = 0; i < n; i++) {
    let at = i * total;
    tables.forEach((table, k) => {
      out.set(table.subarray(i * widths[k], (i + 1) * widths[k]), at);
      at += widths[k];
    });
  }
  return out;
}

function bestShrinkage(predictions: (lambda: number) => Float64Array, targets: Float32Array) {
  let best: { lambda: number; values: Float64Array; error: number } = {
    lambda: 0,
    values: new Float64Array(targets.length),
    error: Number.POSITIVE_INFINITY,
  };
  for (const lambda of shrinkages) {
    const values = predictions(lambda);
    let error = 0;
    for (let i = 0; i < values.length; i++) error += (values[i] - targets[i]) ** 2;
    if (error < best.error) best = { lambda, values, error };
  }
  return best;
}

/** Each question where another model than its kind's best is expected to do better. */
function departures({ rewards, means }: TrainingData, score: Float64Array, kind: Float64Array): Departure[] {
  const width = means.length;
  const out: Departure[] = [];
  for (let o = 0; o < score.length; o += width) {
    const { home, best } = homeAndBest(means, score, kind, o);
    if (best !== home)
      out.push({
        expected: score[o + best] - score[o + home],
        gained: rewards[o + best] - rewards[o + home],
      });
  }
  return out;
}

function homeAndBest(means: Float64Array, score: Float64Array, kind: Float64Array, o: number) {
  let home = 0;
  let best = 0;
  for (let m = 1; m < means.length; m++) {
    if (means[m] + kind[o + m] > means[home] + kind[o + home]) home = m;
    if (score[o + m] > score[o + best]) best = m;
  }
  return { home, best };
}

function figures(
  data: TrainingData,
  score: Float64Array,
  kind: Float64Array,
  margin: number,
  p: Float64Array,
): Router["figures"] {
  const { rewards, means, dataset, datasets, observed, texts } = data;
  const width = means.length;
  let router = 0;
  let brier = 0;
  let cells = 0;
  const sets = datasets.map((name) => ({ name, items: 0, rewards: new Array<number>(width).fill(0) }));
  for (let i = 0; i < texts.length; i++) {
    const o = i * width;
    const { home, best } = homeAndBest(means, score, kind, o);
    router += rewards[o + (score[o + best] - score[o + home] > margin ? best : home)] / texts.length;
    const set = sets[dataset[i]];
    set.items++;
    for (let m = 0; m < width; m++) {
      set.rewards[m] += rewards[o + m];
      if (!observed[o + m]) continue;
      brier += (p[o + m] - rewards[o + m]) ** 2;
      cells++;
    }
  }
  return {
    questions: texts.length,
    router,
    brier: brier / Math.max(1, cells),
    datasets: sets.map((set) => ({ ...set, rewards: set.rewards.map((sum) => sum / set.items) })),
  };
}

function pooledCosts(data: TrainingData): CostModel | undefined {
  if (!data.costs) return undefined;
  const n = data.texts.length;
  const width = data.models.length;
  const turned = new Float64Array(n * width);
  for (let i = 0; i < n; i++) for (let m = 0; m < width; m++) turned[m * n + i] = data.costs[i * width + m];
  return fitCosts({
    subjects: data.models,
    items: data.texts,
    texts: data.texts,
    costs: turned,
    scores: turned,
    observed: new Uint8Array(n * width),
  });
}

function costTable(costs: CostModel, texts: readonly string[], width: number): Float64Array {
  const out = new Float64Array(texts.length * width);
  texts.forEach((text, i) => {
    out.set(expectedCosts(costs, width, text), i * width);
  });
  return out;
}

function variance(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
}
