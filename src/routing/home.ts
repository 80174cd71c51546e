import { fitGate, type Gate } from "./gate.ts";
import { kindSums } from "./kinds.ts";
import type { NodeValues } from "./shrinkage.ts";
import { nodeMeans } from "./shrinkage.ts";
import type { TrainingData } from "./training-data.ts";
import { departures, type Foretold, gainsOver } from "./training-figures.ts";

/**
 * What the quality policy takes as the best model for a question before anything finer is believed: the best model
 * overall, by the forest's splits beyond doubt, or by the dataset that it looks like to the forest.
 */
export type Home = { readonly rule: "best" } | { readonly rule: "splits" } | DatasetHome;

interface DatasetHome {
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

/** Outputs of the forest that home needs. */
export function homeOutputs(home: Home, width: number): number {
  if (home.rule === "best") return 0;
  return home.rule === "splits" ? width : home.leads.length / width;
}

/**
 * Each model's own part by home, from the forest's outputs for it, and the likeliest dataset (−1 where home goes by none).
 */
export function homeLeads(
  home: Home,
  outputs: Float32Array | Float64Array,
  width: number,
): { own: ArrayLike<number>; dataset: number } {
  if (home.rule === "best") return { own: new Float64Array(width), dataset: -1 };
  if (home.rule === "splits") return { own: outputs, dataset: -1 };
  const dataset = outputs.indexOf(Math.max(...outputs));
  const own = new Float64Array(width);
  if (home.outright && dataset >= 0) own.set(home.leads.subarray(dataset * width, (dataset + 1) * width));
  else
    outputs.forEach((share, k) => {
      for (let m = 0; m < width; m++) own[m] += share * home.leads[k * width + m];
    });
  return { own, dataset };
}

/** Home, with what it says of each training question without it. */
export interface HomeFit {
  readonly home: Home;
  /** The forest's outputs for it. */
  readonly rule: NodeValues;
  /** n × M own parts. */
  readonly own: Float64Array;
  /** n likeliest datasets, −1 where home goes by none. */
  readonly dataset: Int32Array;
}

type Unseen = (size: number, values: NodeValues) => Float64Array;

/** Home by the forest's sure splits, or the best model where that gains nothing beyond doubt. */
export function homeBySplits(data: TrainingData, sure: NodeValues, unseen: Unseen): HomeFit {
  const own = unseen(data.models.length, sure);
  return gainsOver(data, own)
    ? { home: { rule: "splits" }, rule: sure, own, dataset: none(data) }
    : bestOverall(data);
}

/**
 * Home by the dataset: outright the best model of the likeliest one, unless weighing all by their shares, and drawing their
 * means together, does better beyond doubt (datasets that look alike, or have few questions);
 * the best model overall where neither gains on it.
 */
export function homeByDataset(data: TrainingData, own: Float32Array, unseen: Unseen): HomeFit {
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
  const { sums, counts, prior } = kindSums(labels, own, width);
  const fits = [true, false].map((outright) => {
    const pseudo = outright ? 0 : prior;
    const leads = Float32Array.from(
      sums,
      (sum, o) => sum / Math.max(1, counts[Math.floor(o / width)] + pseudo),
    );
    const home: DatasetHome = { rule: "datasets", leads, outright, gates: [] };
    const left = { own: new Float64Array(own.length), dataset: none(data) };
    for (let i = 0; i < labels.length; i++) {
      // Its own rewards must not choose its home.
      const k = labels[i];
      const without = leads.slice();
      for (let m = 0; m < width; m++)
        without[k * width + m] =
          (sums[k * width + m] - own[i * width + m]) / Math.max(1, counts[k] - 1 + pseudo);
      const found = homeLeads(
        { ...home, leads: without },
        shares.subarray(i * kinds, (i + 1) * kinds),
        width,
      );
      left.own.set(found.own, i * width);
      left.dataset[i] = found.dataset;
    }
    return { home, rule, ...left };
  });
  const [outright, drawn] = fits;
  const better = gainsOver(data, drawn.own, outright.own, 2) ? drawn : outright;
  return gainsOver(data, better.own) ? better : bestOverall(data);
}

/** The same home with a gate for each dataset. */
export function withGates(
  fit: HomeFit,
  data: TrainingData,
  foretold: Omit<Foretold, "p">,
  seed: number,
): HomeFit {
  if (fit.home.rule !== "datasets") return fit;
  const all = departures(data, foretold);
  const gates = data.datasets.map((_, k) =>
    fitGate(
      all.filter(({ question }) => fit.dataset[question] === k),
      data.texts.length,
      seed,
      trust,
    ),
  );
  return { ...fit, home: { ...fit.home, gates } };
}

function bestOverall(data: TrainingData): HomeFit {
  const width = data.models.length;
  return {
    home: { rule: "best" },
    rule: () => new Float64Array(0),
    own: new Float64Array(data.texts.length * width),
    dataset: none(data),
  };
}

const none = ({ texts }: TrainingData) => new Int32Array(texts.length).fill(-1);
