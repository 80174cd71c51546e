import type { GatewayConfig } from "./config.ts";
import { costOf } from "./usage.ts";

/** Length of an answer that is foretold before any is seen, in tokens. */
const usualAnswer = 300;

/** Foretells what a question's answer costs at each model whose price is known, in US dollars. */
export function costForecast({ models }: GatewayConfig): (text: string) => Readonly<Record<string, number>> {
  const priced = models.filter(({ price }) => price !== undefined);
  return (text) => {
    const usage = { input: Math.ceil(text.length / 4), output: usualAnswer, estimated: true };
    const costs: Record<string, number> = {};
    for (const { name, price } of priced) costs[name] = costOf(usage, price)!;
    return costs;
  };
}
