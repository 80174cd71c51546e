import { type Random, seededRandom } from "../numerics/index.ts";
import { BudgetPacer } from "./budget.ts";
import type { RouteConstraints } from "./constraints.ts";
import { type Decision, decide, type RoutingCandidate, withShifts } from "./decision.ts";
import type { Policy } from "./policy.ts";
import { modelNames, type Prediction, predict } from "./predict.ts";
import type { Router } from "./router.ts";
import type { TestAnswers } from "./test-answers.ts";

/** A test dataset's questions routed one after the other; all arrays in the order of `answers.questions`. */
export interface RoutedStream {
  readonly predictions: readonly Prediction[];
  readonly decisions: readonly Decision[];
  /** The model whose answer counts: the chosen one, for `cascade` the last that was asked. */
  readonly answering: readonly string[];
  readonly rewards: Float64Array;
  /** Dollars of all that were asked; NaN where unknown. */
  readonly costs: Float64Array;
  /** For `cascade`: rewards and costs if a verifier that is never wrong stopped it. */
  readonly verified: { readonly rewards: Float64Array; readonly costs: Float64Array };
}

export interface StreamOptions {
  readonly policy: Policy;
  readonly seed: number;
  readonly constraints?: RouteConstraints | undefined;
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** Routes each question among the models that answered it, keeping what is spent. */
export function routeStream(
  router: Router,
  answers: TestAnswers,
  { policy, seed, constraints = {}, onProgress }: StreamOptions,
): RoutedStream {
  const models = modelNames(router);
  const pacer = policy.kind === "budget" ? new BudgetPacer(router, policy.perQuestion) : undefined;
  const random: Random = seededRandom(seed);
  const count = answers.questions.length;
  const rewards = new Float64Array(count);
  const costs = new Float64Array(count);
  const verified = { rewards: new Float64Array(count), costs: new Float64Array(count) };
  const predictions: Prediction[] = [];
  const decisions: Decision[] = [];
  const answering: string[] = [];
  answers.questions.forEach((i, k) => {
    const text = answers.text(i);
    const possible = models.filter((model) => answers.answered(model, i));
    const allowed = constraints.allowed
      ? possible.filter((model) => constraints.allowed?.includes(model))
      : possible;
    const prediction = predict(router, text);
    const decision = decide(router, prediction, {
      ...constraints,
      text,
      policy,
      allowed,
      random,
      ...(pacer && { price: pacer.price, affordable: pacer.affordable }),
    });
    const spentOn = (asked: readonly string[]) =>
      asked.reduce((sum, model) => sum + answers.cost(model, i), 0);
    const asked =
      policy.kind === "cascade" ? askedUntil(decision, ({ p }) => p >= policy.accept) : [decision.model];
    const last = asked[asked.length - 1];
    predictions.push(withShifts(router, prediction));
    decisions.push(decision);
    answering.push(last);
    rewards[k] = answers.reward(last, i);
    costs[k] = spentOn(asked);
    if (policy.kind === "cascade") {
      const checked = askedUntil(decision, ({ model }) => answers.reward(model, i) >= 0.5);
      verified.rewards[k] = answers.reward(checked[checked.length - 1], i);
      verified.costs[k] = spentOn(checked);
    }
    pacer?.spend(Number.isFinite(costs[k]) ? costs[k] : (decision.cost ?? 0));
    if (k % 100 === 99) onProgress?.(k + 1);
  });
  return { predictions, decisions, answering, rewards, costs, verified };
}

/** The models of a cascade that are asked: up to the first that is enough, or all. */
function askedUntil({ candidates }: Decision, enough: (candidate: RoutingCandidate) => boolean): string[] {
  const last = candidates.findIndex(enough);
  return (last < 0 ? candidates : candidates.slice(0, last + 1)).map(({ model }) => model);
}
