import { kMeans } from "../clustering/index.ts";
import { symmetricEigen } from "../numerics/index.ts";
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
  /** Seed of all randomness; 0 unless given. The same data and seed give the same router. */
  readonly seed?: number;
  /** Number of trees; 120 unless given. */
  readonly trees?: number;
  /** Latent directions of the lexical features; 32 unless given, fewer where there are not as many questions. */
  readonly lexicalDims?: number;
  /** Called with the share done, from 0 to 1. */
  readonly onProgress?: (share: number) => void;
  /** Where the responses come from, for the router's provenance. */
  readonly sources?: RouterProvenance["sources"];
}

/** Random features of the kernel regression. */
const cosines = 128;
/** Shrinkages of the forest that are tried. */
const shrinkages = [3, 10, 30, 100, 300];
/** Directions of the own parts, and of their means by kind, that the trees split by. */
const ownDirections = 3;
const kindDirections = 3;
/** Most clusters that stand for kinds of questions where the data name none. */
const mostClusters = 32;

/**
 * Learns to foresee each model's reward from a question's text. The reward is taken apart into each model's mean, a
 * part common to all models (how hard the question is) and each model's own part (which model it suits); the own part,
 * where little can be learnt, is shrunk by itself. Two predictors, a forest and a kernel regression, are
 * mixed, calibrated and gated by their predictions of questions that they had not seen (out of bag, leave one out), so
 * that nothing is tuned on what it was fitted to.
 *
 * @param matrices responses with texts, their scores being rewards from 0 to 1 (see {@link rewardsOf})
 * @throws InputError without texts, without a model common to all, or without an answered question
 */
export function trainRouter(
  matrices: ResponseMatrix | readonly ResponseMatrix[],
  options: TrainOptions = {},
): Router {
  const { seed = 0, trees = 120, lexicalDims = 32, onProgress } = options;
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
  const kindOf = data.datasets.length > 1 ? data.dataset : clustersOf(rows, mostClusters, seed);
  const kinds = kindLeads(kindOf, own, width);
  const targets = sideBySide(
    [
      common.map((c) => c * Math.sqrt(width)),
      mainDirections(own, width, ownDirections),
      mainDirections(kinds.values, width, kindDirections),
    ],
    n,
  );
  const grown = growForest(
    columns,
    targets,
    trees,
    { share: 0.7, largest: 20_000, tried: 0.3, minLeaf: n < 400 ? 3 : 5 },
    seed,
  );
  onProgress?.(0.6);
  const smoothed = fitSmoother(rows, features.lexical.dims, common, own, Math.min(cosines, 2 * n), seed);
  onProgress?.(0.8);
  const commonForest = bestShrinkage((lambda) => outOfBag(grown, common, 1, lambda), common);
  const ownForest = bestShrinkage((lambda) => outOfBag(grown, own, width, lambda), own);
  // What a question's own reward adds to the mean of its kind is taken out again: it must not foretell itself.
  const kindForest = outOfBag(grown, kinds.values, width, 0).map(
    (value, o) => value - kinds.selfShare[Math.floor(o / width)] * own[o],
  );
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
  const unknown = smoothed.unknown.toSorted();
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
        shrunkValues(tree, kinds.values, width, 0),
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
    usuallyUnknown: unknown[Math.floor(0.995 * (n - 1))],
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

/** Kinds of questions where the data name none: clusters of their features. */
function clustersOf(rows: readonly Float32Array[], most: number, seed: number): Int32Array {
  const n = rows.length;
  const dims = rows[0].length;
  const points = new Float64Array(n * dims);
  rows.forEach((row, i) => {
    points.set(row, i * dims);
  });
  const k = Math.max(1, Math.min(most, Math.floor(n / 25)));
  return Int32Array.from(
    kMeans(points, dims, new Float64Array(n).fill(1), k, { starts: 2, seed, maxRounds: 50 }).labels,
  );
}

/** What being of its kind says of each question. */
interface KindLeads {
  /** n × M: each model's mean own part over the questions of the same kind, shrunk. */
  readonly values: Float32Array;
  /** n: share of a question's own reward in the above. */
  readonly selfShare: Float64Array;
}

/** Means by kind, shrunk by empirical Bayes: the less the kinds differ beyond chance, the more. */
function kindLeads(kindOf: Int32Array, own: Float32Array, width: number): KindLeads {
  const n = kindOf.length;
  const kinds = kindOf.reduce((most, kind) => Math.max(most, kind), 0) + 1;
  const sums = new Float64Array(kinds * width);
  const counts = new Float64Array(kinds);
  let squares = 0;
  kindOf.forEach((kind, i) => {
    counts[kind]++;
    for (let m = 0; m < width; m++) {
      sums[kind * width + m] += own[i * width + m];
      squares += own[i * width + m] ** 2;
    }
  });
  let between = 0;
  sums.forEach((sum, k) => {
    between += sum ** 2 / Math.max(1, counts[Math.floor(k / width)]);
  });
  // One-way random effects by moments: E[between] = width · (kinds · within + n · lead) for equal kinds.
  const within = Math.max(0, squares - between) / (width * Math.max(1, n - kinds));
  const lead = Math.max(0, between / width - kinds * within) / n;
  const prior = lead > 0 ? within / lead : Number.POSITIVE_INFINITY;
  return {
    values: Float32Array.from(own, (_, o) => {
      const kind = kindOf[Math.floor(o / width)];
      return sums[kind * width + (o % width)] / (counts[kind] + prior);
    }),
    selfShare: Float64Array.from(kindOf, (kind) => 1 / (counts[kind] + prior)),
  };
}

/** n × r: the rows of an n × width table along the r directions in which they vary most. */
function mainDirections(table: Float32Array, width: number, most: number): Float32Array {
  const n = table.length / width;
  const r = Math.min(most, width - 1);
  const scatter = new Float64Array(width * width);
  for (let o = 0; o < table.length; o += width)
    for (let a = 0; a < width; a++)
      for (let b = 0; b < width; b++) scatter[a * width + b] += table[o + a] * table[o + b];
  const { vectors } = symmetricEigen(scatter, width);
  const out = new Float32Array(n * r);
  for (let i = 0; i < n; i++)
    for (let d = 0; d < r; d++)
      for (let m = 0; m < width; m++) out[i * r + d] += table[i * width + m] * vectors[m * width + d];
  return out;
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
