import {
  type AssessOptions,
  type CrossValidation,
  crossValidate,
  type Examination,
} from "./cross-validate.ts";
import { type Method, methods } from "./estimators.ts";
import { type ErrorScale, errorScale } from "./interval.ts";
import type { Pool } from "./pool.ts";
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
  /** Errors of each method over the pool, for intervals. */
  readonly scales: Readonly<Partial<Record<Method | "stacked", ErrorScale>>>;
}

export interface MethodError {
  readonly method: Method | "stacked";
  /** Mean absolute error, as a share of the full score. */
  readonly meanAbsoluteError: number;
  readonly standardError: number;
  readonly bias: number;
}

/** {@link crossValidate}s a procedure and compares its methods. */
export function assess(pool: Pool, examine: Examination, options?: AssessOptions): Assessment {
  return compareMethods(crossValidate(pool, examine, options));
}

/** The methods' errors, the one to rely on, and the scale of its errors. */
export function compareMethods({ folds, methods: used, scenarios }: CrossValidation): Assessment {
  return {
    folds,
    scenarios: scenarios.map(({ name, predictions, spreads, truth }) => {
      const stacking = stackingWeights(predictions, truth);
      const all = used.length > 1 ? [...used, "stacked" as const] : used;
      const errors = errorsOf({ predictions, truth }).slice(0, all.length);
      return {
        name,
        errors: all.map((method, m) => methodError(method, errors[m])),
        best: all[clearlyBest(errors)],
        stacking: Float64Array.from(methods, (method) => stacking[used.indexOf(method)] ?? 0),
        scales: Object.fromEntries(all.map((method, m) => [method, errorScale(errors[m], spreads)])),
      };
    }),
  };
}

/** Whether one procedure's estimates of the last scenario err less than another's, each by its best method. */
export function errsLess(one: CrossValidation, other: CrossValidation): boolean {
  const best = ({ scenarios }: CrossValidation) => {
    const errors = errorsOf(scenarios[scenarios.length - 1]);
    return errors[clearlyBest(errors)];
  };
  return lead(best(one), best(other)) > 0;
}

/** Errors of each method, and last of the stacked one: each subject by weights that its own truth had no part in. */
function errorsOf({
  predictions,
  truth,
}: {
  readonly predictions: readonly Float64Array[];
  readonly truth: Float64Array;
}): Float64Array[] {
  const stacked = truth.map((_, s) => {
    const weights = stackingWeights(predictions, truth, s);
    return weights.reduce((sum, w, m) => sum + w * predictions[m][s], 0);
  });
  return [...predictions, stacked].map((estimates) => estimates.map((value, s) => value - truth[s]));
}

/** The last one's index, unless another's mean absolute error is lower by more than a standard error. */
function clearlyBest(errors: readonly Float64Array[]): number {
  const last = errors.length - 1;
  const leads = errors.map((own, m) => (m === last ? 1 : lead(own, errors[last])));
  const most = Math.max(...leads);
  return leads.lastIndexOf(most);
}

/** By how many standard errors of the difference the first's mean absolute error is below the second's. */
function lead(first: Float64Array, second: Float64Array): number {
  const gain = second.map((e, s) => Math.abs(e) - Math.abs(first[s]));
  const n = gain.length;
  const mean = gain.reduce((a, b) => a + b, 0) / n;
  const variance = gain.reduce((a, b) => a + (b - mean) ** 2, 0) / Math.max(1, n - 1);
  return mean > 0 ? mean / Math.sqrt(variance / n) : Math.min(0, mean);
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
