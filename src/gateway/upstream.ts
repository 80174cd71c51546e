import { Pool } from "undici";
import { AnswerBody } from "./answer-body.ts";
import type { Leaving } from "./departure.ts";

/** One request to an upstream. */
export interface UpstreamCall {
  /** Below the upstream's base address: "/chat/completions". */
  readonly path: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: Leaving;
}

/** What came back: status and headers; the body arrives as it is read. */
export interface UpstreamAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: AsyncIterator<Uint8Array>;
  /** Stops the answer: the connection is given up. */
  readonly cancel: () => void;
}

/** Something that answers requests in OpenAI's (or its own) format. */
export interface Transport {
  send(call: UpstreamCall): Promise<UpstreamAnswer>;
  close(): Promise<void>;
}

/** How long to wait for what, in milliseconds. */
export interface Timeouts {
  readonly connect: number;
  /** From the request to the answer's headers and first bytes. */
  readonly first: number;
  /** Between two pieces of the answer. */
  readonly idle: number;
}

/** An upstream reached over HTTP with kept-alive connections. */
export function httpTransport(
  baseUrl: string,
  headers: Readonly<Record<string, string>>,
  timeouts: Timeouts,
  query = "",
): Transport {
  const { origin, pathname } = new URL(baseUrl);
  const prefix = pathname.replace(/\/$/, "");
  const pool = new Pool(origin, {
    connect: { timeout: timeouts.connect },
    headersTimeout: timeouts.first,
    bodyTimeout: timeouts.idle,
    keepAliveTimeout: 30_000,
    maxHeaderSize: 65_536,
  });
  return {
    send: ({ path, body, headers: own, signal }) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        pool.dispatch(
          {
            path: `${prefix}${path}${query}`,
            method: "POST",
            headers: { ...own, ...headers, "content-type": "application/json" },
            body,
          },
          new AnswerBody(signal, resolve, reject),
        );
      }),
    close: () => pool.close(),
  };
}
