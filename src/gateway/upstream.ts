import { Agent, type Dispatcher } from "undici";

/** One request to an upstream. */
export interface UpstreamCall {
  /** Below the upstream's base address: "/chat/completions". */
  readonly path: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** What came back: status and headers; the body arrives as it is read. */
export interface UpstreamAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: AsyncIterable<Uint8Array>;
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
  const base = new URL(baseUrl);
  const prefix = base.pathname.replace(/\/$/, "");
  const agent = new Agent({
    connect: { timeout: timeouts.connect },
    headersTimeout: timeouts.first,
    bodyTimeout: timeouts.idle,
    keepAliveTimeout: 30_000,
    maxHeaderSize: 65_536,
  });
  return {
    async send({ path, body, headers: own, signal }) {
      const answer: Dispatcher.ResponseData = await agent.request({
        origin: base.origin,
        path: `${prefix}${path}${query}`,
        method: "POST",
        headers: { ...own, ...headers, "content-type": "application/json" },
        body,
        signal,
      });
      answer.body.on("error", () => {}); // The reader reports it; nobody may be reading any more.
      return {
        status: answer.statusCode,
        headers: answer.headers,
        body: answer.body,
        cancel: () => answer.body.destroy(),
      };
    },
    close: () => agent.close(),
  };
}
