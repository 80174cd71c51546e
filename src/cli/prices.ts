import { parse } from "yaml";
import type { Price } from "../exam/index.ts";
import { InputError, show } from "../input-error.ts";

/** The price of a model in a table, {"model": {"input": $, "output": $}} for a million tokens, JSON or YAML. */
export function priceOf(text: string, source: string, model: string): Price {
  let table: unknown;
  try {
    table = parse(text);
  } catch (error) {
    throw new InputError("the price table cannot be read", { source, found: (error as Error).message });
  }
  const price = (table as Record<string, { input?: unknown; output?: unknown }> | null)?.[model];
  const { input, output } = price ?? {};
  if (typeof input !== "number" || typeof output !== "number" || input < 0 || output < 0)
    throw new InputError("the price table has no price of the model", {
      source,
      field: model,
      found: show(price),
      expected: '{"input": dollars, "output": dollars} for a million tokens',
    });
  return { input, output };
}
