import { InputError, show } from "../input-error.ts";
import { type Random, seededNormal } from "../numerics/index.ts";
import { budgetPrice } from "./budget.ts";
import { expectedCosts } from "./costs.ts";
import { type FeedbackOptions, type FeedbackState, feedbackShift } from "./feedback.ts";
import { passesGate } from "./gate.ts";
import { needsCosts, type Policy } from "./policy.ts";
import { modelNames, type Prediction, predict } from "./predict.ts";
import type { Router } from "./router.ts";

const unknownCost = "its cost is unknown";

/** What a model can do, for the constraints of a question. */
export interface Capabilities {
  /** Longest prompt in characters. */
  readonly contextLength?: number;
  readonly tools?: boolean;
  readonly vision?: boolean;
  readonly regions?: readonly string[];
}

export interface RouteRequest {
  readonly text: string;
  /** `quality` unless given. */
  readonly policy?: Policy;
  /** Names of the models that may answer; all unless given. */
  readonly allowed?: readonly string[];
  /** What the question needs of a model. */
  readonly needs?: { readonly tools?: boolean; readonly vision?: boolean; readonly region?: string };
  /** What each model can do; a model without an entry can do everything. */
  readonly capabilities?: Readonly<Record<string, Capabilities>>;
  /** Expected cost of each model's answer in dollars, instead of the router's own estimate. */
  readonly costs?: Readonly<Record<string, number>>;
  /** Reward per dollar for the `budget` policy, from a pacer; the router's own estimate unless given. */
  readonly price?: number;
  /**
   * Dollars that the answer may be expected to cost under the `budget` policy, from a pacer: dearer models are left
   * alone, and where all are dearer the cheapest answers.
   */
  readonly affordable?: number;
  /** What feedback has taught since training. */
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

/** {@link route} for a prediction that is at hand already. */
export function decide(router: Router, foreseen: Prediction, request: RouteRequest): Decision {
  const policy = request.policy ?? { kind: "quality" };
  const models = modelNames(router);
  const prediction = request.feedback
    ? shifted(
        foreseen,
        models.map((model) =>
          feedbackShift(request.feedback as FeedbackState, model, request.feedbackOptions),
        ),
      )
    : foreseen;
  const costs = knownCosts(router, request, models);
  const excluded: { model: string; why: string }[] = [];
  const left: number[] = [];
  for (let m = 0; m < models.length; m++) {
    const why = obstacle(models[m], request);
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
  const { choice, rule, order } = choose(router, prediction, policy, left, costs, request, models);
  const candidate = (m: number): RoutingCandidate => ({
    model: models[m],
    p: prediction.p[m],
    interval: [prediction.low[m], prediction.high[m]],
    ...(Number.isFinite(costs[m]) && { cost: costs[m] }),
  });
  return {
    ...candidate(choice),
    candidates: order.map(candidate),
    excluded,
    rule,
    novelty: prediction.novelty,
  };
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
    gain: { score: move(gain.score), home: move(gain.home) },
  };
}

function knownCosts(router: Router, request: RouteRequest, models: readonly string[]): Float64Array {
  const costs = expectedCosts(router.costs, models.length, request.text);
  for (const [name, cost] of Object.entries(request.costs ?? {})) {
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

/** Why a model cannot answer this question; undefined when it can. */
function obstacle(
  model: string,
  { allowed, needs = {}, capabilities = {}, text }: RouteRequest,
): string | undefined {
  if (allowed && !allowed.includes(model)) return "not among the allowed models";
  const able = Object.hasOwn(capabilities, model) ? capabilities[model] : {};
  if (able.contextLength !== undefined && text.length > able.contextLength)
    return `its context of ${able.contextLength} characters is shorter than the question`;
  if (needs.tools && able.tools === false) return "it cannot use tools";
  if (needs.vision && able.vision === false) return "it cannot see images";
  if (needs.region && able.regions && !able.regions.includes(needs.region))
    return `it is not served in ${needs.region}`;
  return undefined;
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
      ? "Train with data that have costs, or give the models' costs; the policies quality and explore need none."
      : "Allow more models, or ask less of them.",
  });
}

interface Choice {
  readonly choice: number;
  readonly rule: string;
  readonly order: readonly number[];
}

function choose(
  router: Router,
  { p, low, high, gain }: Prediction,
  policy: Policy,
  left: readonly number[],
  costs: Float64Array,
  request: RouteRequest,
  models: readonly string[],
): Choice {
  const byP = left.toSorted((a, b) => p[b] - p[a]);
  const byCost = left.toSorted((a, b) => costs[a] - costs[b] || p[b] - p[a]);
  const say = (m: number) => `${models[m]} (P ${p[m].toFixed(3)})`;
  switch (policy.kind) {
    case "quality": {
      const home = left.toSorted((a, b) => gain.home[b] - gain.home[a])[0];
      const best = left.toSorted((a, b) => gain.score[b] - gain.score[a])[0];
      const leave = best !== home && passesGate(router.gate, gain.score[best] - gain.score[home]);
      const choice = leave ? best : home;
      const rule =
        best === home
          ? `quality: ${say(choice)} is expected to do best`
          : leave
            ? `quality: ${say(choice)} is expected to beat ${say(home)}, the best model for such questions, by enough to be trusted`
            : `quality: ${say(choice)} is the best model for such questions, and the lead of ${say(best)} is too small to be trusted`;
      return { choice, rule, order: byP };
    }
    case "cheapest": {
      const enough = byCost.find((m) => p[m] >= policy.atLeast);
      const choice = enough ?? byP[0];
      const rule =
        enough === undefined
          ? `cheapest: none reaches P ${policy.atLeast}, so the highest P: ${say(choice)}`
          : `cheapest: ${say(choice)} is the cheapest with P ≥ ${policy.atLeast}`;
      return { choice, rule, order: byCost };
    }
    case "utility":
    case "budget": {
      const price =
        policy.kind === "utility"
          ? policy.lambda
          : (request.price ?? budgetPrice(router, policy.perQuestion));
      const worth = (m: number) => p[m] - price * costs[m];
      const most =
        policy.kind === "budget"
          ? (request.affordable ?? Number.POSITIVE_INFINITY)
          : Number.POSITIVE_INFINITY;
      const order = left.toSorted((a, b) => worth(b) - worth(a));
      const choice = order.find((m) => costs[m] <= most) ?? byCost[0];
      const rule =
        choice === order[0]
          ? `${policy.kind}: ${say(choice)} has the highest P − ${price.toPrecision(3)} · cost`
          : `budget: ${say(choice)} has the highest P − ${price.toPrecision(3)} · cost of what the money spent so far leaves`;
      return { choice, rule, order };
    }
    case "cascade": {
      const order = byCost.filter((m, i) => byCost.slice(0, i).every((other) => p[other] < p[m]));
      const choice = order.find((m) => p[m] >= policy.accept) ?? order[0];
      const steps = order.slice(order.indexOf(choice));
      return {
        choice,
        rule: `cascade: ask ${steps.map(say).join(", then ")}, going on while the answer is not good enough`,
        order: steps,
      };
    }
    case "explore": {
      if (!request.random)
        throw new InputError("explore needs a source of randomness", {
          source: "policy explore",
          hint: "Give random: seededRandom(seed), the same one for all questions.",
        });
      const normal = seededNormal(request.random);
      const drawn = new Map(left.map((m) => [m, drawnFrom(p[m], low[m], high[m], normal)]));
      const order = left.toSorted((a, b) => (drawn.get(b) ?? 0) - (drawn.get(a) ?? 0));
      return {
        choice: order[0],
        rule: `explore: ${say(order[0])} had the highest P drawn from its interval`,
        order,
      };
    }
  }
}

/** A draw from the normal distribution around p whose central 95 % are as wide as the interval, kept in [0, 1]. */
function drawnFrom(p: number, low: number, high: number, normal: Random): number {
  return Math.max(0, Math.min(1, p + ((high - low) / 3.92) * normal()));
}
