import { InputError } from "../input-error.ts";
import type { StoppingRule } from "./adaptive.ts";
import type { AdaptiveCriterion } from "./adaptive-criteria.ts";
import { type AdaptiveDesign, type AdaptiveRules, askAdaptively, designAdaptive } from "./adaptive-design.ts";
import { type Assessment, compareMethods, errsLess } from "./assess.ts";
import { type AssessOptions, askAll, type CrossValidation, crossValidate } from "./cross-validate.ts";
import type { Asked } from "./estimators.ts";
import { type ExamQuestion, questionsOf } from "./exam-question.ts";
import { checkBank } from "./exam-responses.ts";
import { gpIrtWeights } from "./gp-weights.ts";
import { checkConstraints } from "./greedy.ts";
import type { Pool } from "./pool.ts";
import { type Selection, type SelectOptions, selectQuestions } from "./select.ts";

/** How an exam's questions are chosen; auto: `readout`, or adaptively where that errs less on the pool's subjects. */
export type DesignMethod = Selection | "adaptive" | "auto";

/** An exam as it is kept in a file: the questions to ask, and what their answers will be worth. */
export interface Exam {
  readonly format: "tripos-exam";
  readonly version: 1;
  /** {@link itemsHash} of the bank that it was made from. */
  readonly bank: string;
  /** How `questions` were chosen. */
  readonly selection: Selection;
  readonly seed: number;
  /** The same questions for every subject. */
  readonly questions: readonly ExamQuestion[];
  /** Names of the scenarios that it scores. */
  readonly scenarios: readonly string[];
  /** gp-IRT's λ for each scenario. */
  readonly gpWeights: readonly number[];
  /** Cross-validated errors of every method with questions chosen in the same way. */
  readonly assessment?: Assessment;
  /** Where the exam is better taken adaptively: what to choose from, and how; `questions` are then the second best. */
  readonly adaptive?: AdaptiveDesign;
}

export interface DesignOptions extends Omit<SelectOptions, "method"> {
  readonly method: DesignMethod;
  /** Rules of an adaptive exam; it also ends after `count` questions. */
  readonly adaptive?: {
    readonly criterion?: AdaptiveCriterion;
    readonly stop?: StoppingRule;
    /** Ask of each scenario the share that it has of the bank (content balancing). */
    readonly balance?: boolean;
  };
  /** Cross-validate the exam over the pool's subjects: the default method, and intervals. Default true. */
  readonly assessed?: boolean;
  readonly assessment?: AssessOptions;
  readonly texts?: readonly string[];
}

/**
 * Chooses the questions of an exam and measures what it will tell.
 * @param bank the bank's `itemsHash`
 * @throws InputError for constraints and rules that cannot be met, or that the method cannot keep
 */
export function designExam(pool: Pool, bank: string, options: DesignOptions): Exam {
  const { scenarios } = pool;
  const { method, seed = 1, texts, assessed = true } = options;
  checkConstraints(method, options.constraints ?? {});
  checkRules(options);
  const selection = method === "auto" || method === "adaptive" ? "readout" : method;
  const choice = { ...options, method: selection };
  const asked = selectQuestions(pool, choice);
  const gpWeights = gpIrtWeights(pool, asked.items.length);
  const select = (training: Pool): Asked => ({ ...selectQuestions(training, choice), gpWeights });
  const validation = { seed, ...options.assessment };
  const fixed = assessed ? crossValidate(pool, askAll(select), validation) : undefined;
  const adaptive = adaptivePart(pool, options, fixed);
  const { anchorWeights } = asked;
  return {
    format: "tripos-exam",
    version: 1,
    bank,
    selection,
    seed,
    questions: questionsOf(pool, asked.items, texts).map((question, j) => ({
      ...question,
      ...(anchorWeights && {
        anchorWeights: scenarios.map((_, t) => anchorWeights[t * asked.items.length + j]),
      }),
    })),
    scenarios: scenarios.map(({ name }) => name),
    gpWeights: Array.from(gpWeights),
    ...(fixed && { assessment: compareMethods(fixed) }),
    ...(adaptive && { adaptive }),
  };
}

