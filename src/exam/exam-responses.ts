import { InputError } from "../input-error.ts";
import { type ResponseMatrix, selectItems } from "../responses/index.ts";
import type { Exam } from "./exam.ts";

/**
 * The responses to an exam's questions alone, in its order; of an adaptive exam, to its fixed list.
 * @param bank `itemsHash` of the bank whose items the matrix holds. @param source name of the exam, for messages
 * @throws InputError when the exam was made for another bank, or the matrix lacks one of its questions
 */
export function responsesToExam(
  matrix: ResponseMatrix,
  exam: Exam,
  bank: string,
  source: string,
): ResponseMatrix {
  checkBank(exam, bank, source);
  const index = new Map(matrix.items.map((item, i) => [item, i]));
  const places = exam.questions.map(({ item }) => {
    const i = index.get(item);
    if (i === undefined)
      throw new InputError("the exam asks a question that was not answered", { source, found: item });
    return i;
  });
  return selectItems(matrix, places);
}

/** @throws InputError when the exam was made for another bank */
export function checkBank(exam: Exam, bank: string, source: string): void {
  if (exam.bank !== bank)
    throw new InputError("the exam was made for another bank", {
      source,
      field: "bank",
      found: exam.bank.slice(0, 12),
      expected: bank.slice(0, 12),
      hint: "Use the bank that it was designed from, or design it again.",
    });
}
