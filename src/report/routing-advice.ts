import type { DatasetEvaluation, GainOverBest } from "../routing/index.ts";

type Outcome = "gains" | "loses" | "losesForLess" | "even" | "evenForLess";

/** How one place says it: each outcome, and the numbers. */
export interface AdviceWords extends Readonly<Record<Outcome, (gain: GainOverBest) => string>> {
  /** What the router costs beside the other; `saved` is a share of the other's cost, negative where the router costs more. */
  costs(costs: NonNullable<GainOverBest["costs"]>, over: string, saved: number): string;
  reward(value: number): string;
  dollars(value: number): string;
}

/**
 * Whether routing pays on a dataset, in quality and, where costs are known, in money, against the model that was best in
 * training; and, in hindsight, a cheaper model that earned as much.
 */
export function routingAdvice({ name, gain }: DatasetEvaluation, words: AdviceWords): string {
  const { over, interval, costs, cheaper } = gain;
  const saved = costs && costs.over > 0 ? 1 - costs.router / costs.over : 0;
  const outcome = interval[0] > 0 ? "gains" : interval[1] < 0 ? "loses" : "even";
  return [
    `${name}:`,
    words[outcome !== "gains" && saved > 0 ? (`${outcome}ForLess` as const) : outcome](gain),
    ...(costs && Math.abs(saved) >= 0.005 ? [words.costs(costs, over, saved)] : []),
    ...(cheaper
      ? [
          `${over} was the best in training; here ${cheaper.model} earned ${words.reward(cheaper.reward)} at ${words.dollars(cheaper.cost)} a question, no less than it.`,
        ]
      : []),
  ].join(" ");
}
