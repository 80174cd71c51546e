import { InputError } from "../input-error.ts";
import { adaptiveSteps } from "./adaptive-design.ts";
import { administer, type Failure } from "./administer.ts";
import { administerAdaptively } from "./administer-adaptively.ts";
import { type AnswerLine, answersBefore } from "./answer-lines.ts";
import { type AdministerOptions, type AnswerRecord, checkGrader } from "./ask-question.ts";
import type { Exam } from "./exam.ts";
import { settingsOf } from "./exam-settings.ts";
import { sha256 } from "./identity.ts";
import { choiceTemplate, type ExamItem, openTemplate, renderPrompt } from "./question-file.ts";
import { type Tally, tallyOf } from "./tally.ts";

export interface TakeOptions extends AdministerOptions {
  readonly concurrency?: number;
  /** The text of the grader's command, to be recorded. */
  readonly graderCommand?: string;
  /** Take the same questions for all, though the exam is better taken adaptively. */
  readonly fixed?: boolean;
  /** Lines that an earlier run left: what they hold is not asked again. */
  readonly before?: readonly Partial<AnswerLine>[];
  /** Called with the number of answers so far, and how many there will be at most. */
  readonly progress?: (done: number, total: number) => void;
}

/** What came of taking an exam. */
export interface Sitting {
  /** Answers in all; of an exam of fixed questions, its length. */
  readonly questions: number;
  /** Answers that an earlier run recorded. */
  readonly before: number;
  readonly asked: number;
  /** Questions that have no graded answer yet. */
  readonly failed: readonly Failure[];
  /** Answers in this run that were empty or in which the grader found nothing. */
  readonly noted: readonly AnswerRecord[];
  /** What all answers, earlier ones included, came to. */
  readonly tally: Tally;
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Dollars of this run, the judge's included; null without a price table. */
  readonly cost: number | null;
  /** What the judge took of it. */
  readonly judge?: {
    readonly promptTokens: number;
    readonly completionTokens: number;
    readonly cost: number | null;
  };
}

/**
 * Takes an exam, or the rest of it: asks, grades and hands on each answer as a line to be kept.
 *
 * @param questions the exam's questions with what is needed to grade them, in its order.
 * @param record called once for each answer as it comes, and before that for one that a judge or a command is to grade.
 * @throws InputError where the lines before were made otherwise, or the server refuses for good
 */
export async function takeExam(
  exam: Exam,
  questions: readonly ExamItem[],
  options: TakeOptions,
  record: (line: AnswerLine) => void,
): Promise<Sitting> {
  const { before: lines = [], endpoint, subject = endpoint.model, progress } = options;
  for (const question of questions) checkGrader(question, options);
  const adaptive = options.fixed ? undefined : exam.adaptive;
  const settings = await settingsOf(exam, questions, options);
  const hash = await sha256(JSON.stringify(settings));
  const before = answersBefore(lines, hash, subject);
  const total = adaptive ? Math.min(adaptive.stop.most ?? Infinity, questions.length) : questions.length;
  const answers = new Map(before.map((answer) => [answer.item, answer]));
  const written = new Set<string>();
  const advance = () => progress?.([...answers.values()].filter(isSettled).length, total);
  const keep = (answer: AnswerRecord): void => {
    // The first line holds the settings that the others name by their hash.
    const isFirst = lines.length + written.size === 0;
    record({ ...answer, bank: exam.bank, settings: hash, ...(isFirst && { taken: settings }) });
    written.add(answer.item);
    answers.set(answer.item, answer);
    advance();
  };
  advance();
  const failed = await (adaptive ? askOneByOne : askAll)(exam, questions, before, options, keep);
  return {
    questions: adaptive ? answers.size : total,
    before: before.length,
    failed,
    tally: tallyOf([...answers.values()]),
    ...summaryOf(
      [...answers.values()].filter(({ item }) => written.has(item)),
      new Set(before.map(({ item }) => item)),
    ),
  };
}

const isSettled = ({ note }: AnswerRecord): boolean => note !== "ungraded";

type Asking = (
  exam: Exam,
  questions: readonly ExamItem[],
  before: readonly AnswerRecord[],
  options: TakeOptions,
  keep: (answer: AnswerRecord) => void,
) => Promise<readonly Failure[]>;

