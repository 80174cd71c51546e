import { answerMessages } from "../../kernels/index.ts";
import { responseModel } from "../models.ts";
import { type ExpectJob, expectSome, type MaximiseJob, maximiseSome, type Problem } from "./work.ts";

/** A response model without its functions, which do not travel. */
export interface ModelName {
  readonly family: Parameters<typeof responseModel>[0];
  readonly dims: number;
  readonly categories: number;
}

/** What a thread is told: once the problem, then parts of jobs. */
export type Message =
  | { readonly problem: Omit<Problem, "model">; readonly model: ModelName }
  | { readonly job: ExpectJob; readonly bounds: readonly number[] }
  | { readonly job: MaximiseJob; readonly from: number };

let problem: Problem;

answerMessages((message: Message) => {
  if ("problem" in message) {
    const { family, dims, categories } = message.model;
    problem = { ...message.problem, model: responseModel(family, dims, categories) };
    return { result: undefined };
  }
  if ("bounds" in message) {
    const result = expectSome(problem, message.job, message.bounds);
    return { result, transfer: result.chunks.map(({ sums }) => sums.buffer as ArrayBuffer) };
  }
  return { result: maximiseSome(problem, message.job, message.from) };
});
