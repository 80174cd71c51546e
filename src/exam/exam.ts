import { InputError } from "../input-error.ts";
import { type Assessment, type AssessOptions, assess, type ScenarioAssessment } from "./assess.ts";
import { type Asked, methods } from "./estimators.ts";
import { gpIrtWeights } from "./gp-weights.ts";
import type { ErrorScale } from "./interval.ts";
import type { Pool } from "./pool.ts";
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
  /** Content hash of the bank that it was made from. */
  readonly bank: string;
  readonly selection: Selection;
  readonly seed: number;
  readonly questions: readonly ExamQuestion[];
  /** Names of the scenarios that it scores. */
  readonly scenarios: readonly string[];
  /** gp-IRT's λ for each scenario. */
  readonly gpWeights: readonly number[];
  /** Cross-validated errors of every method with questions chosen in the same way. */
  readonly assessment?: Assessment;
}

export interface DesignOptions extends SelectOptions {
  /** Cross-validate the exam over the pool's subjects: the default method, and intervals. Default true. */
  readonly assessed?: boolean;
  readonly assessment?: AssessOptions;
  readonly texts?: readonly string[];
}

/** Chooses the questions of an exam and measures what it will tell. @param bank content hash of the bank. */
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
