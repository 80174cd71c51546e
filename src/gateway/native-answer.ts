import type { NativeModel } from "./native-request.ts";

type Whole = Awaited<ReturnType<NativeModel["doGenerate"]>>;
type Stream = Awaited<ReturnType<NativeModel["doStream"]>>["stream"];
type Piece = Stream extends ReadableStream<infer P> ? P : never;

const finishes: Readonly<Record<string, string>> = {
  length: "length",
  "content-filter": "content_filter",
  "tool-calls": "tool_calls",
};

const finishOf = ({ unified }: Whole["finishReason"]): string => finishes[unified] ?? "stop";

function usageOf({ inputTokens, outputTokens }: Whole["usage"]): object {
  const { total: input, cacheRead } = inputTokens;
  if (input === undefined) return {};
  const output = outputTokens.total ?? 0;
  return {
    usage: {
      prompt_tokens: input,
      completion_tokens: output,
      total_tokens: input + output,
      ...(cacheRead !== undefined && { prompt_tokens_details: { cached_tokens: cacheRead } }),
    },
  };
}

const seconds = () => Math.floor(Date.now() / 1000);

/** A whole answer of the Vercel AI SDK's as a chat answer. */
export function callToChat({ content, finishReason, usage }: Whole, model: string): object {
  const text = content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("");
  const thought = content.flatMap((part) => (part.type === "reasoning" ? [part.text] : [])).join("");
  const calls = content.flatMap((part) =>
    part.type === "tool-call"
      ? [{ id: part.toolCallId, type: "function", function: { name: part.toolName, arguments: part.input } }]
      : [],
  );
  const message = {
    role: "assistant",
    content: text || (calls.length > 0 ? null : ""),
    ...(thought && { reasoning_content: thought }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
  return {
    id: `chatcmpl-${crypto.randomUUID()}`,
    object: "chat.completion",
    created: seconds(),
    model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishOf(finishReason) }],
    ...usageOf(usage),
  };
}

/**
 * Turns the pieces of a streamed answer, one after another, into the events of a chat answer.
 * @throws the error that the stream holds
 */
export function piecesToChat(model: string): (piece: Piece) => string {
  const shared = {
    id: `chatcmpl-${crypto.randomUUID()}`,
    object: "chat.completion.chunk",
    created: seconds(),
    model,
  };
  const calls = new Map<string, number>();
  let begun = false;
  const chunk = (delta: object, finish: string | null = null, more: object = {}) => {
    const role = begun ? {} : { role: "assistant" };
    begun = true;
    const choices = [{ index: 0, delta: { ...role, ...delta }, finish_reason: finish }];
    return `data: ${JSON.stringify({ ...shared, choices, ...more })}\n\n`;
  };
  const begin = (id: string, name: string, given: string) => {
    const index = calls.size;
    calls.set(id, index);
    return chunk({ tool_calls: [{ index, id, type: "function", function: { name, arguments: given } }] });
  };
  return (piece) => {
    switch (piece.type) {
      case "text-delta":
        return piece.delta ? chunk({ content: piece.delta }) : "";
      case "reasoning-delta":
        return chunk({ reasoning_content: piece.delta });
      case "tool-input-start":
        return begin(piece.id, piece.toolName, "");
      case "tool-input-delta":
        return chunk({
          tool_calls: [{ index: calls.get(piece.id), function: { arguments: piece.delta } }],
        });
      case "tool-call": // Whole only where it did not come in parts.
        return calls.has(piece.toolCallId) ? "" : begin(piece.toolCallId, piece.toolName, piece.input);
      case "finish":
        return `${chunk({}, finishOf(piece.finishReason), usageOf(piece.usage))}data: [DONE]\n\n`;
      case "error":
        throw piece.error;
      default:
        return "";
    }
  };
}
