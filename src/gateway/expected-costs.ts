import type { GatewayConfig } from "./config.ts";

/** Length of an answer that is foretold before any is seen, in tokens. */
const usualAnswer = 300;

/**
 * What a question's answer is expected to cost at each model's price, in US dollars; undefined where the
 * configuration has no prices, so that nothing is made up.
 */
export function expectedCosts(
  config: GatewayConfig,
  text: string,
): Readonly<Record<string, number>> | undefined {
  if (config.models.every(({ price }) => price.input === 0 && price.output === 0)) return undefined;
  return Object.fromEntries(
    config.models.map(({ name, price }) => [
      name,
      (Math.ceil(text.length / 4) * price.input + usualAnswer * price.output) / 1e6,
    ]),
  );
}
