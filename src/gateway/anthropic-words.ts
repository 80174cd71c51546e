/** Fields of a JSON object. */
export type Fields = Record<string, unknown>;

/** Why an answer ended, in OpenAI's word for Anthropic's. */
export const finishOf: Readonly<Record<string, string>> = {
  end_turn: "stop",
  stop_sequence: "stop",
  max_tokens: "length",
  tool_use: "tool_calls",
  refusal: "content_filter",
};
/** … and the other way round. */
export const stopOf: Readonly<Record<string, string>> = {
  stop: "end_turn",
  length: "max_tokens",
  tool_calls: "tool_use",
  content_filter: "refusal",
};

/** Anthropic's usage as OpenAI states it. */
export function chatUsage(usage: Fields | undefined): Fields {
  const read = (name: string) => Number(usage?.[name] ?? 0);
  const cached = read("cache_read_input_tokens");
  const input = read("input_tokens") + cached + read("cache_creation_input_tokens");
  const output = read("output_tokens");
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: cached },
  };
}

/** Clients of the Messages API know its answers by `msg_`. */
export function messageId(chatId: unknown): string {
  return `msg_${String(chatId ?? crypto.randomUUID()).replace(/^(chatcmpl-|msg_)/, "")}`;
}

/** OpenAI's usage as Anthropic states it. */
export function messageUsage(usage: Fields | undefined): Fields {
  return {
    input_tokens: Number(usage?.prompt_tokens ?? 0),
    output_tokens: Number(usage?.completion_tokens ?? 0),
  };
}
