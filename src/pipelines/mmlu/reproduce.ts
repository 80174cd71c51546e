import {
  anchorPoints,
  irtColumns,
  mleAbility,
  probabilities,
  responseColumns,
  tinyBenchmarksClip,
} from "../../exam/index.ts";
import { InputError } from "../../input-error.ts";
import {
  calibrateVariational,
  estimateAbility,
  type ItemParameters,
  itemParametersOfPyIrt,
  type PyIrtParameters,
  pyIrtOfItemParameters,
} from "../../irt/index.ts";
import { meanOfNeighbours, nearest } from "../../questions/index.ts";
import { hardScores, type ResponseMatrix } from "../../responses/index.ts";
import { type RoutingAccuracy, routingAccuracy } from "./accuracy.ts";
import type { MmluData } from "./data.ts";
import * as files from "./files.ts";

export interface MmluOptions {
  readonly dims: number;
  readonly anchors: number;
  readonly clustering: "irt" | "correct.";
  readonly neighbours: number;
  readonly ability: "map" | "mle" | "training";
  readonly seed: number;
  /** Where the Python scripts expect their files, `best_parameters.json` overwritten with all items, as they do. */
  readonly pythonLayout: boolean;
}

export const mmluDefaults: MmluOptions = {
  dims: 50,
  anchors: 100,
  clustering: "irt",
  neighbours: 20,
  ability: "map",
  seed: 42,
  pythonLayout: false,
};

/** Step 3: the training responses in, the content of a `best_parameters.json` out. */
export type Calibrate = (matrix: ResponseMatrix, options: MmluOptions) => PyIrtParameters;

/** The step as Tripos does it: variational EM, in py-irt's parameterisation. */
export const calibrateAsPyIrt: Calibrate = (matrix, { dims, seed }) => {
  const { items, abilities } = calibrateVariational(matrix, { dims, seed, covariances: false });
  const names = {
    items: matrix.items.map((_, i) => `q${i}`),
    subjects: matrix.subjects.map((_, s) => String(s)),
  };
  return pyIrtOfItemParameters(items, names, abilities.ability);
};

export interface MmluResult {
  readonly subjects: number;
  readonly train: number;
  readonly test: number;
  readonly dims: number;
  readonly anchors: number;
  readonly neighbours: number;
  readonly accuracy: RoutingAccuracy;
  readonly seconds: Readonly<Record<string, number>>;
  /** Content of each file by its path below the output folder, in the order in which the steps make them. */
  readonly files: ReadonlyMap<string, string | Uint8Array>;
}

/**
 * The eight steps of the Python pipeline on RouterDC's MMLU: ids, matrix, IRT, anchors, unseen questions, append,
 * ability and p-IRT, decision. The
 * same input and seed give the same files, byte for byte.
 *
 * @param calibrate step 3; give back the content of py-irt's own `best_parameters.json` to compare the later steps
 *   one to one.
 * @throws InputError when an option does not fit the data, or the parameters are not of its items.
 */
