import { growForest, outOfBag } from "./forest.ts";
import type { Tree } from "./grow.ts";
import { calibrateItems, centredItems, coreProbabilities, fitItemCore, type ItemCore } from "./item-core.ts";
import { type Stacked, stackMembers } from "./member-weights.ts";
import { fitMemory } from "./memory.ts";
import { mainDirections, type RewardParts, sideBySide, takeApart } from "./parts.ts";
import { clustersOf, randomEffects } from "./random-effects.ts";
import { hierarchical, jamesStein, type NodeValues, nodeMeans } from "./shrinkage.ts";
import { fitSmoother } from "./smoother.ts";
import { nonNegativeWeights } from "./stack.ts";
import type { TrainingData } from "./training-data.ts";

/** Training data with the questions' features, and the rewards taken apart. */
export interface Prepared {
  readonly data: TrainingData;
  readonly rows: readonly Float32Array[];
  /** Features of wording among them, which come first. */
  readonly wording: number;
  /** F weights of the features in a distance. */
  readonly distanceWeights: Float32Array;
  readonly parts: RewardParts;
  readonly seed: number;
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

/** Predictions of questions by the trees that were grown without them. */
export type OutOfBag = (size: number, values: NodeValues) => Float64Array;

/** The dataset of each question, or its cluster where the data name one only. */
export function kindsOf({ data, rows, seed }: Prepared): Int32Array {
  return data.datasets.length > 1 ? data.dataset : clustersOf(rows, mostClusters, seed);
}

/** Trees that split by the common part, the main directions of the own parts, and their means by kind. */
export function growTrees({ data, rows, parts, seed }: Prepared, kinds: Int32Array, trees: number): Tree[] {
  const n = rows.length;
  const width = data.models.length;
  const columns = Array.from({ length: rows[0].length }, (_, f) => Float32Array.from(rows, (row) => row[f]));
  const targets = sideBySide(
    [
      parts.common.map((c) => c * Math.sqrt(width)),
      mainDirections(parts.own, width, splitDirections),
      mainDirections(randomEffects(kinds, parts.own, width), width, splitDirections),
    ],
    n,
  );
  const options = { share: 0.7, largest: 20_000, tried: 0.3, minLeaf: n < 400 ? 3 : 5, compared: 500 };
  return growForest(columns, targets, trees, options, seed);
}

/** The members that foretell rewards, mixed by their predictions of questions that they had not seen. */
export function fitMembers(prepared: Prepared, kinds: Int32Array, trees: readonly Tree[]) {
  const { data, rows, parts, distanceWeights, wording, seed } = prepared;
  const { common, own } = parts;
  const n = rows.length;
  const width = data.models.length;
  const calibration = calibrateItems(data);
  const items = calibration && centredItems(calibration);
  const tables = [common, own, ...(items ? [items.values] : [])];
  const smoothed = fitSmoother(rows, wording, tables, Math.min(cosines, 2 * n), seed);
  const ids = data.items.map((id, i) => `${data.datasets[data.dataset[i]]}/${id}`);
  const remembered = fitMemory(ids, rows, distanceWeights, parts);
  const unseen: OutOfBag = (size, values) => outOfBag(trees, size, values);
  const commonTree = bestShrinkage(common, 1, unseen);
  const ownTree = bestShrinkage(own, width, unseen);
  const sure = jamesStein(own, width, doubt);
  // A question's own reward must not foretell itself: each tree knows the means of its own questions only.
  const kindUnseen = unseen(width, (tree) =>
    nodeMeans(tree, randomEffects(kinds, own, width, tree.inBag), width),
  );
  const allKinds = randomEffects(kinds, own, width);
  const core = calibration && items && itemCore(calibration, items.values, smoothed.leftOut[2], unseen);
  const corePart = core && takeApart(core.p, data.means);
  const others = (part: "common" | "own", table: number, size: number) => [
    { name: "kernel regression", values: smoothed.leftOut[table] },
    { name: "nearest questions", values: remembered?.leftOut[part] ?? new Float64Array(size) },
    ...(corePart ? [{ name: "item response theory", values: Float64Array.from(corePart[part]) }] : []),
  ];
  const ownStack = stackMembers(
    "own",
    [
      { name: "forest", values: ownTree.values },
      { name: "forest, beyond doubt", values: unseen(width, sure) },
      { name: "kind of question", values: kindUnseen },
      ...others("own", 1, n * width),
    ],
    own,
    width,
    data.observed,
  );
  const commonStack = stackMembers(
    "common",
    [{ name: "forest", values: commonTree.values }, ...others("common", 0, n)],
    common,
    1,
  );
  return {
    calibration,
    core,
    smoothed,
    remembered,
    sure,
    unseen,
    common: { stack: commonStack, weights: beside(commonStack, 1), rules: [commonTree.rule] },
    own: {
      stack: ownStack,
      weights: beside(ownStack, 3),
      rules: [ownTree.rule, sure, ((tree) => nodeMeans(tree, allKinds, width)) satisfies NodeValues],
    },
  };
}

/** Weights of the members beside those of the forest, which come first. */
function beside({ weights }: Stacked, ofForest: number) {
  const [smoother, memory, core = 0] = weights.slice(ofForest);
  return { smoother, memory, core };
}

function bestShrinkage(targets: Float32Array, width: number, unseen: OutOfBag) {
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
  values: Float32Array,
  smoothed: Float64Array,
  unseen: OutOfBag,
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
