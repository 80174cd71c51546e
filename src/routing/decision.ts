import { InputError, show } from "../input-error.ts";
import type { Random } from "../numerics/index.ts";
import { choose } from "./choice.ts";
import { obstacle, type RouteConstraints } from "./constraints.ts";
import { expectedCosts } from "./costs.ts";
import { type FeedbackOptions, type FeedbackState, feedbackShift } from "./feedback.ts";
import { needsCosts, type Policy } from "./policy.ts";
import { isEmpty, modelNames, type Prediction, predict } from "./predict.ts";
import type { DecisionRules, Router } from "./router.ts";

const unknownCost = "its cost is unknown";
const ofNothing = "the question is empty, so only how good the models are overall is known";

export interface RouteRequest extends RouteConstraints {
  readonly text: string;
  /** `quality` unless given. */
  readonly policy?: Policy;
  /** Expected cost of each model's answer in dollars, instead of the router's own estimate. */
  readonly costs?: Readonly<Record<string, number>>;
  /** Reward per dollar for the `budget` policy, from a pacer; the router's own estimate unless given. */
  readonly price?: number;
  /**
   * Dollars that the answer may be expected to cost under the `budget` policy, from a pacer: dearer models are left
   * alone, and where all are dearer the cheapest answers.
   */
  readonly affordable?: number;
  /** What feedback has taught since training, instead of what the router itself has kept of it. */
  readonly feedback?: FeedbackState;
  readonly feedbackOptions?: FeedbackOptions;
  /** Source of randomness, which `explore` needs: `seededRandom(seed)`, the same one for all questions. */
  readonly random?: Random;
}

export interface RoutingCandidate {
  readonly model: string;
  /** P(correct), or the expected score where answers are graded. */
  readonly p: number;
  /** 95 % interval of p. */
  readonly interval: readonly [number, number];
  /** Expected cost in dollars; absent where unknown. */
  readonly cost?: number;
}

export interface Decision {
  readonly model: string;
  readonly p: number;
  readonly interval: readonly [number, number];
  readonly cost?: number;
  /** The models that could answer; for `cascade` in the order in which to ask them. */
  readonly candidates: readonly RoutingCandidate[];
  /** Models left out, and why. */
  readonly excluded: readonly { readonly model: string; readonly why: string }[];
  /** The rule that chose, in a sentence. */
  readonly rule: string;
  /** 0 for a question like those of training, up to 1 for one unlike any of them. */
  readonly novelty: number;
}

/**
 * Chooses a model for a question. Pure: the same router and request give the same decision (`explore` draws from
 * `request.random`).
 * @throws InputError when no model is left, a policy needs costs that are unknown, or `explore` has no randomness
 */
export function route(router: Router, request: RouteRequest): Decision {
  return decide(router, predict(router, request.text), request);
}

/** {@link route} for a prediction that is at hand already, be it of a router or from elsewhere. */
export function decide(router: DecisionRules, foreseen: Prediction, request: RouteRequest): Decision {
  const policy = request.policy ?? { kind: "quality" };
  const models = modelNames(router);
  const prediction = withShifts(router, foreseen, request);
  const costs = knownCosts(router, request, models);
  const excluded: { model: string; why: string }[] = [];
  const left: number[] = [];
  for (let m = 0; m < models.length; m++) {
    const why = obstacle(models[m], request.text, request);
    if (why) excluded.push({ model: models[m], why });
    else if (needsCosts(policy) && !Number.isFinite(costs[m]))
      excluded.push({ model: models[m], why: unknownCost });
    else left.push(m);
  }
  for (const name of request.allowed ?? [])
    if (!models.includes(name))
      throw new InputError("the router does not know this model", {
        source: "allowed models",
        found: show(name),
        expected: models.join(", "),
        hint: "Add it from its answers to some anchor questions (addModel), or train again with its answers.",
      });
  if (left.length === 0) throw noneLeft(excluded, policy);
  const { price, affordable, random } = request;
  const field = { router, models, prediction, costs, left, price, affordable, random };
  const { choice, rule, order } = choose(policy, field);
  const candidate = (m: number): RoutingCandidate => {
    const [model, p, cost] = [models[m], prediction.p[m], costs[m]];
    const interval = [prediction.low[m], prediction.high[m]] as const;
    return Number.isFinite(cost) ? { model, p, interval, cost } : { model, p, interval };
  };
  return {
    ...candidate(choice),
    candidates: order.map(candidate),
    excluded,
    rule: isEmpty(request.text) ? `${ofNothing}; ${rule}` : rule,
    novelty: prediction.novelty,
  };
}

/** What is foreseen after feedback: the request's, else what the router has learnt. */
export function withShifts(
  router: DecisionRules,
  foreseen: Prediction,
  {
    feedback = router.feedback?.state,
    feedbackOptions = router.feedback?.options,
  }: Partial<RouteRequest> = {},
): Prediction {
  if (!feedback) return foreseen;
  return shifted(
    foreseen,
    modelNames(router).map((model) => feedbackShift(feedback, model, feedbackOptions)),
  );
}

/** The prediction with each model's rewards moved. */
function shifted(prediction: Prediction, shifts: readonly number[]): Prediction {
  const move = (values: Float64Array) => values.map((value, m) => value + shifts[m]);
  const inside = (values: Float64Array) => move(values).map((value) => Math.max(0, Math.min(1, value)));
  const { p, low, high, gain } = prediction;
  return {
    ...prediction,
    p: inside(p),
    low: inside(low),
    high: inside(high),
    gain: { ...gain, score: move(gain.score), baseline: move(gain.baseline) },
  };
}

function knownCosts(router: DecisionRules, request: RouteRequest, models: readonly string[]): Float64Array {
  const costs = expectedCosts(router.costs, models.length, request.text);
  const given = request.costs ?? {};
  for (const name of Object.keys(given)) {
    const cost = given[name];
    if (!(cost >= 0 && Number.isFinite(cost)))
      throw new InputError("a cost must be a number of dollars, at least 0", {
        source: "costs",
        field: name,
        found: show(cost),
      });
    const m = models.indexOf(name);
    if (m >= 0) costs[m] = cost;
  }
  return costs;
}

/** Says each reason once, with a model or two that it holds for. */
function noneLeft(excluded: readonly { model: string; why: string }[], policy: Policy): InputError {
  const whys = [...new Set(excluded.map(({ why }) => why))];
  const reasons = whys.map((reason) => {
    const models = excluded.filter(({ why }) => why === reason).map(({ model }) => model);
    const more = models.length > 2 ? ` and ${models.length - 2} more` : "";
    return `${models.slice(0, 2).join(", ")}${more}: ${reason}`;
  });
  return new InputError("no model is left to answer this question", {
    source: `policy ${policy.kind}`,
    found: reasons.slice(0, 3).join("; "),
    hint: whys.includes(unknownCost)
      ? "Give a price table (--prices FILE), or train with data that have costs; the policies quality and explore need none."
      : "Allow more models, or ask less of them.",
  });
}