/** @throws InputError for rules that the method would drop */
function checkRules({
  method,
  clustering,
  adaptive: { criterion, stop, balance } = {},
}: DesignOptions): void {
  const [rule] = Object.keys(stop ?? {});
  const given =
    (rule && `a rule of ${rule}`) || (criterion && `criterion ${criterion}`) || (balance && "balance");
  if (given && method !== "adaptive" && method !== "auto")
    throw new InputError("only an adaptive exam ends by a rule, chooses by a criterion and is balanced so", {
      field: "method",
      found: `${method}, with ${given}`,
      expected: "adaptive",
    });
  if (clustering !== undefined && method !== "anchors")
    throw new InputError("only anchors are clustered", {
      field: "method",
      found: `${method}, with clustering ${clustering}`,
      expected: "anchors",
    });
}

/** The share of a pool's items that each scenario has. @throws InputError where it has but one */
function sharesOf({ responses: { items, scenarios = [] } }: Pool): Record<string, number> {
  const shares: Record<string, number> = {};
  for (const name of scenarios) shares[name] = (shares[name] ?? 0) + 1 / items.length;
  if (Object.keys(shares).length < 2)
    throw new InputError("there are no scenarios to balance", {
      field: "balance",
      expected: "a bank with several scenarios",
    });
  return shares;
}

function adaptivePart(
  pool: Pool,
  { method, count, seed = 1, adaptive = {}, constraints = {}, texts, ...options }: DesignOptions,
  fixed: CrossValidation | undefined,
): AdaptiveDesign | undefined {
  const { never, exposure, atLeast, costs } = constraints;
  const bound = costs !== undefined || Object.keys(atLeast ?? {}).length > 0;
  if (method !== "adaptive" && (method !== "auto" || !fixed || bound || count >= pool.responses.items.length))
    return undefined;
  const rules: AdaptiveRules = {
    criterion: adaptive.criterion ?? "score",
    stop: { most: count, ...adaptive.stop },
    among: exposure?.among ?? 1,
    seed,
    ...(never && { never: Array.from(never) }),
    ...(adaptive.balance && { shares: sharesOf(pool) }),
  };
  const found = fixed && crossValidate(pool, askAdaptively(rules), { seed, ...options.assessment });
  if (method === "auto" && found && fixed && !errsLess(found, fixed)) return undefined;
  return { ...designAdaptive(pool, rules, texts), ...(found && { assessment: compareMethods(found) }) };
}

/** An exam as its scoring sees it. */
export interface ExamInPool {
  readonly asked: Asked;
  readonly assessment?: Assessment;
  readonly adaptive?: {
    /** Items that it chooses among. */
    readonly items: ReadonlySet<number>;
    readonly stop: StoppingRule;
    readonly assessment?: Assessment;
  };
}

/**
 * Finds an exam's questions in the pool of the bank that it was made from.
 * @param bank the bank's `itemsHash`. @param source name of the exam, for messages
 * @throws InputError when it was made from another bank, or the pool lacks one of its questions
 */
export function examInPool(exam: Exam, pool: Pool, bank: string, source: string): ExamInPool {
  checkBank(exam, bank, source);
  const index = new Map(pool.responses.items.map((item, i) => [item, i]));
  const find = ({ item }: ExamQuestion): number => {
    const i = index.get(item);
    if (i === undefined)
      throw new InputError("the exam asks a question that the bank does not have", { found: item });
    return i;
  };
  const { assessment, adaptive } = exam;
  return {
    asked: askedOf(exam, Uint32Array.from(exam.questions, find)),
    ...(assessment && { assessment }),
    ...(adaptive && {
      adaptive: {
        items: new Set(adaptive.questions.map(find)),
        stop: adaptive.stop,
        ...(adaptive.assessment && { assessment: adaptive.assessment }),
      },
    }),
  };
}

function askedOf(exam: Exam, items: Uint32Array): Asked {
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
