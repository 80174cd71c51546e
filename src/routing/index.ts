export { BudgetPacer, budgetPrice, type PriceCurve } from "./budget.ts";
export * from "./codec.ts";
export * from "./decision.ts";
export { addModel, type Newcomer } from "./newcomer.ts";
export * from "./policy.ts";
export { modelNames, type Prediction, predict } from "./predict.ts";
export type { Router, RouterProvenance, TrainingFigures } from "./router.ts";
export { type TrainOptions, trainRouter } from "./train.ts";
