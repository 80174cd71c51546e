import { type Decision, type RouteRequest, route } from "./decision.ts";
import type { Router } from "./router.ts";

/** One model's answer in a cascade. */
export interface CascadeStep<Answer> {
  readonly model: string;
  /** P(correct) as the router foresaw it. */
  readonly p: number;
  readonly answer: Answer;
  /** P(correct) of this answer as the judge sees it. */
  readonly judged: number;
}

export interface Cascaded<Answer> {
  /** The answer to give: the first that was good enough, else the one that was judged best. */
  readonly chosen: CascadeStep<Answer>;
  /** Whether the chosen answer reached what the policy accepts. */
  readonly accepted: boolean;
  /** All that were asked, in order. */
  readonly asked: readonly CascadeStep<Answer>[];
  readonly decision: Decision;
}

/**
 * Runs the `cascade` policy: asks the cheapest model that may do, has its answer judged, and goes up to the next while
 * the judge's P(correct) stays below what the policy accepts (FrugalGPT, Chen et al. 2023). The judge is a verifier of
 * one's own (unit tests, a second model: 0 or 1, or between), or the model's own confidence. Without one, only the
 * cheapest model with enough P by the router is asked, else the one with the highest.
 *
 * @param accept P(correct) that is enough, 0 … 1
 * @param ask fetches a model's answer
 * @param judge P(correct) of an answer, 0 … 1; where it cannot tell, NaN: the router's own P stands in
 * @throws what `route`, `ask` or `judge` throw
 */
export async function runCascade<Answer>(
  router: Router,
  request: Omit<RouteRequest, "policy">,
  accept: number,
  ask: (model: string) => Promise<Answer>,
  judge?: (answer: Answer, model: string) => Promise<number> | number,
): Promise<Cascaded<Answer>> {
  if (!judge) {
    const decision = route(router, { ...request, policy: { kind: "cheapest", atLeast: accept } });
    const { model, p } = decision;
    const chosen = { model, p, answer: await ask(model), judged: p };
    return { chosen, accepted: p >= accept, asked: [chosen], decision };
  }
  const decision = route(router, { ...request, policy: { kind: "cascade", accept } });
  const asked: CascadeStep<Answer>[] = [];
  for (const { model, p } of decision.candidates) {
    const answer = await ask(model);
    const verdict = await judge(answer, model);
    const step = { model, p, answer, judged: Number.isNaN(verdict) ? p : verdict };
    asked.push(step);
    if (step.judged >= accept) return { chosen: step, accepted: true, asked, decision };
  }
  const chosen = asked.reduce((a, b) => (b.judged >= a.judged ? b : a));
  return { chosen, accepted: false, asked, decision };
}
