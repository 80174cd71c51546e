import { fitGate, type Gate } from "./gate.ts";
import { effectSums } from "./random-effects.ts";
import type { NodeValues } from "./shrinkage.ts";
import { nodeMeans } from "./shrinkage.ts";
import type { TrainingData } from "./training-data.ts";
import { departures, type Foretold, gainsOver } from "./training-figures.ts";

/**
 * What the quality policy takes as the best model for a question before anything finer is believed (the baseline policy of safe
 * policy improvement, Laroche et al. 2019): the best model overall, by the forest's splits beyond doubt, or by the dataset
 * that it looks like to the forest.
 */
export type Baseline = { readonly rule: "best" } | { readonly rule: "splits" } | DatasetBaseline;

interface DatasetBaseline {
  readonly rule: "datasets";
  /** K × M: each model's own part in each dataset. */
  readonly leads: Float32Array;
  /** The likeliest dataset counts alone; else all do by their shares. */
  readonly outright: boolean;
  /** Each dataset's own gate, by training questions that look like its. */
  readonly gates: readonly Gate[];
}

/** Standard errors that leaving a dataset's best model must gain: of many gates, some would open by chance. */
const trust = 1;

/** Outputs of the forest that the baseline needs. */
export function baselineOutputs(baseline: Baseline, width: number): number {
  if (baseline.rule === "best") return 0;
  return baseline.rule === "splits" ? width : baseline.leads.length / width;
}

/**
 * Each model's own part by the baseline, from the forest's outputs for it, and the likeliest dataset (−1 where it goes by none).
 */
export function baselineLeads(
  baseline: Baseline,
  outputs: Float32Array | Float64Array,
  width: number,
): { own: ArrayLike<number>; dataset: number } {
  if (baseline.rule === "best") return { own: new Float64Array(width), dataset: -1 };
  if (baseline.rule === "splits") return { own: outputs, dataset: -1 };
  const dataset = outputs.indexOf(Math.max(...outputs));
  const own = new Float64Array(width);
  if (baseline.outright && dataset >= 0)
    own.set(baseline.leads.subarray(dataset * width, (dataset + 1) * width));
  else
    outputs.forEach((share, k) => {
      for (let m = 0; m < width; m++) own[m] += share * baseline.leads[k * width + m];
    });
  return { own, dataset };
}

/** The baseline, with what it says of each training question without it. */
export interface BaselineFit {
  readonly baseline: Baseline;
  /** The forest's outputs for it. */
  readonly rule: NodeValues;
  /** n × M own parts. */
  readonly own: Float64Array;
  /** n likeliest datasets, −1 where the baseline goes by none. */
  readonly dataset: Int32Array;
}

type Unseen = (size: number, values: NodeValues) => Float64Array;

/** The baseline by the forest's sure splits, or the best model where that gains nothing beyond doubt. */
export function baselineBySplits(data: TrainingData, sure: NodeValues, unseen: Unseen): BaselineFit {
  const own = unseen(data.models.length, sure);
  return gainsOver(data, own)
    ? { baseline: { rule: "splits" }, rule: sure, own, dataset: none(data) }
    : bestOverall(data);
}

/**
 * The baseline by dataset: outright the best model of the likeliest one, unless weighing all by their shares, and drawing their
 * means together, does better beyond doubt (datasets that look alike, or have few questions);
 * the best model overall where neither gains on it.
 */
export function baselineByDataset(data: TrainingData, own: Float32Array, unseen: Unseen): BaselineFit {
  const { models, datasets, dataset: labels } = data;
  const width = models.length;
  const kinds = datasets.length;
  const rule: NodeValues = (tree) => {
    const labelled = new Float32Array(labels.length * kinds);
    labels.forEach((k, i) => {
      labelled[i * kinds + k] = 1;
    });
    return nodeMeans(tree, labelled, kinds);
  };
  const shares = unseen(kinds, rule);
  const { sums, counts, prior } = effectSums(labels, own, width);
  const fits = [true, false].map((outright) => {
    const pseudo = outright ? 0 : prior;
    const leads = Float32Array.from(
      sums,
      (sum, o) => sum / Math.max(1, counts[Math.floor(o / width)] + pseudo),
    );
    const baseline: DatasetBaseline = { rule: "datasets", leads, outright, gates: [] };
    const left = { own: new Float64Array(own.length), dataset: none(data) };
    for (let i = 0; i < labels.length; i++) {
      // Its own rewards must not choose its baseline.
      const k = labels[i];
      const without = leads.slice();
      for (let m = 0; m < width; m++)
        without[k * width + m] =
          (sums[k * width + m] - own[i * width + m]) / Math.max(1, counts[k] - 1 + pseudo);
      const found = baselineLeads(
        { ...baseline, leads: without },
        shares.subarray(i * kinds, (i + 1) * kinds),
        width,
      );
      left.own.set(found.own, i * width);
      left.dataset[i] = found.dataset;
    }
    return { baseline, rule, ...left };
  });
  const [outright, drawn] = fits;
  const better = gainsOver(data, drawn.own, outright.own, 2) ? drawn : outright;
  return gainsOver(data, better.own) ? better : bestOverall(data);
}

/** The same baseline with a gate for each dataset. */
export function withGates(
  fit: BaselineFit,
  data: TrainingData,
  foretold: Omit<Foretold, "p">,
  seed: number,
): BaselineFit {
  if (fit.baseline.rule !== "datasets") return fit;
  const all = departures(data, foretold);
  const gates = data.datasets.map((_, k) =>
    fitGate(
      all.filter(({ question }) => fit.dataset[question] === k),
      data.texts.length,
      seed,
      trust,
    ),
  );
  return { ...fit, baseline: { ...fit.baseline, gates } };
}

function bestOverall(data: TrainingData): BaselineFit {
  const width = data.models.length;
  return {
    baseline: { rule: "best" },
    rule: () => new Float64Array(0),
    own: new Float64Array(data.texts.length * width),
    dataset: none(data),
  };
}

const none = ({ texts }: TrainingData) => new Int32Array(texts.length).fill(-1);
