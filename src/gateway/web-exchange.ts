import { type Answered, type Asked, isPieces, type Pieces } from "./exchange.ts";
import { readBody } from "./request-body.ts";

/** A web `Request`, as Hono and other runtimes than Node have it. */
export function webAsked(request: Request): Asked {
  return {
    header: (name) => request.headers.get(name) ?? undefined,
    text: (limit) => readBody(request, limit),
    signal: request.signal,
  };
}

/** The web `Response` of an answer. */
export function webResponse({ status, headers, body }: Answered): Response {
  return new Response(isPieces(body) ? streamOf(body) : (body as BodyInit), { status, headers });
}

function streamOf(pieces: Pieces): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const piece = await pieces.next();
        if (piece) controller.enqueue(piece);
        else controller.close();
      },
      cancel: () => pieces.cancel(),
    },
    { highWaterMark: 0 },
  );
}
