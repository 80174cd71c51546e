export { BudgetPacer, budgetPrice, type PriceCurve } from "./budget.ts";
export { type Cascaded, type CascadeStep, runCascade } from "./cascade.ts";
export * from "./codec.ts";
export type { Capabilities, Needs, RouteConstraints } from "./constraints.ts";
export { checkCosts, withTableCosts } from "./costs.ts";
export {
  type Decision,
  decide,
  type RouteRequest,
  type RoutingCandidate,
  route,
} from "./decision.ts";
export * from "./drift.ts";
export { type EmbeddedTexts, givenVectors, withEmbeddings, withVectors } from "./embeddings.ts";
export * from "./evaluate.ts";
export * from "./evaluation.ts";
export { explain, type Reason } from "./explain.ts";
export * from "./feedback.ts";
export type { BenchmarkMeasures } from "./llm-router-bench.ts";
export * from "./measures.ts";
export type { SimilarQuestion } from "./memory.ts";
export { factsOf, type ModelFacts, type ModelTable, modelTable, tokenCost } from "./model-table.ts";
export { addModel, type Newcomer, newcomerReward } from "./newcomer.ts";
export { fed, type ObservedAnswer, observed, watchedStream } from "./observed.ts";
export * from "./policy.ts";
export { modelNames, type Prediction, predict, similarTo } from "./predict.ts";
export { withLearntCosts, withPrices, withTrainingPrices } from "./priced-router.ts";
export { routerFeatures } from "./question-features.ts";
export * from "./reward.ts";
export type { DecisionRules, Router, RouterProvenance, TrainingFigures } from "./router.ts";
export type { TestDataset } from "./test-answers.ts";
export * from "./trade-off.ts";
export { type TrainedRouter, type TrainOptions, trainRouter, trainWithBank } from "./train.ts";
