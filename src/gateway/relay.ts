import { Buffer } from "node:buffer";
import type { Pieces } from "./exchange.ts";
import { type OpenedAnswer, reason } from "./opened-answer.ts";
import type { Endpoint } from "./question-text.ts";
import { estimatedUsage, statedUsage, streamedUsage, type Usage } from "./usage.ts";

/** How an answer ended. */
export interface Ending {
  /** "cut": the upstream broke off mid-answer; "cancelled": the client left. */
  readonly outcome: "ok" | "cut" | "cancelled";
  readonly usage: Usage;
}

const kept = ["content-type", "content-encoding", "openai-processing-ms", "openai-version", "retry-after"];

/** Headers of the upstream's answer that mean something to the client. */
export function answerHeaders(answer: OpenedAnswer): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of kept) {
    const value = answer.headers[name];
    if (typeof value === "string") headers[name] = value;
  }
  headers["content-type"] ??= "application/json";
  return headers;
}

/** Usage of an answer that came whole. */
export function wholeUsage(answer: OpenedAnswer, inputCharacters: number): Usage {
  if (answer.json === undefined) {
    const text = decode(answer.head);
    return streamedUsage(text, "") ?? estimatedUsage(inputCharacters, events(answer.head));
  }
  return statedUsage(answer.json) ?? estimatedUsage(inputCharacters, answer.head.length / 4);
}

/**
 * An answer's bytes as they come, the upstream given up when the client leaves. An event stream that the upstream
 * cuts ends with an error event, so that the client does not take half an answer for a whole one.
 */
export function relayed(
  answer: OpenedAnswer,
  inputCharacters: number,
  endpoint: Endpoint,
  onEnd: (ending: Ending) => void,
): Pieces {
  const iterator = answer.rest!;
  const streamed = String(answer.headers["content-type"] ?? "").startsWith("text/event-stream");
  const head = decode(answer.head.subarray(0, 4096));
  let before: Uint8Array = new Uint8Array();
  let last: Uint8Array = answer.head;
  let eventCount = streamed ? events(answer.head) : 0;
  let size = answer.head.length;
  let begun = false;
  let ended = false;

  function end(outcome: Ending["outcome"]): void {
    if (ended) return;
    ended = true;
    const tail = decode(Buffer.concat([before.subarray(-65_536), last.subarray(-65_536)]));
    const usage =
      streamedUsage(size > 4096 ? head : "", tail) ??
      estimatedUsage(inputCharacters, streamed ? eventCount : size / 4);
    onEnd({ outcome, usage });
  }

  return {
    async next() {
      if (!begun) {
        begun = true;
        return answer.head;
      }
      if (ended) return undefined;
      try {
        const { done, value } = await iterator.next();
        if (done) {
          end("ok");
          return undefined;
        }
        before = last;
        last = value;
        size += value.length;
        if (streamed) eventCount += events(value);
        return value;
      } catch (error) {
        if (ended) return undefined;
        end("cut");
        answer.cancel();
        if (!streamed) throw new Error(`the upstream's answer broke off: ${reason(error)}`);
        const message = `The upstream broke off in the middle of its answer: ${reason(error)}.`;
        return Buffer.from(cutEvent(endpoint, message));
      }
    },
    cancel() {
      if (ended) return;
      end("cancelled");
      answer.cancel();
    },
  };
}

/** The event that ends a cut stream, as clients of the endpoint's API read it. */
function cutEvent(endpoint: Endpoint, message: string): string {
  if (endpoint === "messages") {
    const data = JSON.stringify({ type: "error", error: { type: "api_error", message } });
    return `\n\nevent: error\ndata: ${data}\n\n`;
  }
  const data = JSON.stringify({
    error: { message, type: "server_error", param: null, code: "upstream_cut" },
  });
  return `\n\ndata: ${data}\n\n`;
}

function decode(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

/** Number of events in a piece of a stream (an event ends with an empty line). */
function events(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1))
    if (bytes[at + 1] === 10) count++;
  return count;
}