export function reproduceMmlu(data: MmluData, calibrate: Calibrate, options: MmluOptions): MmluResult {
  const { train, test, features } = data;
  const made = new Map<string, string | Uint8Array>();
  const save = (name: string, content: string | Uint8Array) => made.set(name, content);
  const folder = options.pythonLayout ? "data/" : "";
  const { seconds, step } = stopwatch();
  const known = train.matrix.items.length;
  const all = joined(hardScores(train.matrix), hardScores(test.matrix));
  const training = hardScores(train.matrix);

  step("ids", () => {
    if (!train.entries || !test.entries) return;
    save(`${folder}train_mmlu_with_ids.json`, files.entriesWithIds(train.entries, 0));
    save(`${folder}test_mmlu_with_ids.json`, files.entriesWithIds(test.entries, known));
  });

  step("matrix", () => {
    save(`${folder}mmlu_data_training.pkl`, files.responsesPickle(training));
    save(`${folder}mmlu_data_all.pkl`, files.responsesPickle(all));
  });

  const model = `${folder}mmlu_data_training_irt_model`;
  const parameters = step("irt", () => {
    save(`${folder}mmlu_data_training_irt_dataset.jsonlines`, files.pyIrtDataset(training));
    const fitted = calibrate(training, options);
    requireItems(fitted, known, training.subjects.length);
    if (!options.pythonLayout) save(`${model}/best_parameters.json`, files.parametersJson(fitted));
    return fitted;
  });
  const items = itemParametersOfPyIrt(parameters);
  const { dims } = parameters;

  const anchors = step("anchors", () => {
    const columns = options.clustering === "irt" ? irtColumns(items) : responseColumns(training);
    const chosen = anchorPoints(columns, options.anchors, undefined, { starts: 5, seed: options.seed });
    save(`${folder}mmlu_data_training_anchor.pickle`, files.anchorsPickle(chosen));
    return chosen;
  });

  const unseen = step("unseen questions", () => {
    const neighbours = nearest(features.train, features.test, options.neighbours);
    const diff = meanOfNeighbours(
      neighbours,
      items.intercept.map((d) => -d / dims),
      1,
    );
    const disc = meanOfNeighbours(neighbours, items.discrimination, dims);
    const tail = `k_${options.neighbours}.csv`;
    save(`knn_irt_predicted_difficulty_${tail}`, files.difficultyCsv(diff, known));
    save(`knn_irt_predicted_alpha_${tail}`, files.discriminationCsv(disc, diff.length, known));
    return { diff, disc };
  });

  const everything = step("append", () => {
    const appended: PyIrtParameters = {
      ...pyIrtOfItemParameters(items, parameters, parameters.ability),
      items: all.items.map((_, i) => `q${i}`),
      diff: concatenated(
        items.intercept.map((d) => -d / dims),
        unseen.diff,
      ),
      disc: concatenated(items.discrimination, unseen.disc),
    };
    const path = options.pythonLayout ? `${model}/best_parameters.json` : `${model}/best_parameters_all.json`;
    save(path, files.parametersJson(appended));
    return itemParametersOfPyIrt(appended);
  });

  const predicted = step("ability and p-IRT", () => {
    const ability =
      options.ability === "training"
        ? parameters.ability
        : abilitiesFrom(training, items, anchors.points, options.ability);
    const clip = options.ability === "mle" ? tinyBenchmarksClip : Infinity;
    const p = probabilities(everything, ability, { clip });
    save(`${folder}mmlu_data_pirt_preds.pkl`, files.predictionsPickle(p, all.items.length));
    return p;
  });

  const accuracy = step("decision", () => {
    const choices = likeliest(predicted, training.subjects.length, known);
    save("p_irt_predictions.csv", files.decisionsCsv(training.subjects, predicted, choices, known));
    return routingAccuracy(test.matrix, choices, options.seed);
  });

  return {
    subjects: training.subjects.length,
    train: known,
    test: test.matrix.items.length,
    dims,
    anchors: options.anchors,
    neighbours: options.neighbours,
    accuracy,
    seconds,
    files: made,
  };
}

function stopwatch() {
  const seconds: Record<string, number> = {};
  const step = <T>(name: string, work: () => T): T => {
    const start = performance.now();
    const result = work();
    seconds[name] = (performance.now() - start) / 1000;
    return result;
  };
  return { seconds, step };
}

function requireItems({ diff, disc, dims, ability }: PyIrtParameters, items: number, subjects: number): void {
  const counts = { items: disc.length / dims, subjects: ability.length / dims };
  if (counts.items !== items || counts.subjects !== subjects || diff.length < items)
    throw new InputError("the parameters are not of these responses", {
      found: `${counts.subjects} subjects and ${counts.items} items`,
      expected: `${subjects} subjects and ${items} items, those of mmlu_train.json`,
      hint: "Give the best_parameters.json from training, before the test items were appended to it.",
    });
}

function abilitiesFrom(
  matrix: ResponseMatrix,
  items: ItemParameters,
  points: Uint32Array,
  how: "map" | "mle",
): Float64Array {
  const { dims } = items;
  const width = matrix.items.length;
  const abilities = new Float64Array(matrix.subjects.length * dims);
  for (let s = 0; s < matrix.subjects.length; s++) {
    const answers = Float64Array.from(points, (i) => matrix.scores[s * width + i]);
    const { ability } =
      how === "mle"
        ? mleAbility(items, points, answers)
        : estimateAbility(items, { items: points, scores: answers });
    abilities.set(ability, s * dims);
  }
  return abilities;
}

/** The subject with the highest probability for each item from `first` on; the earlier one where two are equal. */
function likeliest(p: Float64Array, subjects: number, first: number): Uint32Array {
  const width = p.length / subjects;
  return Uint32Array.from({ length: width - first }, (_, i) => {
    let best = 0;
    for (let s = 1; s < subjects; s++) if (p[s * width + first + i] > p[best * width + first + i]) best = s;
    return best;
  });
}

function joined(a: ResponseMatrix, b: ResponseMatrix): ResponseMatrix {
  const [m, n] = [a.items.length, b.items.length];
  const scores = new Float64Array(a.subjects.length * (m + n));
  for (let s = 0; s < a.subjects.length; s++) {
    const from = b.subjects.indexOf(a.subjects[s]);
    scores.set(a.scores.subarray(s * m, (s + 1) * m), s * (m + n));
    scores.set(b.scores.subarray(from * n, (from + 1) * n), s * (m + n) + m);
  }
  return {
    subjects: a.subjects,
    items: [...a.items, ...b.items],
    scores,
    observed: new Uint8Array(scores.length).fill(1),
  };
}

function concatenated(a: Float64Array, b: Float64Array): Float64Array {
  const both = new Float64Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
