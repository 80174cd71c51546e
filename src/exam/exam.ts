import { InputError } from "../input-error.ts";
import type { ItemParameters } from "../irt/index.ts";
import { type AdaptiveExam, adaptiveExam, type StoppingRule } from "./adaptive.ts";
import type { AdaptiveCriterion } from "./adaptive-criteria.ts";
import { type Assessment, type AssessOptions, assess, type ScenarioAssessment } from "./assess.ts";
import { type Asked, methods } from "./estimators.ts";
import { gpIrtWeights } from "./gp-weights.ts";
import type { ErrorScale } from "./interval.ts";
import type { Pool } from "./pool.ts";
import { weightMatrix } from "./scenarios.ts";
import { type Selection, type SelectOptions, selectQuestions } from "./select.ts";

/** One question of an exam. */
export interface ExamQuestion {
  readonly item: string;
  readonly scenario?: string;
  readonly text?: string;
  /** Weight of its answer in the anchor estimate of each scenario. */
  readonly anchorWeights?: readonly number[];
}

/** An exam as it is kept in a file: the questions to ask, and what their answers will be worth. */
export interface Exam {
  readonly format: "tripos-exam";
  readonly version: 1;
  /** {@link itemsHash} of the bank that it was made from. */
  readonly bank: string;
  readonly selection: Selection | "adaptive";
  readonly seed: number;
  readonly questions: readonly ExamQuestion[];
  /** Names of the scenarios that it scores. */
  readonly scenarios: readonly string[];
  /** gp-IRT's λ for each scenario. */
  readonly gpWeights: readonly number[];
  /** Cross-validated errors of every method with questions chosen in the same way. */
  readonly assessment?: Assessment;
  /** For an exam whose questions are chosen while it is taken, among all of `questions`. */
  readonly adaptive?: AdaptiveDesign;
}

/** What an adaptive exam needs beyond its questions: their parameters, and the rules of choice and end. */
export interface AdaptiveDesign {
  readonly criterion: AdaptiveCriterion;
  readonly stop: StoppingRule;
  readonly among: number;
  readonly parameters: {
    readonly family: ItemParameters["family"];
    readonly dims: number;
    readonly discrimination: readonly number[];
    readonly intercept: readonly number[];
    readonly guessing?: readonly number[];
    readonly upper?: readonly number[];
  };
  /** Weight of each question in the score, for the criterion "score". */
  readonly weights: readonly number[];
}

export interface DesignOptions extends SelectOptions {
  /** Cross-validate the exam over the pool's subjects: the default method, and intervals. Default true. */
  readonly assessed?: boolean;
  readonly assessment?: AssessOptions;
  readonly texts?: readonly string[];
}

/** Chooses the questions of an exam and measures what it will tell. @param bank the bank's `itemsHash`. */
export function designExam(pool: Pool, bank: string, options: DesignOptions): Exam {
  const { responses, scenarios } = pool;
  const asked = selectQuestions(pool, options);
  const gpWeights = gpIrtWeights(pool, asked.items.length);
  const select = (training: Pool): Asked => ({ ...selectQuestions(training, options), gpWeights });
  const names = responses.scenarios;
  return {
    format: "tripos-exam",
    version: 1,
    bank,
    selection: options.method,
    seed: options.seed ?? 1,
    questions: Array.from(asked.items, (i, j) => ({
      item: responses.items[i],
      ...(names && { scenario: names[i] }),
      ...(options.texts?.[i] && { text: options.texts[i] }),
      ...(asked.anchorWeights && {
        anchorWeights: scenarios.map(
          (_, t) => (asked.anchorWeights as Float64Array)[t * asked.items.length + j],
        ),
      }),
    })),
    scenarios: scenarios.map(({ name }) => name),
    gpWeights: Array.from(gpWeights),
    ...(options.assessed !== false && {
      assessment: assess(pool, select, { seed: options.seed ?? 1, ...options.assessment }),
    }),
  };
}

