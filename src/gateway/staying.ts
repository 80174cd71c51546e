import type { Policy } from "../routing/index.ts";
import type { Candidate, Decision, Question } from "./decide.ts";

/** What a `budget` policy's pacer says of the next answer: reward a dollar, and dollars at most. */
interface Pace {
  readonly price: number;
  readonly affordable: number;
}

/**
 * The decision, or the conversation's model where leaving it gains at most the question's `stickiness` in what the policy
 * aims at: P (`quality`, `explore`), P − price · cost (`utility`, `budget`), a share of the cost (`cheapest`). A model that
 * the policy would not take at all (P below what `cheapest` asks for, dearer than the budget) is left. A cascade begins with
 * its cheapest model each time.
 *
 * @param pace of a paced `budget`; without one each single answer keeps within the budget
 */
export function stayed(
  decision: Decision,
  policy: Policy,
  { conversation }: Question,
  pace?: Pace | undefined,
): Decision {
  if (!conversation || decision.cascade || conversation.model === decision.model) return decision;
  const standing = decision.candidates.find(({ model }) => model === conversation.model);
  if (!standing) return decision;
  const { gain, of } = gained(policy, decision, standing, pace);
  if (gain > conversation.stickiness) return decision;
  const why = Number.isNaN(gain) ? "" : `: ${decision.model} would gain ${gain.toFixed(3)} ${of}`;
  return {
    ...standing,
    candidates: [standing, ...decision.candidates.filter((each) => each !== standing)],
    rule: `the conversation stays with its model${why}`,
  };
}

/** What the chosen model has over the conversation's; infinite where the policy would not take that one. */
function gained(
  policy: Policy,
  chosen: Candidate,
  standing: Candidate,
  pace: Pace | undefined,
): { gain: number; of: string } {
  const inP = { gain: chosen.p - standing.p, of: "in P" };
  const left = { gain: Number.POSITIVE_INFINITY, of: "" };
  const [cost, before] = [chosen.cost ?? Number.NaN, standing.cost ?? Number.NaN];
  const worth = (price: number) => ({
    gain: inP.gain - price * (cost - before),
    of: `in P − ${price.toPrecision(3)} · cost`,
  });
  switch (policy.kind) {
    case "cheapest":
      if (chosen.p < policy.atLeast) return inP;
      if (standing.p < policy.atLeast) return left;
      return { gain: before > 0 ? 1 - cost / before : 0, of: "of the cost" };
    case "utility":
      return worth(policy.lambda);
    case "budget":
      if (before > (pace?.affordable ?? policy.perQuestion) && before > cost) return left;
      return pace ? worth(pace.price) : inP;
    default:
      return inP;
  }
}
