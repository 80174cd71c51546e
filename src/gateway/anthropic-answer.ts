import { Buffer } from "node:buffer";
import { createParser } from "eventsource-parser";
import { type OpenedAnswer, UpstreamFault } from "./opened-answer.ts";

type Fields = Record<string, unknown>;

const finishOf: Readonly<Record<string, string>> = {
  end_turn: "stop",
  stop_sequence: "stop",
  max_tokens: "length",
  tool_use: "tool_calls",
  refusal: "content_filter",
};
const stopOf: Readonly<Record<string, string>> = {
  stop: "end_turn",
  length: "max_tokens",
  tool_calls: "tool_use",
  content_filter: "refusal",
};

/** An answer of Anthropic's Messages API as a chat answer. */
export function messageToChat(answer: OpenedAnswer): Promise<OpenedAnswer> {
  return translated(answer, wholeMessageToChat, messageEventsToChat);
}

/** A chat answer as one of Anthropic's Messages API. */
export function chatToMessage(answer: OpenedAnswer): Promise<OpenedAnswer> {
  return translated(answer, wholeChatToMessage, chatEventsToMessage);
}

/** One event in, any number of events out, as lines of text. */
type EventTranslation = () => (data: Fields) => string;

async function translated(
  answer: OpenedAnswer,
  whole: (json: Fields) => Fields,
  events: EventTranslation,
): Promise<OpenedAnswer> {
  if (answer.status >= 400) return answer;
  if (answer.json !== undefined) {
    const json = whole(answer.json as Fields);
    const text = JSON.stringify(json);
    return { ...answer, json, text, head: Buffer.from(text) };
  }
  if (!String(answer.headers["content-type"]).startsWith("text/event-stream"))
    throw new UpstreamFault("sent an answer too long to translate");
  const rest = translatedEvents(answer, events());
  const first = await rest.next();
  if (first.done) throw new UpstreamFault("sent an empty stream");
  return { ...answer, head: first.value, rest };
}

async function* translatedEvents(
  answer: OpenedAnswer,
  translate: (data: Fields) => string,
): AsyncGenerator<Uint8Array> {
  let out = "";
  const decoder = new TextDecoder();
  const parser = createParser({
    onEvent({ data }) {
      if (data === "[DONE]") out += translate({ type: "done" });
      else out += translate(JSON.parse(data) as Fields);
    },
  });
  parser.feed(decoder.decode(answer.head, { stream: true }));
  if (out) yield Buffer.from(out);
  if (!answer.rest) return;
  for (let piece = await answer.rest.next(); !piece.done; piece = await answer.rest.next()) {
    out = "";
    parser.feed(decoder.decode(piece.value, { stream: true }));
    if (out) yield Buffer.from(out);
  }
}

function chatUsage(usage: Fields | undefined): Fields {
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

function wholeMessageToChat(message: Fields): Fields {
  const content = (message.content ?? []) as Fields[];
  const text = content
    .filter(({ type }) => type === "text")
    .map((part) => part.text)
    .join("");
  const calls = content.filter(({ type }) => type === "tool_use");
  return {
    id: message.id,
    object: "chat.completion",
    created: Math.floor(Date.now() / 1000),
    model: message.model,
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          content: text || null,
          refusal: null,
          ...(calls.length > 0 && {
            tool_calls: calls.map(({ id, name, input }) => ({
              id,
              type: "function",
              function: { name, arguments: JSON.stringify(input) },
            })),
          }),
        },
        logprobs: null,
        finish_reason: finishOf[String(message.stop_reason)] ?? "stop",
      },
    ],
    usage: chatUsage(message.usage as Fields),
  };
}

function messageEventsToChat(): (data: Fields) => string {
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

/** Clients of the Messages API know its answers by `msg_`. */
function messageId(chatId: unknown): string {
  return `msg_${String(chatId ?? crypto.randomUUID()).replace(/^(chatcmpl-|msg_)/, "")}`;
}

function messageUsage(usage: Fields | undefined): Fields {
  return {
    input_tokens: Number(usage?.prompt_tokens ?? 0),
    output_tokens: Number(usage?.completion_tokens ?? 0),
  };
}

function wholeChatToMessage(chat: Fields): Fields {
  const [choice] = chat.choices as { message: Fields; finish_reason: string }[];
  const { content, tool_calls } = choice.message;
  const calls = (tool_calls ?? []) as { id: string; function: { name: string; arguments: string } }[];
  return {
    id: messageId(chat.id),
    type: "message",
    role: "assistant",
    model: chat.model,
    content: [
      ...(typeof content === "string" && content ? [{ type: "text", text: content }] : []),
      ...calls.map(({ id, function: f }) => ({
        type: "tool_use",
        id,
        name: f.name,
        input: JSON.parse(f.arguments || "{}") as unknown,
      })),
    ],
    stop_reason: stopOf[choice.finish_reason] ?? "end_turn",
    stop_sequence: null,
    usage: messageUsage(chat.usage as Fields | undefined),
  };
}

function chatEventsToMessage(): (data: Fields) => string {
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
