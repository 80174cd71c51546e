import type { ItemBank } from "../bank/index.ts";
import type { ResponseMatrix } from "../responses/index.ts";
import { fitPriceCurve } from "./budget.ts";
import { calibrated, fitCalibration } from "./calibration.ts";
import { growForest, outOfBag, packForest } from "./forest.ts";
import { fitGate } from "./gate.ts";
import { calibrateItems, centredItems, coreProbabilities, fitItemCore, type ItemCore } from "./item-core.ts";
import { clustersOf, kindLeads } from "./kinds.ts";
import { stackMembers } from "./member-weights.ts";
import { fitMemory } from "./memory.ts";
import { fitFamiliarity } from "./novelty.ts";
import { mainDirections, sideBySide, takeApart } from "./parts.ts";
import { featureReader, featureWidth, fitQuestionFeatures } from "./question-features.ts";
import type { MemberWeights, Router, RouterProvenance } from "./router.ts";
import { constant, hierarchical, jamesStein, type NodeValues, nodeMeans } from "./shrinkage.ts";
import { fitSmoother, kernelWeights } from "./smoother.ts";
import { nonNegativeWeights } from "./stack.ts";
import { trainingBank } from "./training-bank.ts";
import { costTable, pooledCosts } from "./training-costs.ts";
import { gatherTraining } from "./training-data.ts";
import { departures, gainsOverBest, trainingFigures } from "./training-figures.ts";

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
  /** Version of Tripos, for the bank's provenance. */
  readonly tripos?: string;
}

/** A router with the item bank behind its IRT core, which it decides without; it has none for one model, or few questions. */
export interface TrainedRouter {
  readonly router: Router;
  readonly bank?: ItemBank;
}

/** Random features of the kernel regression. */
const cosines = 128;
/** Hierarchical shrinkages of the forest that are tried. */
const shrinkages = [10, 30, 100, 300];
/** Standard deviations beyond chance that a split of the forest must explain to be beyond doubt. */
const doubt = 2.5;
/** Directions of the own parts, and of their means by kind, that the trees split by. */
const splitDirections = 3;
/** Most clusters that stand for kinds of questions where the data name none. */
const mostClusters = 32;

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
  const { seed = 0, trees = 120, lexicalDims = 32, onProgress } = options;
  const list = Array.isArray(matrices)
    ? (matrices as readonly ResponseMatrix[])
    : [matrices as ResponseMatrix];
  const data = gatherTraining(list);
  const { models, texts, rewards, means, observed } = data;
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
  const grown = growForest(
    columns,
    sideBySide(
      [
        common.map((c) => c * Math.sqrt(width)),
        mainDirections(own, width, splitDirections),
        mainDirections(kindLeads(kindOf, own, width), width, splitDirections),
      ],
      n,
    ),
    trees,
    { share: 0.7, largest: 20_000, tried: 0.3, minLeaf: n < 400 ? 3 : 5, compared: 500 },
    seed,
  );
  onProgress?.(0.6);
  const calibration = calibrateItems(data);
  const items = calibration && centredItems(calibration);
  const smoothed = fitSmoother(
    rows,
    features.lexical.dims,
    [common, own, ...(items ? [items.values] : [])],
    Math.min(cosines, 2 * n),
    seed,
  );
  onProgress?.(0.8);

  const distanceWeights = kernelWeights(rows[0].length, features.lexical.dims);
  const remembered = fitMemory(
    data.items.map((id, i) => `${data.datasets[data.dataset[i]]}/${id}`),
    rows,
    distanceWeights,
    { common, own },
  );
  const unseen = (size: number, values: NodeValues) => outOfBag(grown, size, values);
  const commonTree = bestShrinkage(common, 1, unseen);
  const ownTree = bestShrinkage(own, width, unseen);
  const sure = jamesStein(own, width, doubt);
  const sureUnseen = unseen(width, sure);
  // A question's own reward must not foretell itself: each tree knows the means of its own questions only.
  const kindUnseen = unseen(width, (tree) =>
    nodeMeans(tree, kindLeads(kindOf, own, width, tree.inBag), width),
  );
  const core = calibration && items && itemCore(calibration, items, smoothed.leftOut[2], unseen);
  const corePart = core && takeApart(core.p, means);
  const ownStack = stackMembers(
    "own",
    [
      { name: "forest", values: ownTree.values },
      { name: "forest, beyond doubt", values: sureUnseen },
      { name: "kind of question", values: kindUnseen },
      { name: "kernel regression", values: smoothed.leftOut[1] },
      { name: "nearest questions", values: remembered?.leftOut.own ?? new Float64Array(n * width) },
      ...(corePart ? [{ name: "item response theory", values: Float64Array.from(corePart.own) }] : []),
    ],
    own,
    width,
    observed,
  );
  const commonStack = stackMembers(
    "common",
    [
      { name: "forest", values: commonTree.values },
      { name: "kernel regression", values: smoothed.leftOut[0] },
      { name: "nearest questions", values: remembered?.leftOut.common ?? new Float64Array(n) },
      ...(corePart ? [{ name: "item response theory", values: Float64Array.from(corePart.common) }] : []),
    ],
    common,
    1,
  );
  const score = ownStack.values.map((value, o) => means[o % width] + value);
  const named = data.datasets.length > 1;
  const homeUnseen = named ? kindUnseen : sureUnseen;
  const pays = gainsOverBest(data, homeUnseen);
  const home = homeUnseen.map((value, o) => means[o % width] + (pays ? value : 0));
  const raw = score.map((value, o) => value + commonStack.values[Math.floor(o / width)]);
  const recalibration = fitCalibration(raw, rewards, observed);
  const p = raw.map((value) => calibrated(recalibration, value));
  const gate = fitGate(departures(data, { score, home }), n, seed);
  const costs = pooledCosts(data);

  const kinds = kindLeads(kindOf, own, width);
  const [byTree, bySure, byKind] = ownStack.weights;
  const kind: NodeValues = (tree) => nodeMeans(tree, kinds, width);
  const leaf = leafOf([
    {
      size: 1,
      parts: [
        [commonStack.weights[0], commonTree.rule],
        [1, constant(commonStack.offset)],
      ],
    },
    {
      size: width,
      parts: [
        [byTree, ownTree.rule],
        [bySure, sure],
        [byKind, kind],
        [1, constant(ownStack.offset)],
      ],
    },
    { size: width, parts: [[pays ? 1 : 0, named ? kind : sure]] },
    ...(core ? [{ size: core.core.dims + 1, parts: [[1, core.rule] as const] }] : []),
  ]);
  const router: Router = {
    version: 2,
    models,
    features,
    rewards: means,
    forest: packForest(grown, leaf.size, leaf.rule),
    smoother: smoothed.smoother,
    ...(core && { core: core.core }),
    ...(remembered && { memory: remembered.memory }),
    weights: {
      common: weightsFrom(commonStack.weights.slice(1)),
      own: weightsFrom(ownStack.weights.slice(3)),
    },
    familiarity: fitFamiliarity(rows, distanceWeights, data.dataset, remembered?.others),
    spread: variance(smoothed.leftOut[0]),
    calibration: recalibration,
    gate,
    ...(costs && { costs, priceCurve: fitPriceCurve(p, costTable(costs, texts, width), width) }),
    newcomers: [],
    figures: trainingFigures(data, { score, home, p }, gate.margin, [
      ...ownStack.figures,
      ...commonStack.figures,
    ]),
    provenance: { seed, sources: options.sources ?? [] },
  };
  const tripos = options.tripos ?? "";
  return { router, ...(calibration && { bank: trainingBank(data, calibration, { seed, tripos }) }) };
}

