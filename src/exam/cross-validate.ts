import { calibrateMml, calibrateVariational, type ItemParameters } from "../irt/index.ts";
import { permutation, seededRandom } from "../numerics/index.ts";
import type { ResponseMatrix } from "../responses/index.ts";
import { type Asked, type Estimates, fitEstimators, type Method, methods } from "./estimators.ts";
import { type Pool, subPool } from "./pool.ts";

/** The answer of one subject to an item of the pool, in [0, 1]. */
export type AnswerOf = (item: number) => number;

/** A whole procedure of examining: from a pool to what it says of a subject whom it can ask. */
export type Examination = (
  training: Pool,
) => (answer: AnswerOf) => Pick<Estimates, "spread"> & { readonly values: Partial<Estimates["values"]> };

/** Out-of-sample estimates of a pool's S tested subjects by one procedure. */
export interface CrossValidation {
  readonly folds: number;
  /** The methods that the procedure estimates by. */
  readonly methods: readonly Method[];
  /** Scenario by scenario. */
  readonly scenarios: readonly {
    readonly name: string;
    /** S estimates by each of `methods`. */
    readonly predictions: readonly Float64Array[];
    /** S standard deviations that the model expects. */
    readonly spreads: Float64Array;
    /** S true scores. */
    readonly truth: Float64Array;
  }[];
}

export interface AssessOptions {
  /** Number of folds; default: one for each subject up to 30 subjects, 10 up to 100, else 5. */
  readonly folds?: number;
  readonly seed?: number;
  /**
   * How to calibrate the items without a fold's subjects. Default: by the bank's own model ({@link calibrateAs}), up to 100
   * subjects or a million responses; beyond, the bank's own parameters are kept, as a fold changes them little.
   */
  readonly calibrate?: (responses: ResponseMatrix) => ItemParameters;
}

/** Examining by the same questions for all. @param select the questions for a pool. */
export function askAll(select: (pool: Pool) => Asked): Examination {
  return (training) => {
    const asked = select(training);
    const estimate = fitEstimators(training, asked);
    return (answer) => estimate(Float64Array.from(asked.items, answer));
  };
}

/**
 * Cross-validates a whole procedure over the tested subjects of a pool: items are calibrated, questions selected and estimators
 * fitted without a fold's subjects, who are then estimated. Selecting within the folds matters: questions that were
 * chosen for how well they foretell these very subjects look far better on them than on new ones.
 */
export function crossValidate(
  pool: Pool,
  examine: Examination,
  { folds, seed = 1, calibrate = defaultCalibration(pool) }: AssessOptions = {},
): CrossValidation {
  const { tested } = pool;
  const s = tested.length;
  const k = pool.scenarios.length;
  const width = pool.responses.items.length;
  const parts = Math.min(s, folds ?? (s <= 30 ? s : s <= 100 ? 10 : 5));
  const order = permutation(s, seededRandom(seed));
  const found = new Map<Method, Float64Array[]>();
  const spreads = Array.from({ length: k }, () => new Float64Array(s));
  for (let f = 0; f < parts; f++) {
    const held = order.filter((_, at) => at % parts === f);
    const heldSubjects = new Set(held.map((place) => tested[place]));
    const rest = Array.from(pool.responses.subjects.keys()).filter((subject) => !heldSubjects.has(subject));
    const without = subPool(pool, rest);
    const examined = examine(calibrate ? subPool(pool, rest, calibrate(without.responses)) : without);
    for (const place of held) {
      const row = tested[place] * width;
      const { values, spread } = examined((i) => pool.filled[row + i]);
      spreads.forEach((own, t) => {
        own[place] = spread[t];
      });
      for (const method of methods) {
        const estimates = values[method];
        if (!estimates) continue;
        const all = found.get(method) ?? spreads.map(() => new Float64Array(s));
        found.set(method, all);
        all.forEach((own, t) => {
          own[place] = estimates[t];
        });
      }
    }
  }
  return {
    folds: parts,
    methods: [...found.keys()],
    scenarios: pool.scenarios.map(({ name }, t) => ({
      name,
      predictions: Array.from(found.values(), (byScenario) => byScenario[t]),
      spreads: spreads[t],
      truth: Float64Array.from(tested, (subject) => pool.truth[subject * k + t]),
    })),
  };
}

function defaultCalibration({ responses, parameters }: Pool): AssessOptions["calibrate"] {
  const subjects = responses.subjects.length;
  if (subjects > 100 && subjects * responses.items.length > 1e6) return undefined;
  return calibrateAs(parameters);
}

/** Calibrates the model of some parameters on other responses, in as many dimensions as their subjects allow. */
export function calibrateAs({ family, dims }: ItemParameters): (responses: ResponseMatrix) => ItemParameters {
  return (responses) => {
    const most = Math.max(1, Math.min(dims, responses.subjects.length - 1));
    return family === "2pl"
      ? calibrateVariational(responses, { dims: most }).items
      : calibrateMml(responses, { family, dims: most }).items;
  };
}
