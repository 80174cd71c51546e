import type { Departure } from "./gate.ts";
import type { TrainingFigures } from "./router.ts";
import type { TrainingData } from "./training-data.ts";

/** Out-of-bag predictions of the training questions, n × M. */
export interface Foretold {
  /** What the `quality` policy compares. */
  readonly score: Float64Array;
  /** The same by what is beyond doubt only. */
  readonly baseline: Float64Array;
  readonly p: Float64Array;
}

/** Each question where another model than the surely good one is expected to do better. */
export function departures({ rewards, means }: TrainingData, unseen: Omit<Foretold, "p">): Departure[] {
  const width = means.length;
  const out: Departure[] = [];
  for (let o = 0; o < rewards.length; o += width) {
    const { baseline, best } = baselineAndBest(unseen, o, width);
    if (best !== baseline)
      out.push({
        question: o / width,
        expected: unseen.score[o + best] - unseen.score[o + baseline],
        gained: rewards[o + best] - rewards[o + baseline],
      });
  }
  return out;
}

/**
 * Whether choosing by some own parts, n × M, does better than by others (always the best model unless given), by more than
 * `trust` standard errors.
 */
export function gainsOver(
  { rewards, means }: TrainingData,
  own: Float64Array,
  others?: Float64Array,
  trust = 1,
): boolean {
  const width = means.length;
  const chosen = (o: number, parts?: Float64Array) => {
    const value = (m: number) => means[m] + (parts?.[o + m] ?? 0);
    let choice = 0;
    for (let m = 1; m < width; m++) if (value(m) > value(choice)) choice = m;
    return rewards[o + choice];
  };
  let sum = 0;
  let squares = 0;
  for (let o = 0; o < own.length; o += width) {
    const gain = chosen(o, own) - chosen(o, others);
    sum += gain;
    squares += gain ** 2;
  }
  return sum > trust * Math.sqrt(squares);
}

function baselineAndBest(unseen: Omit<Foretold, "p">, o: number, width: number) {
  let baseline = 0;
  let best = 0;
  for (let m = 1; m < width; m++) {
    if (unseen.baseline[o + m] > unseen.baseline[o + baseline]) baseline = m;
    if (unseen.score[o + m] > unseen.score[o + best]) best = m;
  }
  return { baseline, best };
}

/** How the router would have done on its training questions, out of bag. */
export function trainingFigures(
  data: TrainingData,
  unseen: Foretold,
  marginOf: (question: number) => number,
  members: TrainingFigures["members"],
): TrainingFigures {
  const { rewards, means, dataset, datasets, observed, texts } = data;
  const width = means.length;
  let router = 0;
  let brier = 0;
  let cells = 0;
  const sets = datasets.map((name) => ({ name, items: 0, rewards: new Array<number>(width).fill(0) }));
  for (let i = 0; i < texts.length; i++) {
    const o = i * width;
    const { baseline, best } = baselineAndBest(unseen, o, width);
    const leave = unseen.score[o + best] - unseen.score[o + baseline] > marginOf(i);
    router += rewards[o + (leave ? best : baseline)] / texts.length;
    const set = sets[dataset[i]];
    set.items++;
    for (let m = 0; m < width; m++) {
      set.rewards[m] += rewards[o + m];
      if (!observed[o + m]) continue;
      brier += (unseen.p[o + m] - rewards[o + m]) ** 2;
      cells++;
    }
  }
  return {
    questions: texts.length,
    router,
    brier: brier / Math.max(1, cells),
    datasets: sets.map((set) => ({ ...set, rewards: set.rewards.map((sum) => sum / set.items) })),
    members,
  };
}
