import { ApiError, anthropicErrorBody, errorBody } from "./api-error.ts";
import type { Answered } from "./exchange.ts";
import type { Gateway } from "./gateway.ts";
import type { Endpoint } from "./question-text.ts";

/** What a client is told of a request that failed, in the shape that the endpoint's clients know. */
export function failed(gateway: Gateway, error: unknown, endpoint?: Endpoint, left = false): Answered {
  if (left && !(error instanceof ApiError)) return { status: 499, headers: {}, body: "" };
  let told: ApiError;
  if (error instanceof ApiError) told = error;
  else {
    gateway.problem("a request failed inside the gateway", error);
    told = new ApiError(500, "The gateway itself failed; its log says why.");
  }
  return {
    status: told.status,
    headers: { "content-type": "application/json", ...told.headers },
    body: (endpoint === "messages" ? anthropicErrorBody : errorBody)(told),
  };
}
