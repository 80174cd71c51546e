import { Buffer } from "node:buffer";
import { createParser } from "eventsource-parser";
import { chatEventsToMessage, messageEventsToChat } from "./anthropic-events.ts";
import { chatUsage, type Fields, finishOf, messageId, messageUsage, stopOf } from "./anthropic-words.ts";
import { type OpenedAnswer, reason, UpstreamFault } from "./opened-answer.ts";

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
  try {
    return await translate(answer, whole, events);
  } catch (error) {
    answer.cancel();
    if (error instanceof UpstreamFault) throw error;
    throw new UpstreamFault(`sent an answer that is not in its own format (${reason(error)})`);
  }
}

async function translate(
  answer: OpenedAnswer,
  whole: (json: Fields) => Fields,
  events: EventTranslation,
): Promise<OpenedAnswer> {
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
