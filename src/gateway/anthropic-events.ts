import { chatUsage, type Fields, finishOf, messageId, messageUsage, stopOf } from "./anthropic-words.ts";

/** Turns the events of a streamed answer of the Messages API into those of a chat answer, one after another. */
export function messageEventsToChat(): (data: Fields) => string {
  let shared: Fields = {};
  let usage: Fields = {};
  let calls = -1;
  const chunk = (delta: Fields, finish: string | null = null, more: Fields = {}) =>
    `data: ${JSON.stringify({ ...shared, choices: [{ index: 0, delta, finish_reason: finish }], ...more })}\n\n`;
  return (event) => {
    switch (event.type) {
      case "message_start": {
        const message = event.message as Fields;
        usage = message.usage as Fields;
        shared = {
          id: message.id,
          object: "chat.completion.chunk",
          created: Math.floor(Date.now() / 1000),
          model: message.model,
        };
        return chunk({ role: "assistant", content: "" });
      }
      case "content_block_start": {
        const { type, id, name } = event.content_block as Fields;
        if (type !== "tool_use") return "";
        return chunk({
          tool_calls: [{ index: ++calls, id, type: "function", function: { name, arguments: "" } }],
        });
      }
      case "content_block_delta": {
        const { type, text, partial_json } = event.delta as Fields;
        if (type === "text_delta") return chunk({ content: text });
        if (type === "input_json_delta")
          return chunk({ tool_calls: [{ index: calls, function: { arguments: partial_json } }] });
        return "";
      }
      case "message_delta": {
        usage = { ...usage, ...(event.usage as Fields) };
        const { stop_reason } = event.delta as Fields;
        return chunk({}, finishOf[String(stop_reason)] ?? "stop", { usage: chatUsage(usage) });
      }
      case "message_stop":
        return "data: [DONE]\n\n";
      case "error":
        return `data: ${JSON.stringify({ error: event.error })}\n\n`;
      default:
        return "";
    }
  };
}

/** Turns the events of a streamed chat answer into those of the Messages API. */
export function chatEventsToMessage(): (data: Fields) => string {
  let begun = false;
  let block = -1;
  let open: "text" | "tool_use" | undefined;
  let stop: string | undefined;
  let usage: Fields | undefined;
  let ended = false;
  const event = (data: { type: string } & Fields) => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
  const close = () => {
    if (!open) return "";
    open = undefined;
    return event({ type: "content_block_stop", index: block });
  };
  const start = (content_block: { type: "text" | "tool_use" } & Fields) => {
    const before = close();
    open = content_block.type;
    return before + event({ type: "content_block_start", index: ++block, content_block });
  };
  return (chunk) => {
    if (chunk.error) return event({ type: "error", error: chunk.error });
    let out = "";
    if (chunk.type === "done") {
      if (ended) return "";
      ended = true;
      out += close();
      out += event({
        type: "message_delta",
        delta: { stop_reason: stop ?? "end_turn", stop_sequence: null },
        usage: messageUsage(usage),
      });
      return out + event({ type: "message_stop" });
    }
    if (!begun) {
      begun = true;
      const { id, model } = chunk;
      const message = {
        id: messageId(id),
        type: "message",
        role: "assistant",
        model,
        content: [],
        stop_reason: null,
        stop_sequence: null,
      };
      out += event({
        type: "message_start",
        message: { ...message, usage: { input_tokens: 0, output_tokens: 0 } },
      });
    }
    if (chunk.usage) usage = chunk.usage as Fields;
    const choice = (chunk.choices as { delta?: Fields; finish_reason?: string | null }[] | undefined)?.[0];
    const { content, tool_calls } = choice?.delta ?? {};
    if (typeof content === "string" && content) {
      if (open !== "text") out += start({ type: "text", text: "" });
      out += event({
        type: "content_block_delta",
        index: block,
        delta: { type: "text_delta", text: content },
      });
    }
    for (const call of (tool_calls ?? []) as {
      id?: string;
      function?: { name?: string; arguments?: string };
    }[]) {
      if (call.id) out += start({ type: "tool_use", id: call.id, name: call.function?.name, input: {} });
      const partial_json = call.function?.arguments;
      if (partial_json)
        out += event({
          type: "content_block_delta",
          index: block,
          delta: { type: "input_json_delta", partial_json },
        });
    }
    if (choice?.finish_reason) stop = stopOf[choice.finish_reason] ?? "end_turn";
    return out;
  };
}
