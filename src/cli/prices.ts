import { parse } from "yaml";
import type { Price } from "../exam/index.ts";
import { InputError, show } from "../input-error.ts";

interface Entry {
  readonly input?: unknown;
  readonly output?: unknown;
  readonly input_cost_per_token?: unknown;
  readonly output_cost_per_token?: unknown;
}

/**
 * The price of a model in a table, JSON or YAML: {"model": {"input": $, "output": $}} in dollars for a million tokens, or
 * LiteLLM's {"model": {"input_cost_per_token": $, "output_cost_per_token": $}}; the model "*" stands for all others.
 */
export function priceOf(text: string, source: string, model: string): Price {
  let table: unknown;
  try {
    table = parse(text);
  } catch (error) {
    throw new InputError("the price table cannot be read", { source, found: (error as Error).message });
  }
  const entries = table as Readonly<Record<string, Entry>> | null;
  const entry = entries?.[model] ?? entries?.["*"];
  const input = dollars(entry?.input, entry?.input_cost_per_token);
  const output = dollars(entry?.output, entry?.output_cost_per_token);
  if (input === undefined || output === undefined)
    throw new InputError("the price table has no price of the model", {
      source,
      field: model,
      found: show(entry),
      expected: '{"input": dollars, "output": dollars} for a million tokens',
    });
  return { input, output };
}

function dollars(million: unknown, one: unknown): number | undefined {
  const value = typeof million === "number" ? million : typeof one === "number" ? 1e6 * one : Number.NaN;
  return value >= 0 ? value : undefined;
}
