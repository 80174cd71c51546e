import { InputError } from "../input-error.ts";
import type { AdaptiveExam, AdaptiveState } from "./adaptive.ts";
import { askEndpoint, type Endpoint, NoReply, type Reply } from "./endpoint.ts";
import { type Grade, grade, judgeTemplate, readVerdict } from "./graders.ts";
import { type ExamItem, renderPrompt } from "./question-file.ts";

/** One answer as it is recorded: a line of the answers' file, which Tripos also reads as responses. */
export interface AnswerRecord {
  readonly subject: string;
  readonly item: string;
  /** In [0, 1]; null where there was no answer to grade. */
  readonly score: number | null;
  /** The raw text of the response. */
  readonly output: string;
  readonly extracted?: string;
  /** "empty": the text was empty; "unparsed": the grader found no answer in it. */
  readonly note?: "empty" | "unparsed";
  readonly prompt_tokens?: number;
  readonly completion_tokens?: number;
  /** Dollars, by the price table. */
  readonly cost?: number;
  readonly seconds: number;
  readonly finish?: string;
}

/** Dollars for a million tokens. */
export interface Price {
  readonly input: number;
  readonly output: number;
}

export interface AdministerOptions {
  readonly endpoint: Endpoint;
  /** Name under which the answers are recorded; default the model's. */
  readonly subject?: string;
  readonly template?: string;
  /** Score of an empty answer: 0 or null (default). */
  readonly empty?: 0 | null;
  /** Score where the grader finds no answer: 0 (default) or null. */
  readonly unparsed?: 0 | null;
  readonly price?: Price | undefined;
  /** Who judges, for the grader "judge". */
  readonly judge?: { readonly endpoint: Endpoint; readonly template?: string };
  /** The user's own grader, for "command". */
  readonly command?: (question: ExamItem, response: string) => Promise<Grade>;
  readonly signal?: AbortSignal;
}

/** Asks one question and grades the answer. @throws as {@link askEndpoint} does */
export async function askQuestion(
  question: ExamItem,
  template: string,
  options: AdministerOptions,
): Promise<AnswerRecord> {
  const { endpoint, subject = endpoint.model, empty = null, unparsed = 0, price, signal } = options;
  const before = performance.now();
  const reply = await askEndpoint(renderPrompt(template, question), endpoint, signal);
  const seconds = Math.round(performance.now() - before) / 1000;
  const blank = reply.text.trim() === "";
  const found = blank ? { score: undefined } : await gradeReply(question, reply.text, options);
  const cost = costOf(reply, price);
  return {
    subject,
    item: question.item,
    score: found.score ?? (blank ? empty : unparsed),
    output: reply.text,
    ...(found.extracted !== undefined && { extracted: found.extracted }),
    ...(found.score === undefined && { note: blank ? ("empty" as const) : ("unparsed" as const) }),
    ...(reply.promptTokens !== undefined && { prompt_tokens: reply.promptTokens }),
    ...(reply.completionTokens !== undefined && { completion_tokens: reply.completionTokens }),
    ...(cost !== undefined && { cost }),
    seconds,
    ...(reply.finish !== undefined && { finish: reply.finish }),
  };
}

async function gradeReply(question: ExamItem, response: string, options: AdministerOptions): Promise<Grade> {
  const { grader } = question;
  if (grader.type === "judge") {
    if (!options.judge)
      throw new InputError("a question wants a judge", {
        at: question.item,
        hint: "Name one with --judge-model.",
      });
    const { endpoint, template = judgeTemplate } = options.judge;
    const verdict = await askEndpoint(renderPrompt(template, question, response), endpoint, options.signal);
    return readVerdict(verdict.text);
  }
  if (grader.type === "command") {
    if (!options.command)
      throw new InputError("a question wants a command to grade it", {
        at: question.item,
        hint: "Give one with --grader-command.",
      });
    return options.command(question, response);
  }
  return grade(response, question, grader);
}

function costOf({ promptTokens, completionTokens }: Reply, price: Price | undefined): number | undefined {
  if (!price || promptTokens === undefined || completionTokens === undefined) return undefined;
  return (promptTokens * price.input + completionTokens * price.output) / 1e6;
}

/** What happened to a set of questions. */
export interface Administered {
  readonly asked: number;
  /** Questions without any answer after all attempts, and why; they were not recorded. */
  readonly failed: readonly { readonly item: string; readonly reason: string }[];
}

/**
 * Asks questions, several at a time, and hands on each answer as it comes, in the order of coming.
 *
 * @param record called once for each answer; what it has taken is never asked again.
 * @throws InputError when the server refuses for good, or when ten questions in a row got no answer
 */
export async function administer(
  questions: readonly ExamItem[],
  templateOf: (question: ExamItem) => string,
  options: AdministerOptions & { readonly concurrency?: number },
  record: (answer: AnswerRecord) => void,
): Promise<Administered> {
  const { concurrency = 8 } = options;
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const failed: { item: string; reason: string }[] = [];
  let inARow = 0;
  let asked = 0;
  let fatal: unknown;
  const queue = questions[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (let turn = queue.next(); !turn.done && !signal.aborted; turn = queue.next()) {
      const question = turn.value;
      try {
        record(await askQuestion(question, templateOf(question), { ...options, signal }));
        asked++;
        inARow = 0;
      } catch (error) {
        if (signal.aborted && !(error instanceof InputError)) return;
        if (!(error instanceof NoReply)) {
          fatal ??= error;
          stop.abort();
          return;
        }
        failed.push({ item: question.item, reason: error.message });
        if (++inARow < 10) continue;
        fatal ??= new InputError("the server does not answer", {
          source: options.endpoint.baseUrl,
          found: `${error.message}, ten questions in a row`,
          hint: "What was answered is kept. Take the exam again with --resume.",
        });
        stop.abort();
        return;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, concurrency) }, work));
  if (fatal !== undefined) throw fatal;
  options.signal?.throwIfAborted();
  return { asked, failed };
}

/**
 * Gives an adaptive exam: asks, grades and chooses the next question by all answers so far, until the exam is over.
 *
 * @param questions by the index that the steps know them by.
 * @param before answers of an earlier run, in their order; they are not asked again.
 * @param record called for each new answer.
 * @throws NoReply where a question gets no answer: the exam can go on from what was recorded
 * @throws InputError where `before` was not given to this exam
 */
export async function administerAdaptively(
  steps: AdaptiveExam,
  questions: readonly (ExamItem | undefined)[],
  templateOf: (question: ExamItem) => string,
  options: AdministerOptions & {
    readonly before?: readonly Pick<AnswerRecord, "item" | "score" | "cost" | "seconds">[];
  },
  record: (answer: AnswerRecord, state: AdaptiveState) => void,
): Promise<AdaptiveState> {
  let state = steps.next(steps.start());
  for (const { item, score, cost, seconds } of options.before ?? []) {
    if (state.pending === null || questions[state.pending]?.item !== item)
      throw new InputError("the recorded answers are not those of this exam", {
        found: item,
        expected:
          state.pending === null
            ? "no further answer"
            : (questions[state.pending]?.item ?? "another question"),
      });
    state = steps.next(steps.answer(state, { score, ...(cost !== undefined && { cost }), seconds }));
  }
  while (state.pending !== null) {
    const question = questions[state.pending] as ExamItem;
    const answer = await askQuestion(question, templateOf(question), options);
    const { score, cost, seconds } = answer;
    state = steps.answer(state, { score, ...(cost !== undefined && { cost }), seconds });
    record(answer, state);
    state = steps.next(state);
  }
  return state;
}
