import { Buffer, isUtf8 } from "node:buffer";
import { retryAfter } from "../openai/index.ts";
import type { UpstreamAnswer } from "./upstream.ts";

/** The upstream did not give a usable answer; another try or another model may. */
export class UpstreamFault extends Error {
  override readonly name = "UpstreamFault";
  readonly status: number | undefined;
  /** Milliseconds that the upstream asked to be left alone. */
  readonly retryAfter: number | undefined;

  constructor(message: string, status?: number, retryAfter?: number) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** An answer whose beginning has been seen and found good; nothing of it has gone to the client yet. */
export interface OpenedAnswer {
  readonly status: number;
  readonly headers: UpstreamAnswer["headers"];
  /** The first bytes; all of them when `rest` is undefined. */
  readonly head: Uint8Array;
  readonly rest: AsyncIterator<Uint8Array> | undefined;
  readonly cancel: () => void;
  /** The parsed answer, and its text, when it came whole. */
  readonly json: unknown;
  readonly text?: string;
  /** A stream with log-probabilities that the client did not ask for. */
  readonly logProbabilitiesUnasked?: true;
}

/** Answers up to this size are read whole and checked before the client sees a byte; longer ones flow through. */
const wholeUpTo = 1024 ** 2;

/** Statuses that say "not now" or "my fault", so that a retry may help. */
const passing = new Set([408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529]);
/** Statuses that say that the gateway's own account or model name is wrong: another upstream may still serve. */
const misconfigured = new Set([401, 402, 403, 404]);

/** Whether trying the same upstream again may help. */
export function mayPass(fault: UpstreamFault): boolean {
  return fault.status === undefined || passing.has(fault.status);
}

/**
 * Reads the beginning of an answer: the first bytes of a stream, or a whole JSON answer of up to 1 MB.
 *
 * @throws UpstreamFault when the upstream failed, broke off, or sent what is neither JSON nor events
 */
export async function openAnswer(answer: UpstreamAnswer): Promise<OpenedAnswer> {
  const { status, headers, cancel } = answer;
  if (passing.has(status) || misconfigured.has(status) || status >= 500) {
    cancel();
    throw new UpstreamFault(
      `answered ${status}`,
      status,
      retryAfter((name) => headers[name]),
    );
  }
  if (status >= 300 && status < 400) {
    cancel();
    throw new UpstreamFault(`redirects (${status})`, status);
  }
  const type = String(headers["content-type"] ?? "");
  const streamed = type.startsWith("text/event-stream");
  if (!streamed && !type.includes("json") && type !== "") {
    cancel();
    throw new UpstreamFault(`sent ${type.split(";")[0]} where JSON was expected`);
  }
  const iterator = answer.body;
  const pieces: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    let next: IteratorResult<Uint8Array>;
    try {
      next = await iterator.next();
    } catch (error) {
      throw new UpstreamFault(`broke off: ${reason(error)}`);
    }
    if (next.done) break;
    pieces.push(next.value);
    size += next.value.length;
    if (streamed ? size > 0 : size > wholeUpTo)
      return { status, headers, head: joined(pieces), rest: iterator, cancel, json: undefined };
  }
  const head = joined(pieces);
  if (streamed) {
    if (head.length === 0) throw new UpstreamFault("sent an empty stream");
    return { status, headers, head, rest: undefined, cancel, json: undefined };
  }
  try {
    const whole = text(head);
    const json: unknown = JSON.parse(whole);
    // What is not UTF-8 goes on as the bytes that it is.
    return { status, headers, head, rest: undefined, cancel, json, ...(isUtf8(head) && { text: whole }) };
  } catch {
    throw new UpstreamFault("sent invalid JSON");
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

/** An error's reason without addresses or keys in it: its code, or its kind. */
export function reason(error: unknown): string {
  const { code, name } = error as NodeJS.ErrnoException;
  const known: Record<string, string> = {
    ECONNREFUSED: "connection refused",
    ECONNRESET: "connection reset",
    ENOTFOUND: "host not found",
    UND_ERR_CONNECT_TIMEOUT: "connecting took too long",
    UND_ERR_HEADERS_TIMEOUT: "no answer in time",
    UND_ERR_BODY_TIMEOUT: "the answer stalled",
    UND_ERR_SOCKET: "connection closed",
    HPE_INVALID_CONSTANT: "not HTTP",
  };
  return (code && (known[code] ?? code)) || name || "unknown";
}
