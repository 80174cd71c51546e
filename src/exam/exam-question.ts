import type { Pool } from "./pool.ts";

/** One question of an exam. */
export interface ExamQuestion {
  readonly item: string;
  readonly scenario?: string;
  readonly text?: string;
  /** Weight of its answer in the anchor estimate of each scenario. */
  readonly anchorWeights?: readonly number[];
}

/** Items of a pool as an exam's questions. @param texts of the pool's items */
export function questionsOf(
  { responses }: Pool,
  items: ArrayLike<number>,
  texts?: readonly string[],
): ExamQuestion[] {
  return Array.from(items, (i) => ({
    item: responses.items[i],
    ...(responses.scenarios && { scenario: responses.scenarios[i] }),
    ...(texts?.[i] && { text: texts[i] }),
  }));
}