/** An exam whose questions are chosen while it is taken. @param bank the bank's `itemsHash`. */
export function designAdaptiveExam(
  pool: Pool,
  bank: string,
  options: Pick<AdaptiveDesign, "criterion" | "stop" | "among"> & {
    readonly seed: number;
    readonly never: Iterable<number>;
    readonly texts?: readonly string[];
  },
): Exam {
  const { responses, scenarios, parameters } = pool;
  const { criterion, stop, among, seed, texts } = options;
  const never = new Set(options.never);
  const open = responses.items.map((_, i) => i).filter((i) => !never.has(i));
  const weights = weightMatrix(scenarios, responses.items.length).subarray(
    (scenarios.length - 1) * responses.items.length,
  );
  const pick = (values: Float64Array, width = 1) =>
    open.flatMap((i) => Array.from(values.subarray(i * width, (i + 1) * width)));
  return {
    format: "tripos-exam",
    version: 1,
    bank,
    selection: "adaptive",
    seed,
    questions: open.map((i) => ({
      item: responses.items[i],
      ...(responses.scenarios && { scenario: responses.scenarios[i] }),
      ...(texts?.[i] && { text: texts[i] }),
    })),
    scenarios: scenarios.map(({ name }) => name),
    gpWeights: scenarios.map(() => 0.5),
    adaptive: {
      criterion,
      stop,
      among,
      weights: pick(weights),
      parameters: {
        family: parameters.family,
        dims: parameters.dims,
        discrimination: pick(parameters.discrimination, parameters.dims),
        intercept: pick(parameters.intercept),
        ...(parameters.guessing && { guessing: pick(parameters.guessing) }),
        ...(parameters.upper && { upper: pick(parameters.upper) }),
      },
    },
  };
}

/**
 * The steps of an exam designed to be adaptive; items are indices into its questions.
 * @param never indices of questions that cannot be asked
 * @throws InputError for an exam that is not adaptive
 */
export function adaptiveSteps(exam: Exam, never: Iterable<number> = []): AdaptiveExam {
  if (!exam.adaptive) throw new InputError("the exam is not adaptive", { found: exam.selection });
  const { criterion, stop, among, weights, parameters } = exam.adaptive;
  const { family, dims, discrimination, intercept, guessing, upper } = parameters;
  return adaptiveExam(
    {
      family,
      dims,
      discrimination: Float64Array.from(discrimination),
      intercept: Float64Array.from(intercept),
      ...(guessing && { guessing: Float64Array.from(guessing) }),
      ...(upper && { upper: Float64Array.from(upper) }),
    },
    { criterion, stop, among, weights: Float64Array.from(weights), seed: exam.seed, never },
  );
}

/** The exam's questions as estimators see them. @throws InputError when the pool lacks one of them. */
export function askedOf(exam: Exam, pool: Pool): Asked {
  const index = new Map(pool.responses.items.map((item, i) => [item, i]));
  const items = Uint32Array.from(exam.questions, ({ item }) => {
    const i = index.get(item);
    if (i === undefined)
      throw new InputError("the exam asks a question that the bank does not have", { found: item });
    return i;
  });
  const weighted = exam.questions.every(({ anchorWeights }) => anchorWeights);
  return {
    items,
    gpWeights: Float64Array.from(exam.gpWeights),
    ...(weighted && {
      anchorWeights: Float64Array.from(
        exam.scenarios.flatMap((_, t) => exam.questions.map((q) => q.anchorWeights?.[t] ?? 0)),
      ),
    }),
  };
}

/** An exam as the text of its file. */
export function writeExam(exam: Exam): string {
  const plain = (_: string, value: unknown) => (value instanceof Float64Array ? Array.from(value) : value);
  return `${JSON.stringify(exam, plain, 1)}\n`;
}

/** Reads what {@link writeExam} wrote. @throws InputError for anything else. */
export function readExam(text: string, source: string): Exam {
  let value: Exam;
  try {
    value = JSON.parse(text) as Exam;
  } catch (error) {
    throw new InputError("this is not an exam", {
      source,
      found: (error as Error).message,
      expected: "JSON",
    });
  }
  if (value?.format !== "tripos-exam" || !Array.isArray(value.questions))
    throw new InputError("this is not an exam", {
      source,
      expected: 'an object with "format": "tripos-exam", as tripos exam design writes it',
    });
  if (value.version !== 1)
    throw new InputError("this exam was written by a newer Tripos", {
      source,
      field: "version",
      found: String(value.version),
      expected: "1",
    });
  const { assessment } = value;
  return assessment ? { ...value, assessment: revive(assessment) } : value;
}

/** JSON has no typed arrays. */
function revive(assessment: Assessment): Assessment {
  return {
    ...assessment,
    scenarios: assessment.scenarios.map((scenario) => ({
      ...scenario,
      stacking: Float64Array.from(scenario.stacking),
      scales: Object.fromEntries(
        [...methods, "stacked" as const].map((name) => {
          const { floor, ratios } = scenario.scales[name];
          return [name, { floor, ratios: Float64Array.from(ratios) } satisfies ErrorScale];
        }),
      ) as ScenarioAssessment["scales"],
    })),
  };
}
