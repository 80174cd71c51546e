import { InputError } from "../input-error.ts";
import { NoReply } from "../openai/index.ts";
import { type AdministerOptions, type AnswerRecord, askQuestion, Ungraded } from "./ask-question.ts";
import type { ExamItem } from "./question-file.ts";

/** A question that has no graded answer, and why. */
export interface Failure {
  readonly item: string;
  readonly reason: string;
  /** "unanswered" and not recorded; recorded "ungraded"; or recorded as "missing", which an adaptive exam goes on from. */
  readonly kind: "unanswered" | "ungraded" | "missing";
}

export interface AskingOptions extends AdministerOptions {
  readonly concurrency?: number;
  /** Ungraded answers of an earlier run: they are graded, and not asked again. */
  readonly ungraded?: ReadonlyMap<string, AnswerRecord>;
  /** The server has answered with these settings before. */
  readonly proven?: boolean;
}

/** So many questions in a row without an answer end the exam. */
export const patience = 10;

/**
 * Asks questions, several at a time, and hands on each answer as it comes, in the order of coming.
 *
 * @param record called for each answer; what it has taken is never asked again.
 * @returns the questions that have no graded answer
 * @throws InputError when the server refuses for good, when ten questions in a row got no answer, or when it refused ten and
 *   never answered any; requests under way are finished and recorded before
 */
export async function administer(
  questions: readonly ExamItem[],
  templateOf: (question: ExamItem) => string,
  options: AskingOptions,
  record: (answer: AnswerRecord) => void,
): Promise<Failure[]> {
  const { concurrency = 8, ungraded, signal } = options;
  const enough = new AbortController();
  const failed: Failure[] = [];
  let proven = options.proven ?? false;
  let inARow = 0;
  let fatal: unknown;
  const end = (error: unknown): void => {
    fatal ??= error;
    enough.abort();
  };
  const ask = async (question: ExamItem): Promise<void> => {
    const asking = { ...options, enough: enough.signal };
    try {
      await askQuestion(question, templateOf(question), asking, record, ungraded?.get(question.item));
      proven = true;
      inARow = 0;
    } catch (error) {
      if (signal?.aborted && !(error instanceof InputError)) return;
      const failure = failureOf(question.item, error);
      if (!failure) return end(error);
      failed.push(failure);
      // A server that refuses some questions, too long for it perhaps, does answer.
      inARow = proven && error instanceof NoReply && error.refused ? 0 : inARow + 1;
      if (inARow >= patience) end(noAnswers(failure, options));
    }
  };
  const queue = questions[Symbol.iterator]();
  const work = async (): Promise<void> => {
    while (!signal?.aborted && !enough.signal.aborted) {
      const turn = queue.next();
      if (turn.done) return;
      await ask(turn.value);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, concurrency) }, work));
  if (fatal !== undefined) throw fatal;
  signal?.throwIfAborted();
  return failed;
}

/** What went wrong with one question alone; undefined for what ends the exam. */
export function failureOf(item: string, error: unknown): Failure | undefined {
  if (error instanceof Ungraded) return { item, reason: error.message, kind: "ungraded" };
  return error instanceof NoReply ? { item, reason: error.message, kind: "unanswered" } : undefined;
}

export function noAnswers({ kind, reason }: Failure, { endpoint, judge }: AdministerOptions): InputError {
  const ungraded = kind === "ungraded";
  return new InputError(ungraded ? "the judge does not answer" : "the server does not answer", {
    source: (ungraded && judge?.endpoint.baseUrl) || endpoint.baseUrl,
    found: `${reason}, ten questions in a row`,
    hint: "What was answered is kept. Take the exam again with --resume; where requests are refused, look at --param.",
  });
}
