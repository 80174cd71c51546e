import { InputError } from "../input-error.ts";
import { adaptiveSteps } from "./adaptive-design.ts";
import { type AdministerOptions, type AnswerRecord, administer, administerAdaptively } from "./administer.ts";
import { NoReply } from "./endpoint.ts";
import type { Exam } from "./exam.ts";
import { sha256 } from "./identity.ts";
import { choiceTemplate, type ExamItem, openTemplate, renderPrompt } from "./question-file.ts";
import { type Tally, tallyOf } from "./tally.ts";

/** A line of an answers' file: an answer, the bank and the settings that it was made with. */
export interface AnswerLine extends AnswerRecord {
  /** {@link itemsHash} of the bank that the exam was made from. */
  readonly bank: string;
  /** SHA-256 of the settings. */
  readonly settings: string;
  /** The settings themselves, in the first line of a file. */
  readonly taken?: ExamSettings;
}

/** What determines the answers, apart from chance; without the key. */
export interface ExamSettings {
  /** SHA-256 of the exam's item names and of the questions' texts, answers and graders. */
  readonly exam: string;
  readonly questions: string;
  readonly model: string;
  readonly server: string;
  readonly api: "chat" | "completions";
  readonly template: string | { readonly choices: string; readonly open: string };
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly system?: string;
  readonly judge?: { readonly model: string; readonly server: string; readonly template?: string };
  readonly graderCommand?: string;
  readonly empty: "missing" | "wrong";
  readonly unparsed: "missing" | "wrong";
}

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
  readonly before: number;
  readonly asked: number;
  /** Questions without any answer after all attempts, which were not recorded. */
  readonly failed: readonly { readonly item: string; readonly reason: string }[];
  /** Answers in this run that were empty or in which the grader found nothing. */
  readonly noted: readonly AnswerRecord[];
  /** What all answers, earlier ones included, came to. */
  readonly tally: Tally;
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Dollars of this run; null without a price table. */
  readonly cost: number | null;
}

/**
 * Takes an exam, or the rest of it: asks, grades and hands on each answer as a line to be kept.
 *
 * @param questions the exam's questions with what is needed to grade them, in its order.
 * @param record called once for each answer as it comes.
 * @throws InputError where the lines before were made otherwise, or the server refuses for good
 */
export async function takeExam(
  exam: Exam,
  questions: readonly ExamItem[],
  options: TakeOptions,
  record: (line: AnswerLine) => void,
): Promise<Sitting> {
  const { before = [], endpoint, subject = endpoint.model, progress } = options;
  const adaptive = options.fixed ? undefined : exam.adaptive;
  const settings = await settingsOf(exam, questions, options);
  const hash = await sha256(JSON.stringify(settings));
  const done = answeredBefore(before, hash, subject);
  const total = adaptive ? Math.min(adaptive.stop.most ?? Infinity, questions.length) : questions.length;
  const written: AnswerRecord[] = [];
  const keep = (answer: AnswerRecord): void => {
    // The first line holds the settings that the others name by their hash.
    const isFirst = before.length + written.length === 0;
    record({ ...answer, bank: exam.bank, settings: hash, ...(isFirst && { taken: settings }) });
    written.push(answer);
    progress?.(done.size + written.length, total);
  };
  progress?.(done.size, total);
  const templateOf = (question: ExamItem) => options.template ?? usualTemplate(question);
  const failed = adaptive
    ? await oneByOne(keep)
    : (
        await administer(
          questions.filter(({ item }) => !done.has(item)),
          templateOf,
          options,
          keep,
        )
      ).failed;
  return {
    questions: adaptive ? done.size + written.length : total,
    before: done.size,
    asked: written.length,
    failed,
    noted: written.filter(({ note }) => note),
    tally: tallyOf([...before, ...written]),
    promptTokens: sumOf(written, "prompt_tokens"),
    completionTokens: sumOf(written, "completion_tokens"),
    cost: written.some(({ cost }) => cost !== undefined) ? sumOf(written, "cost") : null,
  };

  async function oneByOne(keep: (answer: AnswerRecord) => void): Promise<Sitting["failed"]> {
    const design = adaptive as NonNullable<typeof adaptive>;
    const byItem = new Map(questions.map((question) => [question.item, question]));
    const inOrder = design.questions.map(({ item }) => byItem.get(item));
    const absent = inOrder.flatMap((question, i) => (question ? [] : [i]));
    const earlier = before as readonly AnswerLine[];
    try {
      await administerAdaptively(
        adaptiveSteps(design, absent),
        inOrder,
        templateOf,
        { ...options, before: earlier },
        keep,
      );
      return [];
    } catch (error) {
      if (!(error instanceof NoReply)) throw error;
      return [{ item: "the next question", reason: error.message }];
    }
  }
}

function usualTemplate({ choices }: ExamItem): string {
  return choices ? choiceTemplate : openTemplate;
}

/** A question as it is put to the model. @param template default: the one that `takeExam` takes for it */
export function renderedPrompt(question: ExamItem, template = usualTemplate(question)): string {
  return renderPrompt(template, question);
}

/**
 * The questions that taking an exam needs: all of its own, or, for an adaptive one, those that are there.
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
  if (missing.length > 0 && !(adaptive && missing.length < wanted.length))
    throw new InputError("questions of the exam are not in the file", {
      source,
      found: `${missing.length} of ${wanted.length} missing: ${missing
        .slice(0, 5)
        .map(({ item }) => item)
        .join(", ")}${missing.length > 5 ? ", …" : ""}`,
    });
  return wanted.flatMap(({ item }) => found.get(item) ?? []);
}

async function settingsOf(
  exam: Exam,
  questions: readonly ExamItem[],
  { endpoint, template, judge, graderCommand, empty, unparsed = 0, fixed = false }: TakeOptions,
): Promise<ExamSettings> {
  const asked = (fixed ? undefined : exam.adaptive?.questions) ?? exam.questions;
  return {
    exam: await sha256(JSON.stringify(asked.map(({ item }) => item))),
    questions: await sha256(JSON.stringify(questions)),
    model: endpoint.model,
    server: new URL(endpoint.baseUrl).host,
    api: endpoint.api ?? "chat",
    template: template ?? { choices: choiceTemplate, open: openTemplate },
    ...(endpoint.system !== undefined && { system: endpoint.system }),
    parameters: endpoint.parameters ?? {},
    ...(judge && {
      judge: {
        model: judge.endpoint.model,
        server: new URL(judge.endpoint.baseUrl).host,
        ...(judge.template !== undefined && { template: judge.template }),
      },
    }),
    ...(graderCommand !== undefined && { graderCommand }),
    empty: empty === 0 ? "wrong" : "missing",
    unparsed: unparsed === 0 ? "wrong" : "missing",
  };
}

function answeredBefore(before: readonly Partial<AnswerLine>[], hash: string, subject: string): Set<string> {
  const other = before.find((line) => line.settings !== hash || line.subject !== subject);
  if (other)
    throw new InputError("the recorded answers were made otherwise", {
      found: `subject ${other.subject ?? "unknown"}, settings ${String(other.settings).slice(0, 12)}`,
      expected: `subject ${subject}, settings ${hash.slice(0, 12)}`,
      hint: "Resume with the same exam, questions, model, prompt and parameters, or give another file with --out.",
    });
  return new Set(before.flatMap(({ item }) => (item === undefined ? [] : [item])));
}

function sumOf(
  answers: readonly AnswerRecord[],
  field: "prompt_tokens" | "completion_tokens" | "cost",
): number {
  return answers.reduce((sum, answer) => sum + (answer[field] ?? 0), 0);
}
