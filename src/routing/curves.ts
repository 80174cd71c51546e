import { expectedCosts } from "./costs.ts";
import { modelNames } from "./predict.ts";
import type { Router } from "./router.ts";
import type { RoutedStream } from "./stream.ts";
import type { TestAnswers } from "./test-answers.ts";
import type { TradeOff } from "./trade-off.ts";

/** What a question's models promise, and what they gave. */
interface Offer {
  readonly p: number;
  /** Expected, and real, cost in dollars. */
  readonly expected: number;
  readonly cost: number;
  readonly reward: number;
}

/** Mean cost and reward of a policy at each of its settings, on the questions with known costs. */
export interface PolicyCurves {
  /** The highest P − price · cost, for rising prices of money. */
  readonly utility: readonly TradeOff[];
  /** The cheapest with P ≥ τ, for τ = 0, .02, … 1. */
  readonly cheapest: readonly TradeOff[];
}

const thresholds = Array.from({ length: 51 }, (_, k) => k / 50);

export function policyCurves(router: Router, answers: TestAnswers, stream: RoutedStream): PolicyCurves {
  const prices = router.priceCurve?.prices;
  if (!answers.hasCosts || !prices) return { utility: [], cheapest: [] };
  const models = modelNames(router);
  const offers = answers.questions
    .map((i, k): Offer[] => {
      const expected = expectedCosts(router.costs, models.length, answers.text(i));
      return models.flatMap((model, m) => {
        if (!answers.answered(model, i) || Number.isNaN(expected[m])) return [];
        const offer = { p: stream.predictions[k].p[m], expected: expected[m], cost: answers.cost(model, i) };
        return Number.isFinite(offer.cost) ? [{ ...offer, reward: answers.reward(model, i) }] : [];
      });
    })
    .filter((those) => those.length > 0);
  const curve = (settings: ArrayLike<number>, chosen: (those: readonly Offer[], setting: number) => Offer) =>
    Array.from(settings, (setting): TradeOff => {
      let cost = 0;
      let reward = 0;
      for (const those of offers) {
        const offer = chosen(those, setting);
        cost += offer.cost / offers.length;
        reward += offer.reward / offers.length;
      }
      return { cost, reward };
    });
  return {
    utility: curve(prices, (those, price) =>
      those.reduce((a, b) => (b.p - price * b.expected > a.p - price * a.expected ? b : a)),
    ),
    cheapest: curve(thresholds, (those, tau) => {
      const enough = those.filter(({ p }) => p >= tau);
      return enough.length > 0
        ? enough.reduce((a, b) => (b.expected < a.expected ? b : a))
        : those.reduce((a, b) => (b.p > a.p ? b : a));
    }),
  };
}
