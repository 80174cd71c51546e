/**
 * Watches a stream for change: how unlike the training questions the questions are, and whether rewards keep to the
 * stated probabilities. Plain data, one per router; {@link watched} gives the next state.
 */
export interface DriftState {
  readonly questions: number;
  /** Exponentially weighted mean novelty. */
  readonly novelty: number;
  readonly answers: number;
  /** Cumulative sums of standardised (reward − P) above and below its mean (Page 1954, CUSUM). */
  readonly above: number;
  readonly below: number;
}

export interface DriftReport {
  /** Many questions are of late unlike those of training. */
  readonly questionsChanged: boolean;
  /** Rewards are of late higher or lower than the stated probabilities. */
  readonly calibrationChanged: boolean;
  /** What there is too little of to tell, in a sentence; absent where all can be told. */
  readonly undecided?: string;
  /** What to do, in a sentence; absent when there is nothing to do. */
  readonly advice?: string;
}

export const noDrift: DriftState = { questions: 0, novelty: 0, answers: 0, above: 0, below: 0 };

/** Half of the smallest shift worth noticing, and the sum that gives the alarm, in standard deviations. */
const slack = 0.1;
const alarm = 25;
const memory = 200;
/** Least questions to tell, and the mean novelty that gives the alarm: that of training is about .01. */
const fewestQuestions = 30;
const foreign = 0.2;

/** Rewards below which even answers that are all wrong where half are stated right give no alarm. */
const fewestAnswers = Math.ceil(alarm / (1 - slack));

/** The next state after a question of some novelty, and the reward of its answer where it is known. */
export function watched(
  state: DriftState,
  { novelty, p, reward }: { readonly novelty: number; readonly p?: number; readonly reward?: number },
): DriftState {
  const weight = Math.max(1 / memory, 1 / (state.questions + 1));
  const next = {
    ...state,
    questions: state.questions + 1,
    novelty: state.novelty + weight * (novelty - state.novelty),
  };
  if (p === undefined || reward === undefined) return next;
  const z = (reward - p) / Math.sqrt(Math.max(0.01, p * (1 - p)));
  return {
    ...next,
    answers: state.answers + 1,
    above: Math.max(0, state.above + z - slack),
    below: Math.max(0, state.below - z - slack),
  };
}

export function driftReport({ questions, novelty, answers, above, below }: DriftState): DriftReport {
  const questionsChanged = questions >= fewestQuestions && novelty > foreign;
  const calibrationChanged = above > alarm || below > alarm;
  const advice = calibrationChanged
    ? `Answers are ${above > below ? "better" : "worse"} than the router says: calibrate it again with recent answers (tripos train).`
    : questionsChanged
      ? "Questions changed: many are of late unlike those of training. Add answers to such questions and train again."
      : undefined;
  const few = [
    ...(questions < fewestQuestions ? [`${questions} of ${fewestQuestions} questions`] : []),
    ...(answers > 0 && answers < fewestAnswers ? [`${answers} of ${fewestAnswers} rewards`] : []),
  ];
  const undecided =
    advice === undefined && few.length > 0 ? `Too few to tell of a change: ${few.join(", ")}.` : undefined;
  return { questionsChanged, calibrationChanged, ...(undecided && { undecided }), ...(advice && { advice }) };
}
