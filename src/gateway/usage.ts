import { type Price, priceOfTokens } from "../openai/index.ts";

/** Tokens of one request. */
export interface Usage {
  readonly input: number;
  readonly output: number;
  /** True when the upstream did not say and they were estimated from the lengths. */
  readonly estimated: boolean;
}

/** Cost in US dollars; null where the price is unknown. */
export function costOf(usage: Usage, price: Price | undefined): number | null {
  return price === undefined ? null : priceOfTokens(price, usage.input, usage.output);
}

/** Usage as OpenAI's and Anthropic's answers state it, under either's names. */
export function statedUsage(answer: unknown): Usage | undefined {
  const usage = (answer as { usage?: Record<string, unknown> } | null)?.usage;
  if (!usage || typeof usage !== "object") return undefined;
  const input = count(usage.prompt_tokens ?? usage.input_tokens);
  const output = count(usage.completion_tokens ?? usage.output_tokens ?? 0);
  if (input === undefined || output === undefined) return undefined;
  const cached =
    (count(usage.cache_creation_input_tokens) ?? 0) + (count(usage.cache_read_input_tokens) ?? 0);
  return { input: input + cached, output, estimated: false };
}

function count(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? Math.round(value) : undefined;
}

const usageObject = /"usage"\s*:\s*(\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\})/g;

/** Usage stated in the first or last events of a stream (Anthropic states the input first, the output last). */
export function streamedUsage(head: string, tail: string): Usage | undefined {
  const stated = [...head.matchAll(usageObject), ...tail.matchAll(usageObject)];
  let merged: Record<string, unknown> | undefined;
  for (const [, text] of stated)
    try {
      merged = { ...merged, ...(JSON.parse(text) as Record<string, unknown>) };
    } catch {
      // A half of an event at the edge of what was kept.
    }
  return merged && statedUsage({ usage: merged });
}

/** Tokens from lengths: about four characters a token in English text. */
export function estimatedUsage(inputCharacters: number, outputTokens: number): Usage {
  return { input: Math.ceil(inputCharacters / 4), output: Math.ceil(outputTokens), estimated: true };
}
