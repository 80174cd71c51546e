import { InputError } from "../input-error.ts";
import type { Router } from "./router.ts";

/** For each price of money (reward per dollar, ascending), the mean cost of the choices that maximise P − price · cost. */
export interface PriceCurve {
  readonly prices: Float64Array;
  readonly costs: Float64Array;
}

/**
 * @param p n × models probabilities of questions, out of bag
 * @param costs n × models expected costs; NaN where a model's are unknown
 */
export function fitPriceCurve(p: Float64Array, costs: Float64Array, models: number): PriceCurve {
  const n = p.length / models;
  const finite = costs.filter((cost) => Number.isFinite(cost) && cost > 0);
  const typical = finite.reduce((sum, cost) => sum + cost, 0) / Math.max(1, finite.length) || 1;
  const prices = Float64Array.from({ length: 241 }, (_, k) => (k === 0 ? 0 : 10 ** (-4 + k / 30) / typical));
  const means = prices.map((price) => {
    let total = 0;
    for (let i = 0; i < n; i++) {
      let best = -1;
      for (let m = 0; m < models; m++) {
        const o = i * models;
        if (!Number.isFinite(costs[o + m])) continue;
        if (best < 0 || p[o + m] - price * costs[o + m] > p[o + best] - price * costs[o + best]) best = m;
      }
      if (best >= 0) total += costs[i * models + best] / n;
    }
    return total;
  });
  return { prices, costs: means };
}

/**
 * The lowest price of money at which the mean cost stays within the budget: the Lagrange multiplier of
 * "maximise mean P subject to mean cost ≤ perQuestion".
 * @throws InputError when the router knows no costs
 */
export function budgetPrice({ priceCurve }: Pick<Router, "priceCurve">, perQuestion: number): number {
  if (!priceCurve)
    throw new InputError("the router knows no costs, so it cannot keep a budget", {
      hint: "Give a price table (--prices FILE), or train with data that have costs.",
    });
  const { prices, costs } = priceCurve;
  const k = costs.findIndex((cost) => cost <= perQuestion);
  if (k < 0) return prices[prices.length - 1];
  if (k === 0) return prices[0];
  const share = (costs[k - 1] - perQuestion) / Math.max(1e-300, costs[k - 1] - costs[k]);
  return prices[k - 1] + share * (prices[k] - prices[k - 1]);
}

/** Questions' worth of money that a stream may be ahead of its budget by: 1 % of the mean after 400 questions. */
const credit = 4;

/**
 * Keeps a stream of questions within a budget: the price of money moves with what was spent so far, so that the mean
 * cost ends at the budget even where the questions differ from those of training; and no answer may be chosen that
 * would put the stream ahead of its budget by more than four questions' worth.
 */
export class BudgetPacer {
  /** Reward per dollar, for {@link RouteRequest.price}. */
  price: number;
  private spent = 0;
  private asked = 0;
  private readonly perQuestion: number;

  constructor(router: Router, perQuestion: number) {
    this.perQuestion = perQuestion;
    this.price = router.priceCurve ? budgetPrice(router, perQuestion) : 0;
  }

  /** Dollars that the next answer may cost, for {@link RouteRequest.affordable}; 0 or less when nothing is left. */
  get affordable(): number {
    return this.perQuestion * (this.asked + 1 + credit) - this.spent;
  }

  /** To be told what each answer cost (or was expected to, where the bill is not known). */
  spend(cost: number): void {
    this.asked++;
    this.spent += cost;
    if (this.perQuestion <= 0) return;
    const over = (this.spent / this.asked - this.perQuestion) / this.perQuestion;
    const latest = (cost - this.perQuestion) / this.perQuestion;
    const least = 1e-4 / this.perQuestion;
    const step = Math.max(
      -0.5,
      Math.min(0.5, 0.2 * over + (0.02 * latest) / Math.sqrt(1 + this.asked / 100)),
    );
    this.price = Math.max(least, this.price) * Math.exp(step);
  }
}
