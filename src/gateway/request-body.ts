import { ApiError } from "./api-error.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Reads a request's body as text. @throws ApiError when it is longer than `limit` bytes or not UTF-8 */
export async function readBody(request: Request, limit: number): Promise<string> {
  const stated = request.headers.get("content-length");
  if (stated !== null && Number(stated) > limit) throw bodyTooLong(limit);
  const bytes =
    stated === null ? await countedBytes(request, limit) : new Uint8Array(await request.arrayBuffer());
  try {
    return utf8.decode(bytes);
  } catch {
    throw notUtf8();
  }
}

/** The body of a request that does not state its length, given up once it is too long. */
async function countedBytes(request: Request, limit: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  if (request.body)
    for await (const piece of request.body as unknown as AsyncIterable<Uint8Array>) {
      size += piece.length;
      if (size > limit) throw bodyTooLong(limit);
      pieces.push(piece);
    }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

export function bodyTooLong(limit: number): ApiError {
  return new ApiError(413, `The body is longer than ${limit} bytes, the most that this gateway takes.`, {
    code: "body_too_long",
    headers: { connection: "close" },
  });
}

export function notUtf8(): ApiError {
  return new ApiError(400, "The body is not valid UTF-8.", { code: "invalid_utf8" });
}
