import { InputError } from "../input-error.ts";
import { NoReply } from "../openai/index.ts";
import type { AdaptiveExam, AdaptiveState } from "./adaptive.ts";
import { type Failure, failureOf, noAnswers, patience } from "./administer.ts";
import { type AdministerOptions, type AnswerRecord, askQuestion } from "./ask-question.ts";
import type { ExamItem } from "./question-file.ts";

/**
 * Gives an adaptive exam: asks, grades and chooses the next question by all answers so far, until the exam is over or a
 * question gets no answer. One that the server refuses is recorded as missing, and the exam goes on.
 *
 * @param questions by the index that the steps know them by.
 * @param before answers of an earlier run, in their order; they are not asked again.
 * @param record called for each new answer.
 * @throws InputError where `before` was not given to this exam, or the server refuses for good
 */
export async function administerAdaptively(
  steps: AdaptiveExam,
  questions: readonly (ExamItem | undefined)[],
  templateOf: (question: ExamItem) => string,
  options: AdministerOptions & { readonly before?: readonly AnswerRecord[] },
  record: (answer: AnswerRecord) => void,
): Promise<{ readonly state: AdaptiveState; readonly failed: readonly Failure[] }> {
  const { before = [] } = options;
  const failed: Failure[] = [];
  let state = steps.next(steps.start());
  while (state.pending !== null) {
    const question = questions[state.pending] as ExamItem;
    const earlier = before[state.answers.length];
    if (earlier && earlier.item !== question.item) throw otherExam(earlier.item, question.item);
    let answer = earlier;
    if (!earlier || earlier.note === "ungraded")
      try {
        answer = await askQuestion(question, templateOf(question), options, record, earlier);
      } catch (error) {
        const failure = failureOf(question.item, error);
        if (!failure) throw error;
        const refused = error instanceof NoReply && error.refused;
        failed.push(refused ? { ...failure, kind: "missing" } : failure);
        if (!refused) return { state, failed };
        if (failed.length >= patience && failed.length > state.answers.length)
          throw noAnswers(failure, options);
        answer = missing(question, options);
        record(answer);
      }
    const { score, cost, seconds } = answer;
    state = steps.next(steps.answer(state, { score, ...(cost !== undefined && { cost }), seconds }));
  }
  if (before.length > state.answers.length)
    throw otherExam(before[state.answers.length].item, "no further answer");
  return { state, failed };
}

function missing(
  { item }: ExamItem,
  { endpoint, subject = endpoint.model }: AdministerOptions,
): AnswerRecord {
  return { subject, item, score: null, output: "", note: "refused", seconds: 0 };
}

function otherExam(found: string, expected: string): InputError {
  return new InputError("the recorded answers are not those of this exam", { found, expected });
}