const askAll: Asking = (_, questions, before, options, keep) => {
  const done = new Set(before.filter(isSettled).map(({ item }) => item));
  return administer(
    questions.filter(({ item }) => !done.has(item)),
    templateOf(options),
    {
      ...options,
      proven: before.length > 0,
      ungraded: new Map(before.filter((answer) => !isSettled(answer)).map((answer) => [answer.item, answer])),
    },
    keep,
  );
};

const askOneByOne: Asking = async (exam, questions, before, options, keep) => {
  const design = exam.adaptive as NonNullable<Exam["adaptive"]>;
  const byItem = new Map(questions.map((question) => [question.item, question]));
  const inOrder = design.questions.map(({ item }) => byItem.get(item));
  const absent = inOrder.flatMap((question, i) => (question ? [] : [i]));
  const sitting = options.subject ?? options.endpoint.model;
  const steps = adaptiveSteps(design, { never: absent, sitting });
  const given = { ...options, before };
  return (await administerAdaptively(steps, inOrder, templateOf(options), given, keep)).failed;
};

const templateOf =
  ({ template }: TakeOptions) =>
  (question: ExamItem): string =>
    template ?? usualTemplate(question);

/** What the answers of this run took. @param earlier items that an earlier run asked */
function summaryOf(answers: readonly AnswerRecord[], earlier: ReadonlySet<string>) {
  const asked = answers.filter(({ item }) => !earlier.has(item));
  const judged = answers.some(({ judge_prompt_tokens }) => judge_prompt_tokens !== undefined);
  const judgeCost = costOf(answers, "judge_cost");
  const cost = costOf(asked, "cost");
  return {
    asked: asked.length,
    noted: answers.filter(({ note }) => note === "empty" || note === "unparsed"),
    promptTokens: sumOf(asked, "prompt_tokens"),
    completionTokens: sumOf(asked, "completion_tokens"),
    cost: cost === null && judgeCost === null ? null : (cost ?? 0) + (judgeCost ?? 0),
    ...(judged && {
      judge: {
        promptTokens: sumOf(answers, "judge_prompt_tokens"),
        completionTokens: sumOf(answers, "judge_completion_tokens"),
        cost: judgeCost,
      },
    }),
  };
}

type Counted = "prompt_tokens" | "completion_tokens" | "cost";

function sumOf(answers: readonly AnswerRecord[], field: Counted | `judge_${Counted}`): number {
  return answers.reduce((sum, answer) => sum + (answer[field] ?? 0), 0);
}

function costOf(answers: readonly AnswerRecord[], field: "cost" | "judge_cost"): number | null {
  return answers.some((answer) => answer[field] !== undefined) ? sumOf(answers, field) : null;
}

function usualTemplate({ choices }: ExamItem): string {
  return choices ? choiceTemplate : openTemplate;
}

/** A question as it is put to the model. @param template default: the one that `takeExam` takes for it */
export function renderedPrompt(question: ExamItem, template = usualTemplate(question)): string {
  return renderPrompt(template, question);
}

/**
 * The questions that taking an exam needs: all of its own, or, for an adaptive one, those that are there, if they are as many
 * as it asks at most.
 * @param found questions by their item, as `readQuestions` finds them
 * @throws InputError where some are missing
 */
export function questionsToTake(
  exam: Exam,
  found: ReadonlyMap<string, ExamItem>,
  source: string,
  fixed = false,
): ExamItem[] {
  const adaptive = fixed ? undefined : exam.adaptive;
  const wanted = adaptive?.questions ?? exam.questions;
  const missing = wanted.filter(({ item }) => !found.has(item));
  const least = adaptive?.stop.most ?? (adaptive ? 1 : wanted.length);
  if (missing.length > 0 && wanted.length - missing.length < least)
    throw new InputError("questions of the exam are not in the file", {
      source,
      ...(adaptive && { expected: `at least ${least}, as many as the exam asks at most` }),
      found: `${missing.length} of ${wanted.length} missing: ${missing
        .slice(0, 5)
        .map(({ item }) => item)
        .join(", ")}${missing.length > 5 ? ", …" : ""}`,
    });
  return wanted.flatMap(({ item }) => found.get(item) ?? []);
}
