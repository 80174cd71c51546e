import { InputError } from "../input-error.ts";
import { type Random, seededNormal } from "../numerics/index.ts";
import { budgetPrice } from "./budget.ts";
import type { Policy } from "./policy.ts";
import type { Prediction } from "./predict.ts";
import type { DecisionRules } from "./router.ts";

/** What a policy chooses from. */
export interface Field {
  readonly router: DecisionRules;
  readonly models: readonly string[];
  readonly prediction: Prediction;
  /** Expected cost of each model's answer, NaN where unknown. */
  readonly costs: Float64Array;
  /** Indices of the models that may answer, at least one. */
  readonly left: readonly number[];
  /** Reward per dollar and dollars at most for this answer, from a pacer (`budget`). */
  readonly price?: number | undefined;
  readonly affordable?: number | undefined;
  readonly random?: Random | undefined;
}

/** A model, the rule that chose it in a sentence, and the models in the order of the policy. */
export interface Choice {
  readonly choice: number;
  readonly rule: string;
  readonly order: readonly number[];
}

/** Applies a policy. @throws InputError where `explore` has no randomness */
export function choose(policy: Policy, field: Field): Choice {
  switch (policy.kind) {
    case "quality":
      return byQuality(field);
    case "cheapest":
      return cheapestAbove(field, policy.atLeast);
    case "utility":
      return byUtility(field, policy.lambda);
    case "budget":
      return withinBudget(field, policy.perQuestion);
    case "cascade":
      return upwards(field, policy.accept);
    case "explore":
      return byDraw(field);
  }
}

const saying =
  ({ models, prediction: { p } }: Field) =>
  (m: number) =>
    `${models[m]} (P ${p[m].toFixed(3)})`;

const best = (left: readonly number[], value: ArrayLike<number>): number =>
  left.reduce((a, b) => (value[b] > value[a] ? b : a));

const cheapestFirst = ({ left, costs, prediction: { p } }: Field): number[] =>
  left.toSorted((a, b) => costs[a] - costs[b] || p[b] - p[a]);

const likeliestFirst = ({ left, prediction: { p } }: Field): number[] => left.toSorted((a, b) => p[b] - p[a]);

function byQuality(field: Field): Choice {
  const { left, router, prediction } = field;
  const { score, baseline: usual, margin = router.gate.margin } = prediction.gain;
  const say = saying(field);
  const order = likeliestFirst(field);
  const baseline = best(left, usual);
  const rival = best(left, score);
  if (rival === baseline)
    return { choice: baseline, rule: `quality: ${say(baseline)} is expected to do best`, order };
  if (score[rival] - score[baseline] > margin)
    return {
      choice: rival,
      rule: `quality: ${say(rival)} is expected to beat ${say(baseline)}, the best model for such questions, by enough to be trusted`,
      order,
    };
  return {
    choice: baseline,
    rule: `quality: ${say(baseline)} is the best model for such questions, and the lead of ${say(rival)} is too small to be trusted`,
    order,
  };
}

function cheapestAbove(field: Field, atLeast: number): Choice {
  const say = saying(field);
  const order = cheapestFirst(field);
  const enough = order.find((m) => field.prediction.p[m] >= atLeast);
  if (enough !== undefined)
    return {
      choice: enough,
      rule: `cheapest: ${say(enough)} is the cheapest with P ≥ ${atLeast}`,
      order,
    };
  const [choice] = likeliestFirst(field);
  return { choice, rule: `cheapest: none reaches P ${atLeast}, so the highest P: ${say(choice)}`, order };
}

/** Models by P − price · cost. */
const byWorth = ({ left, costs, prediction: { p } }: Field, price: number): number[] =>
  left.toSorted((a, b) => p[b] - price * costs[b] - (p[a] - price * costs[a]));

function byUtility(field: Field, lambda: number): Choice {
  const order = byWorth(field, lambda);
  const rule = `utility: ${saying(field)(order[0])} has the highest P − ${lambda.toPrecision(3)} · cost`;
  return { choice: order[0], rule, order };
}

function withinBudget(field: Field, perQuestion: number): Choice {
  const { router, costs } = field;
  const say = saying(field);
  // A router that has not learnt what money is worth keeps each single answer within the budget.
  const paced = field.price !== undefined || router.priceCurve !== undefined;
  const price = field.price ?? (router.priceCurve ? budgetPrice(router, perQuestion) : 0);
  const most = field.affordable ?? (paced ? Number.POSITIVE_INFINITY : perQuestion);
  const order = byWorth(field, price);
  const choice = order.find((m) => costs[m] <= most) ?? cheapestFirst(field)[0];
  if (!paced)
    return { choice, rule: `budget: ${say(choice)} has the highest P within $${perQuestion}`, order };
  const what = `budget: ${say(choice)} has the highest P − ${price.toPrecision(3)} · cost`;
  const rule = choice === order[0] ? what : `${what} of what the money spent so far leaves`;
  return { choice, rule, order };
}

function upwards(field: Field, accept: number): Choice {
  const { p } = field.prediction;
  const byCost = cheapestFirst(field);
  const ladder = byCost.filter((m, i) => byCost.slice(0, i).every((other) => p[other] < p[m]));
  const choice = ladder.find((m) => p[m] >= accept) ?? ladder[0];
  const order = ladder.slice(ladder.indexOf(choice));
  const asked = order.map(saying(field)).join(", then ");
  return { choice, rule: `cascade: ask ${asked}, going on while the answer is not good enough`, order };
}

function byDraw(field: Field): Choice {
  const { left, random, prediction } = field;
  if (!random)
    throw new InputError("explore needs a source of randomness", {
      source: "policy explore",
      hint: "Give random: seededRandom(seed), the same one for all questions.",
    });
  const { p, low, high } = prediction;
  const normal = seededNormal(random);
  const drawn = new Map(left.map((m) => [m, drawnFrom(p[m], low[m], high[m], normal)]));
  const order = left.toSorted((a, b) => (drawn.get(b) ?? 0) - (drawn.get(a) ?? 0));
  const rule = `explore: ${saying(field)(order[0])} had the highest P drawn from its interval`;
  return { choice: order[0], rule, order };
}

/** A draw from the normal distribution around p whose central 95 % are as wide as the interval, kept in [0, 1]. */
function drawnFrom(p: number, low: number, high: number, normal: Random): number {
  return Math.max(0, Math.min(1, p + ((high - low) / 3.92) * normal()));
}
