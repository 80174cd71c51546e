import { calibrateVariational, type ItemParameters } from "../irt/index.ts";
import { permutation, seededRandom } from "../numerics/index.ts";
import type { ResponseMatrix } from "../responses/index.ts";
import { type Asked, fitEstimators, type Method, methods } from "./estimators.ts";
import { type ErrorScale, errorScale } from "./interval.ts";
import { type Pool, subPool } from "./pool.ts";
import { stackingWeights } from "./stack.ts";

/** How well each method would have estimated subjects of the pool that nothing was fitted on. */
export interface Assessment {
  readonly folds: number;
  readonly scenarios: readonly ScenarioAssessment[];
}

export interface ScenarioAssessment {
  readonly name: string;
  /** Error of each method and of the stacked one over the pool's subjects. */
  readonly errors: readonly MethodError[];
  /** The stacked one, unless another's mean absolute error is lower by more than a standard error of the difference. */
  readonly best: Method | "stacked";
  /** Weights of the stacked estimate, in the order of `methods`. */
  readonly stacking: Float64Array;
  /** Errors of each method over the pool, for intervals; the last is the stacked one's. */
  readonly scales: Readonly<Record<Method | "stacked", ErrorScale>>;
}

export interface MethodError {
  readonly method: Method | "stacked";
  /** Mean absolute error, as a share of the full score. */
  readonly meanAbsoluteError: number;
  readonly standardError: number;
  readonly bias: number;
}

export interface AssessOptions {
  /** Number of folds; default: one for each subject up to 30 subjects, 10 up to 100, else 5. */
  readonly folds?: number;
  readonly seed?: number;
  /**
   * How to calibrate the items without a fold's subjects. Default: variational, in the bank's number of dimensions, up
   * to 100 subjects or a million responses; beyond, the bank's own parameters are kept, as a fold changes them little.
   */
  readonly calibrate?: (responses: ResponseMatrix) => ItemParameters;
}

/**
 * Cross-validates the whole procedure over subjects: items are calibrated, questions selected and estimators fitted
 * without a fold's subjects, who are then estimated. Selecting within the folds matters: questions that were chosen
 * for how well they foretell these very subjects look far better on them than on new ones.
 *
 * @param select the questions for a pool; called once a fold.
 */
export function assess(
  pool: Pool,
  select: (pool: Pool) => Asked,
  { folds, seed = 1, calibrate = defaultCalibration(pool) }: AssessOptions = {},
): Assessment {
  const s = pool.responses.subjects.length;
  const k = pool.scenarios.length;
  const parts = Math.min(s, folds ?? (s <= 30 ? s : s <= 100 ? 10 : 5));
  const order = permutation(s, seededRandom(seed));
  const predictions = methods.map(() => Array.from({ length: k }, () => new Float64Array(s)));
  const spreads = Array.from({ length: k }, () => new Float64Array(s));
  const width = pool.responses.items.length;
  for (let f = 0; f < parts; f++) {
    const held = order.filter((_, at) => at % parts === f);
    const rest = order.filter((_, at) => at % parts !== f);
    const without = subPool(pool, rest);
    const training = calibrate ? subPool(pool, rest, calibrate(without.responses)) : without;
    const asked = select(training);
    const estimate = fitEstimators(training, asked);
    for (const subject of held) {
      const scores = Float64Array.from(asked.items, (i) => pool.complete[subject * width + i]);
      const { values, spread } = estimate(scores);
      for (let t = 0; t < k; t++) {
        spreads[t][subject] = spread[t];
        methods.forEach((name, m) => {
          predictions[m][t][subject] = values[name][t];
        });
      }
    }
  }
  return {
    folds: parts,
    scenarios: pool.scenarios.map(({ name }, t) => {
      const truth = Float64Array.from({ length: s }, (_, r) => pool.truth[r * k + t]);
      return assessScenario(
        name,
        predictions.map((byScenario) => byScenario[t]),
        spreads[t],
        truth,
      );
    }),
  };
}

function assessScenario(
  name: string,
  predictions: readonly Float64Array[],
  spreads: Float64Array,
  truth: Float64Array,
): ScenarioAssessment {
  const stacking = stackingWeights(predictions, truth);
  // Each subject by weights that its own truth had no part in.
  const stacked = truth.map((_, s) => {
    const weights = stackingWeights(predictions, truth, s);
    return weights.reduce((sum, w, m) => sum + w * predictions[m][s], 0);
  });
  const all = [...methods, "stacked"] as const;
  const errors = [...predictions, stacked].map((estimates) => estimates.map((value, s) => value - truth[s]));
  const table = all.map((method, m) => methodError(method, errors[m]));
  const best = clearlyBest(all, errors);
  const scales = Object.fromEntries(all.map((method, m) => [method, errorScale(errors[m], spreads)]));
  return { name, errors: table, best, stacking, scales: scales as ScenarioAssessment["scales"] };
}

function clearlyBest(
  all: readonly (Method | "stacked")[],
  errors: readonly Float64Array[],
): Method | "stacked" {
  const stacked = errors[all.indexOf("stacked")];
  let best: Method | "stacked" = "stacked";
  let most = 1;
  all.forEach((method, m) => {
    const gain = stacked.map((e, s) => Math.abs(e) - Math.abs(errors[m][s]));
    const n = gain.length;
    const mean = gain.reduce((a, b) => a + b, 0) / n;
    const variance = gain.reduce((a, b) => a + (b - mean) ** 2, 0) / Math.max(1, n - 1);
    const lead = mean / Math.sqrt(variance / n);
    if (lead <= most) return;
    most = lead;
    best = method;
  });
  return best;
}

function methodError(method: Method | "stacked", errors: Float64Array): MethodError {
  const n = errors.length;
  let sum = 0;
  let absolute = 0;
  for (const e of errors) {
    sum += e;
    absolute += Math.abs(e);
  }
  let square = 0;
  for (const e of errors) square += (Math.abs(e) - absolute / n) ** 2;
  return {
    method,
    meanAbsoluteError: absolute / n,
    standardError: Math.sqrt(square / Math.max(1, n - 1) / n),
    bias: sum / n,
  };
}

function defaultCalibration({ responses, parameters }: Pool): AssessOptions["calibrate"] {
  const subjects = responses.subjects.length;
  if (subjects > 100 && subjects * responses.items.length > 1e6) return undefined;
  return (training) =>
    calibrateVariational(training, { dims: Math.min(parameters.dims, training.subjects.length - 1) || 1 })
      .items;
}
