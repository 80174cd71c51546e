import { InputError, type InputProblem, show } from "../input-error.ts";
import { withShifts } from "./decision.ts";
import { type DriftState, noDrift, watched } from "./drift.ts";
import { type FeedbackOptions, noFeedback, withFeedback } from "./feedback.ts";
import { modelNames, predict } from "./predict.ts";
import type { Router } from "./router.ts";

/** A question that was answered after training, as a log has it. */
export interface ObservedAnswer {
  readonly text: string;
  /** Who answered, and how well from 0 to 1; absent where not known. */
  readonly model?: string;
  readonly reward?: number;
  /** Who says so; "unknown" unless given. */
  readonly source?: string;
}

/** An observed answer beside what the router had foreseen. */
interface Foreseen {
  readonly answer: ObservedAnswer;
  readonly novelty: number;
  /** P of the model that answered, as learnt in training, and as stated after earlier feedback. */
  readonly p?: number;
  readonly stated?: number;
}

/**
 * What the router foresees of an answer that was observed.
 * @param place where the answer stands, for messages
 * @throws InputError for a model that the router does not know, or a reward outside of 0 … 1
 */
export function observed(
  router: Router,
  answer: ObservedAnswer,
  place: Pick<InputProblem, "source" | "at"> = {},
): Foreseen {
  const { model, reward } = answer;
  if (reward !== undefined && !(reward >= 0 && reward <= 1))
    throw new InputError("a reward is from 0 to 1", { ...place, field: "reward", found: show(reward) });
  const prediction = predict(router, answer.text);
  const { novelty } = prediction;
  if (model === undefined) return { answer, novelty };
  const m = modelNames(router).indexOf(model);
  if (m < 0)
    throw new InputError("the router does not know this model", {
      ...place,
      field: "model",
      found: show(model),
      expected: modelNames(router).join(", "),
      hint: "Add it with: tripos train FILE --base ROUTER --out ROUTER, or leave its answers out.",
    });
  return { answer, novelty, p: prediction.p[m], stated: withShifts(router, prediction).p[m] };
}

/**
 * The router after feedback, one answer after the other (see {@link withFeedback}); those without model or reward
 * teach nothing.
 * @param options whom to believe, and how far; kept in the router, and those of before unless given
 */
export function fed(router: Router, answers: readonly Foreseen[], options?: FeedbackOptions): Router {
  const whom = options ?? router.feedback?.options ?? {};
  let state = router.feedback?.state ?? noFeedback;
  for (const {
    answer: { model, reward, source = "unknown" },
    p,
  } of answers)
    if (model !== undefined && reward !== undefined && p !== undefined)
      state = withFeedback(state, { model, reward, source, p }, whom);
  return { ...router, feedback: { state, options: whom } };
}

/** The monitor's state after a stream of answers. */
export function watchedStream(answers: readonly Foreseen[]): DriftState {
  return answers.reduce((state, { answer: { reward }, novelty, stated }) => {
    const rewarded = reward !== undefined && stated !== undefined;
    return watched(state, { novelty, ...(rewarded && { p: stated, reward }) });
  }, noDrift);
}
