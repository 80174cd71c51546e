import { Buffer } from "node:buffer";
import type { OpenedAnswer } from "./opened-answer.ts";
import type { Endpoint } from "./question-text.ts";

/** More of an id is not remembered. */
const longest = 200;

/** The first event of a stream of OpenAI's Responses API: `{"type": "response.created", "response": {"id": …}}`. */
const created = /"response"\s*:\s*\{\s*(?:"object"\s*:\s*"response"\s*,\s*)?"id"\s*:\s*"([^"\\]+)"/;

/** The id by which a later request at `/v1/responses` may continue this answer. */
export function responseId(endpoint: Endpoint, { json, head }: OpenedAnswer): string | undefined {
  if (endpoint !== "responses") return undefined;
  const id =
    (json as { id?: unknown } | undefined)?.id ??
    created.exec(
      Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 4096)).toString("utf8"),
    )?.[1];
  return typeof id === "string" && id.length <= longest ? id : undefined;
}