const weightsFrom = ([smoother, memory, core = 0]: readonly number[]): MemberWeights => ({
  smoother,
  memory,
  core,
});

type Unseen = (size: number, values: NodeValues) => Float64Array;

function bestShrinkage(targets: Float32Array, width: number, unseen: Unseen) {
  const tried = shrinkages.map((lambda) => {
    const rule = hierarchical(targets, width, lambda);
    const values = unseen(width, rule);
    return { rule, values, error: values.reduce((sum, value, o) => sum + (value - targets[o]) ** 2, 0) };
  });
  return tried.reduce((a, b) => (b.error < a.error ? b : a));
}

/** The IRT core with P(correct) of each training question, its item parameters foretold without it. */
function itemCore(
  calibration: NonNullable<ReturnType<typeof calibrateItems>>,
  { values }: { readonly values: Float32Array },
  smoothed: Float64Array,
  unseen: Unseen,
): { core: ItemCore; rule: NodeValues; p: Float64Array } {
  const size = calibration.items.dims + 1;
  const n = values.length / size;
  const tree = bestShrinkage(values, size, unseen);
  const [byTree, bySmoother] = nonNegativeWeights([tree.values, smoothed], values);
  const foretold = tree.values.map((value, o) => byTree * value + bySmoother * smoothed[o]);
  const core = fitItemCore(calibration, foretold, [byTree, bySmoother]);
  const width = core.ability.length / core.dims;
  const p = new Float64Array(n * width);
  for (let i = 0; i < n; i++)
    p.set(coreProbabilities(core, foretold.subarray(i * size, (i + 1) * size)), i * width);
  return { core, rule: tree.rule, p };
}

/** A node's values of several kinds side by side, each a weighted sum. */
function leafOf(
  blocks: readonly {
    readonly size: number;
    readonly parts: readonly (readonly [weight: number, rule: NodeValues])[];
  }[],
): { size: number; rule: NodeValues } {
  const size = blocks.reduce((sum, block) => sum + block.size, 0);
  return {
    size,
    rule: (tree) => {
      const nodes = tree.count.length;
      const out = new Float64Array(nodes * size);
      let from = 0;
      for (const block of blocks) {
        for (const [weight, rule] of block.parts) {
          if (weight === 0) continue;
          const values = rule(tree);
          for (let node = 0; node < nodes; node++)
            for (let t = 0; t < block.size; t++)
              out[node * size + from + t] += weight * values[node * block.size + t];
        }
        from += block.size;
      }
      return out;
    },
  };
}

function variance(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
}
