import type { Leaving } from "./departure.ts";

/** A request as any runtime gives it. */
export interface Asked {
  header(name: string): string | undefined;
  /** The body as text. @throws ApiError when it is longer than `limit` bytes or not UTF-8 */
  text(limit: number): Promise<string>;
  /** Aborted when the client leaves before its answer has ended. */
  readonly signal: Leaving;
}

/** The bytes of an answer as they come: the next piece is read when the client has taken the one before. */
export interface Pieces {
  /** The next piece; undefined at the end. Rejects when the answer broke off where no error event can tell. */
  next(): Promise<Uint8Array | undefined>;
  /** Nobody reads any more. */
  cancel(): void;
}

/** An answer as any runtime sends it. */
export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Whole, or as it comes. */
  readonly body: string | Uint8Array | Pieces;
}

export function isPieces(body: Answered["body"]): body is Pieces {
  return typeof body === "object" && "next" in body;
}
