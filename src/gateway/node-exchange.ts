import { Buffer, isUtf8 } from "node:buffer";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Departure } from "./departure.ts";
import { type Answered, type Asked, isPieces, type Pieces } from "./exchange.ts";
import { bodyTooLong, notUtf8 } from "./request-body.ts";

/** A request as `node:http` has it: no web objects are made of it, which is most of what a request costs. */
export function nodeAsked(request: IncomingMessage, response: ServerResponse): Asked {
  const leaving = new Departure();
  response.once("close", () => {
    if (!response.writableFinished) leaving.leave();
  });
  return {
    header(name) {
      const value = request.headers[name];
      return typeof value === "string" ? value : value?.join(", ");
    },
    text: (limit) => nodeBody(request, limit),
    signal: leaving,
  };
}

function nodeBody(request: IncomingMessage, limit: number): Promise<string> {
  const stated = Number(request.headers["content-length"] ?? 0);
  if (stated > limit) return Promise.reject(bodyTooLong(limit));
  // Most bodies came with their headers: all there is to be read is there, some turns before the stream tells of its end.
  const first = stated > 0 ? (request.read() as Buffer | null) : null;
  if (first?.length === stated) return asText(first);
  if (first) request.unshift(first);
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let size = 0;
    request.on("data", (piece: Buffer) => {
      size += piece.length;
      pieces.push(piece);
      if (size <= limit) return;
      request.pause();
      request.removeAllListeners("data");
      reject(bodyTooLong(limit));
    });
    request.once("end", () => {
      resolve(asText(Buffer.concat(pieces)));
    });
    request.once("error", reject);
  });
}

function asText(body: Buffer): Promise<string> {
  return isUtf8(body) ? Promise.resolve(body.toString("utf8")) : Promise.reject(notUtf8());
}

/** Sends an answer; resolves when its last byte is handed over or the client has left. */
export async function nodeAnswer(
  { status, headers, body }: Answered,
  response: ServerResponse,
): Promise<void> {
  if (isPieces(body)) {
    response.writeHead(status, headers);
    return pour(body, response);
  }
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) });
  response.end(body);
}

async function pour(pieces: Pieces, response: ServerResponse): Promise<void> {
  response.once("close", () => {
    if (!response.writableFinished) pieces.cancel();
  });
  if (response.destroyed) return pieces.cancel();
  try {
    for (let piece = await pieces.next(); piece; piece = await pieces.next()) {
      if (response.destroyed) return;
      if (!response.write(piece)) await drained(response);
    }
    response.end();
  } catch {
    // Cut off, so that the client does not take half an answer for a whole one.
    response.destroy();
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off("drain", done).off("close", done);
      resolve();
    };
    response.once("drain", done).once("close", done);
  });
}
