import { InputError } from "../input-error.ts";
import type { ResponseMatrix } from "../responses/index.ts";

/** Training data of one or several datasets, the responses question by question. */
export interface TrainingData {
  readonly models: readonly string[];
  /** Ids of the n questions within their datasets. */
  readonly items: readonly string[];
  readonly texts: readonly string[];
  /** n × M; where a response is missing, the model's mean in its dataset plus what the question's others lie above theirs. */
  readonly rewards: Float32Array;
  /** n × M, 1 where observed. */
  readonly observed: Uint8Array;
  /** n × M costs in dollars, NaN where unknown; absent where there are none at all. */
  readonly costs?: Float64Array;
  /** Dataset of each question, as an index into `datasets`. */
  readonly dataset: Int32Array;
  readonly datasets: readonly string[];
  /**
   * M mean rewards, the mean of the datasets' means: what to expect of a question of another dataset. Each is under
   * Jeffreys' prior (half a right and half a wrong answer more).
   */
  readonly means: Float64Array;
}

/**
 * One table from several matrices: the models are those of the first that all have; the datasets are the matrices'
 * scenarios, or the matrices themselves.
 * @throws InputError without texts, without common models, or without questions
 */
export function gatherTraining(matrices: readonly ResponseMatrix[]): TrainingData {
  const models = (matrices[0]?.subjects ?? []).filter((name) =>
    matrices.every(({ subjects }) => subjects.includes(name)),
  );
  if (models.length === 0)
    throw new InputError("the training data have no model in common", {
      found: matrices.map(({ subjects }) => subjects.slice(0, 4).join(", ")).join(" | "),
      hint: "A router chooses among models that answered all datasets; train one router for each group.",
    });
  const items: string[] = [];
  const texts: string[] = [];
  const datasets: string[] = [];
  const dataset: number[] = [];
  const sizes = matrices.reduce((sum, { items }) => sum + items.length, 0);
  const width = models.length;
  const rewards = new Float32Array(sizes * width);
  const observed = new Uint8Array(sizes * width);
  const costs = new Float64Array(sizes * width).fill(Number.NaN);
  let row = 0;
  matrices.forEach((matrix, k) => {
    const rows = models.map((name) => matrix.subjects.indexOf(name));
    const n = matrix.items.length;
    for (let i = 0; i < n; i++) {
      const text = matrix.texts?.[i] ?? "";
      if (rows.every((s) => !matrix.observed[s * n + i])) continue;
      const name = matrix.scenarios?.[i] ?? `dataset ${k + 1}`;
      let d = datasets.indexOf(name);
      if (d < 0) d = datasets.push(name) - 1;
      dataset.push(d);
      items.push(matrix.items[i]);
      texts.push(text);
      rows.forEach((s, m) => {
        observed[row * width + m] = matrix.observed[s * n + i];
        rewards[row * width + m] = matrix.scores[s * n + i];
        if (matrix.costs) costs[row * width + m] = matrix.costs[s * n + i];
      });
      row++;
    }
  });
  if (row === 0) throw new InputError("the training data have no answered question");
  if (texts.every((text) => text.trim() === ""))
    throw new InputError("the training data have no question texts, so nothing can be learnt from them", {
      hint: "A router reads questions: use a format that holds their texts.",
    });
  const filled = rewards.slice(0, row * width);
  const seen = observed.slice(0, row * width);
  return {
    models,
    items,
    texts,
    rewards: filled,
    observed: seen,
    ...(costs.some(Number.isFinite) && { costs: costs.slice(0, row * width) }),
    dataset: Int32Array.from(dataset),
    datasets,
    means: fillMissing(filled, seen, width, dataset),
  };
}

/** Fills missing rewards in place and returns the models' means over datasets. */
function fillMissing(
  rewards: Float32Array,
  observed: Uint8Array,
  width: number,
  dataset: readonly number[],
): Float64Array {
  const n = rewards.length / width;
  const sets = dataset.reduce((most, d) => Math.max(most, d), 0) + 1;
  const rates = new Float64Array(sets * width);
  const counts = new Float64Array(sets * width);
  for (let o = 0; o < rewards.length; o++)
    if (observed[o]) {
      const at = dataset[Math.floor(o / width)] * width + (o % width);
      rates[at] += rewards[o];
      counts[at]++;
    }
  const means = new Float64Array(width);
  const known = new Float64Array(width);
  for (let at = 0; at < rates.length; at++) {
    rates[at] = (rates[at] + 0.5) / (counts[at] + 1);
    if (counts[at] === 0) continue;
    means[at % width] += rates[at];
    known[at % width]++;
  }
  for (let m = 0; m < width; m++) means[m] = known[m] > 0 ? means[m] / known[m] : 0.5;
  for (let at = 0; at < rates.length; at++) if (counts[at] === 0) rates[at] = means[at % width];
  for (let i = 0; i < n; i++) {
    const rate = (m: number) => rates[dataset[i] * width + m];
    let above = 0;
    let seen = 0;
    for (let m = 0; m < width; m++)
      if (observed[i * width + m]) {
        above += rewards[i * width + m] - rate(m);
        seen++;
      }
    if (seen === width) continue;
    for (let m = 0; m < width; m++)
      if (!observed[i * width + m])
        rewards[i * width + m] = Math.max(0, Math.min(1, rate(m) + above / (seen + 1)));
  }
  return means;
}
