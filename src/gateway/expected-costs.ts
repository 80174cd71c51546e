import type { GatewayConfig } from "./config.ts";
import { costOf } from "./usage.ts";

/** Length of an answer that is foretold before any is seen, in tokens. */
const usualAnswer = 300;

/** What a question's answer is expected to cost at each model whose price is known, in US dollars. */
export function expectedCosts({ models }: GatewayConfig, text: string): Readonly<Record<string, number>> {
  const usage = { input: Math.ceil(text.length / 4), output: usualAnswer, estimated: true };
  return Object.fromEntries(
    models.flatMap(({ name, price }) => {
      const cost = costOf(usage, price);
      return cost === null ? [] : [[name, cost]];
    }),
  );
}
