import { InputError } from "../input-error.ts";
import {
  askEndpoint,
  type Endpoint,
  NoReply,
  type Price,
  priceOfTokens,
  type Reply,
} from "../openai/index.ts";
import { type Grade, withoutThinking } from "./grade.ts";
import { grade } from "./graders.ts";
import { judgeTemplate, readVerdict } from "./judge-verdict.ts";
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
  /**
   * "empty": the text was empty; "unparsed": the grader found no answer in it; "ungraded": judge or command have not graded
   * it yet, and a later line may replace this one; "refused": the server refused the question of an adaptive exam.
   */
  readonly note?: "empty" | "unparsed" | "ungraded" | "refused";
  readonly prompt_tokens?: number;
  readonly completion_tokens?: number;
  /** Dollars, by the price table. */
  readonly cost?: number;
  readonly judge_prompt_tokens?: number;
  readonly judge_completion_tokens?: number;
  /** Dollars that the judge took; not part of `cost`. */
  readonly judge_cost?: number;
  readonly seconds: number;
  readonly finish?: string;
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
  readonly judge?: { readonly endpoint: Endpoint; readonly template?: string; readonly price?: Price };
  /** The user's own grader, for "command". */
  readonly command?: (question: ExamItem, response: string) => Promise<Grade>;
  readonly signal?: AbortSignal;
  /** Once aborted, requests under way still finish, and none is tried again. */
  readonly enough?: AbortSignal;
}

/** The judge gave no verdict; the answer is recorded. */
export class Ungraded extends Error {
  override readonly name = "Ungraded";
}

/** @throws InputError where a question's grader needs what the options lack */
export function checkGrader({ item, grader }: ExamItem, { judge, command }: AdministerOptions): void {
  if (grader.type === "judge" && !judge)
    throw new InputError("a question wants a judge", { at: item, hint: "Name one with --judge-model." });
  if (grader.type === "command" && !command)
    throw new InputError("a question wants a command to grade it", {
      at: item,
      hint: "Give one with --grader-command.",
    });
}

/**
 * Asks one question and grades the answer. What a judge or a command is to grade is recorded before, as "ungraded": it was
 * paid for, whatever becomes of them.
 *
 * @param earlier an ungraded answer of an earlier run, which is graded without asking again
 * @throws InputError and NoReply as {@link askEndpoint} does; Ungraded where a judge gives no verdict
 */
export async function askQuestion(
  question: ExamItem,
  template: string,
  options: AdministerOptions,
  record: (answer: AnswerRecord) => void,
  earlier?: AnswerRecord,
): Promise<AnswerRecord> {
  checkGrader(question, options);
  const answer = earlier ?? (await outputOf(question, template, options));
  const slowly = ["judge", "command"].includes(question.grader.type);
  if (!earlier && slowly && answer.note === "ungraded") record(answer);
  const graded = answer.note === "ungraded" ? await gradeAnswer(question, answer, options) : answer;
  record(graded);
  return graded;
}

async function outputOf(
  question: ExamItem,
  template: string,
  { endpoint, subject = endpoint.model, empty = null, price, signal, enough }: AdministerOptions,
): Promise<AnswerRecord> {
  const before = performance.now();
  const reply = await askEndpoint(renderPrompt(template, question), endpoint, signal, enough);
  const seconds = Math.round(performance.now() - before) / 1000;
  const blank = reply.text.trim() === "";
  const { promptTokens, completionTokens, finish } = reply;
  const cost = costOf(reply, price);
  return {
    subject,
    item: question.item,
    score: blank ? empty : null,
    output: reply.text,
    note: blank ? "empty" : "ungraded",
    ...(promptTokens !== undefined && { prompt_tokens: promptTokens }),
    ...(completionTokens !== undefined && { completion_tokens: completionTokens }),
    ...(cost !== undefined && { cost }),
    seconds,
    ...(finish !== undefined && { finish }),
  };
}

async function gradeAnswer(
  question: ExamItem,
  { note: _, ...answer }: AnswerRecord,
  options: AdministerOptions,
): Promise<AnswerRecord> {
  const { unparsed = 0 } = options;
  const { score, extracted, judged } = await gradeOutput(question, answer.output, options);
  const cost = judged && costOf(judged, options.judge?.price);
  return {
    ...answer,
    score: score ?? unparsed,
    ...(extracted !== undefined && { extracted }),
    ...(score === undefined && { note: "unparsed" }),
    ...(judged?.promptTokens !== undefined && { judge_prompt_tokens: judged.promptTokens }),
    ...(judged?.completionTokens !== undefined && { judge_completion_tokens: judged.completionTokens }),
    ...(cost !== undefined && { judge_cost: cost }),
  };
}

async function gradeOutput(
  question: ExamItem,
  output: string,
  { judge, command, signal, enough }: AdministerOptions,
): Promise<Grade & { readonly judged?: Reply }> {
  const { grader } = question;
  if (grader.type === "command") return (command as NonNullable<typeof command>)(question, output);
  if (grader.type !== "judge") return grade(output, question, grader);
  const { endpoint, template = judgeTemplate } = judge as NonNullable<typeof judge>;
  try {
    const prompt = renderPrompt(template, question, withoutThinking(output) || output);
    const judged = await askEndpoint(prompt, endpoint, signal, enough);
    return { ...readVerdict(judged.text), judged };
  } catch (error) {
    throw error instanceof NoReply ? new Ungraded(`the judge: ${error.message}`) : error;
  }
}

function costOf({ promptTokens, completionTokens }: Reply, price: Price | undefined): number | undefined {
  if (!price || promptTokens === undefined || completionTokens === undefined) return undefined;
  return priceOfTokens(price, promptTokens, completionTokens);
}
