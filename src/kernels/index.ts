export { dotProducts, dotProductsPlain } from "./dots.ts";
export * from "./dots-int8.ts";
export * from "./gather.ts";
export * from "./grams.ts";
export type { Cells, Gaussians, SweepJob } from "./logistic-sweep.ts";
export * from "./nearby.ts";
export { type SweepThreads, sharedDoubles, startSweepThreads, sweepHere } from "./sweep-threads.ts";
export { blockNodes, type TermLists, type TermSums, withTermSums } from "./term-sums.ts";
export { answerMessages, shared, startThreads, type Thread } from "./threads.ts";
