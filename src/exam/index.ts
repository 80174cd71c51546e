export * from "./ability.ts";
export {
  type AdaptiveAnswer,
  type AdaptiveExam,
  type AdaptiveOptions,
  type AdaptiveState,
  adaptiveExam,
  type StoppingRule,
} from "./adaptive.ts";
export * from "./adaptive-criteria.ts";
export * from "./adaptive-design.ts";
export * from "./add-subject.ts";
export { type AskingOptions, administer, type Failure, patience } from "./administer.ts";
export * from "./administer-adaptively.ts";
export { type Anchors, anchorPoints, irtColumns, responseColumns } from "./anchors.ts";
export * from "./answer-files.ts";
export { type AnswerLine, settledLines } from "./answer-lines.ts";
export { type AdministerOptions, type AnswerRecord, Ungraded } from "./ask-question.ts";
export * from "./assess.ts";
export * from "./compare.ts";
export * from "./cross-validate.ts";
export * from "./estimators.ts";
export * from "./exam.ts";
export * from "./exam-file.ts";
export type { ExamQuestion } from "./exam-question.ts";
export { responsesToExam } from "./exam-responses.ts";
export type { ExamSettings } from "./exam-settings.ts";
export * from "./gp-weights.ts";
export { type Gradable, type Grade, normalise } from "./grade.ts";
export { type GraderSpec, grade, parseGrader, type RuleGrader } from "./graders.ts";
export { type Constraints, type Criterion, selectGreedily } from "./greedy.ts";
export * from "./identity.ts";
export { type ErrorScale, halfWidth, studentQuantile } from "./interval.ts";
export * from "./judge-verdict.ts";
export * from "./leaderboard.ts";
export * from "./model-scores.ts";
export * from "./pirt.ts";
export { type Pool, poolOf, poolOfBank, subPool } from "./pool.ts";
export { choiceTemplate, type ExamItem, openTemplate, readQuestions } from "./question-file.ts";
export * from "./rank-agreement.ts";
export * from "./ridge.ts";
export { type Scenario, scenarioScores, scenariosOf } from "./scenarios.ts";
export * from "./score.ts";
export { type Selection, type SelectOptions, selections, selectQuestions } from "./select.ts";
export * from "./simulated.ts";
export * from "./stack.ts";
export * from "./take.ts";
export { type Tally, tallyText, tallyWarnings, unreadGroups } from "./tally.ts";
export * from "./tinybenchmarks.ts";
