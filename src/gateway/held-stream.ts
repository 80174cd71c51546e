import { Buffer } from "node:buffer";
import { createParser } from "eventsource-parser";
import type { Leaving } from "./departure.ts";
import { type OpenedAnswer, reason, UpstreamFault } from "./opened-answer.ts";
import type { Endpoint } from "./question-text.ts";

/** Streams up to this size are held back to be graded; longer ones flow on ungraded. */
const heldUpTo = 4 * 1024 ** 2;

/** A stream read to its end before the client has any of it. */
export interface HeldStream {
  /** All of its bytes; what was too long still flows. */
  readonly answer: OpenedAnswer;
  /** What it says, as a whole answer of the endpoint's API would. */
  readonly json: unknown;
}

export function isStream({ headers }: OpenedAnswer): boolean {
  return String(headers["content-type"] ?? "").startsWith("text/event-stream");
}

/** Reads a stream to its end. @throws UpstreamFault when it breaks off; the signal's reason when the client left */
export async function holdBack(
  answer: OpenedAnswer,
  endpoint: Endpoint,
  signal: Leaving,
): Promise<HeldStream> {
  const pieces = [answer.head];
  let size = answer.head.length;
  try {
    while (answer.rest && size <= heldUpTo) {
      const { done, value } = await answer.rest.next();
      if (done) return whole({ ...answer, head: Buffer.concat(pieces), rest: undefined }, endpoint);
      pieces.push(value);
      size += value.length;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw new UpstreamFault(`broke off: ${reason(error)}`);
  }
  const held = { ...answer, head: Buffer.concat(pieces) };
  return answer.rest ? { answer: held, json: undefined } : whole(held, endpoint);
}

function whole(answer: OpenedAnswer, endpoint: Endpoint): HeldStream {
  return { answer, json: joined(textOf(answer.head), endpoint) };
}

/** What one event adds to the answer. */
interface Event {
  readonly type?: unknown;
  readonly delta?: unknown;
  readonly choices?: readonly {
    readonly text?: unknown;
    readonly delta?: { readonly content?: unknown };
    readonly logprobs?: { readonly content?: readonly object[] } | null;
  }[];
}

/** The text and log-probabilities of a stream, put together. */
function joined(stream: string, endpoint: Endpoint): unknown {
  let text = "";
  const logProbabilities: object[] = [];
  const add = (piece: unknown) => {
    if (typeof piece === "string") text += piece;
  };
  const parser = createParser({
    onEvent({ data }) {
      let event: Event | null;
      try {
        event = JSON.parse(data) as Event | null;
      } catch {
        return; // "[DONE]"
      }
      const choice = event?.choices?.[0];
      if (endpoint === "chat") add(choice?.delta?.content);
      else if (endpoint === "completions") add(choice?.text);
      else if (endpoint === "messages") add((event?.delta as { text?: unknown } | undefined)?.text);
      else if (event?.type === "response.output_text.delta") add(event.delta);
      logProbabilities.push(...(choice?.logprobs?.content ?? []));
    },
  });
  parser.feed(stream);
  const logprobs = logProbabilities.length > 0 ? { content: logProbabilities } : null;
  switch (endpoint) {
    case "chat":
      return { choices: [{ message: { content: text }, logprobs }] };
    case "completions":
      return { choices: [{ text }] };
    case "messages":
      return { content: [{ type: "text", text }] };
    default:
      return { output: [{ content: [{ text }] }] };
  }
}

/** The stream as it would have been had nobody asked for log-probabilities. */
export function withoutStreamedLogProbabilities(answer: OpenedAnswer): OpenedAnswer {
  const stripped = textOf(answer.head).replace(/^data: *(\{.*\})$/gm, (line, data: string) => {
    try {
      const event = JSON.parse(data) as Event;
      if (!event.choices?.some(({ logprobs }) => logprobs)) return line;
      const choices = event.choices.map((choice) => ({ ...choice, logprobs: null }));
      return `data: ${JSON.stringify({ ...event, choices })}`;
    } catch {
      return line;
    }
  });
  return { ...answer, head: Buffer.from(stripped) };
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}
