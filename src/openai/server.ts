import { InputError } from "../input-error.ts";

/** An OpenAI-compatible server, and how patiently it is asked. */
export interface Server {
  /** Address of the API up to and including `/v1`. */
  readonly baseUrl: string;
  /** Sent as bearer token; never part of a message or a record. */
  readonly apiKey?: string;
  /** Milliseconds for one request; default 120,000. */
  readonly timeout?: number;
  /** Requests for one thing at most; default 6. */
  readonly attempts?: number;
  /** Milliseconds before the second request, doubled each time, with jitter; default 1000. */
  readonly firstDelay?: number;
}

/**
 * An address as it is.
 *
 * @param option where it was given
 * @throws InputError where it is none of a server
 */
export function checkedUrl(address: string, option = "--base-url"): string {
  const protocol = URL.canParse(address) ? new URL(address).protocol : "";
  if (protocol === "http:" || protocol === "https:") return address;
  throw new InputError("this is no address of a server", {
    source: option,
    found: address,
    expected: "for example http://127.0.0.1:8000/v1",
  });
}

/** No usable answer to one request. */
export class NoReply extends Error {
  override readonly name = "NoReply";
  readonly retryAfter: number | undefined;
  /** The server refuses this very request (too long, say): another attempt would bring the same. */
  readonly refused: boolean;

  constructor(message: string, how: { readonly retryAfter?: number; readonly refused?: boolean } = {}) {
    super(message);
    this.retryAfter = how.retryAfter;
    this.refused = how.refused ?? false;
  }
}
