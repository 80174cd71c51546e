import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { answer } from "./answer.ts";
import { answering, createApp } from "./app.ts";
import { failed } from "./failed.ts";
import type { Gateway } from "./gateway.ts";
import { nodeAnswer, nodeAsked } from "./node-exchange.ts";
import type { Endpoint } from "./question-text.ts";

/** Serves the app on `node:http`; requests to models go there directly, without the app's web objects. */
export function listener(gateway: Gateway): RequestListener {
  const others = getRequestListener(createApp(gateway).fetch);
  return (request, response) => {
    const endpoint = request.method === "POST" ? answering[request.url ?? ""] : undefined;
    if (endpoint) void serveAnswer(gateway, endpoint, request, response);
    else void others(request, response);
  };
}

async function serveAnswer(
  gateway: Gateway,
  endpoint: Endpoint,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const asked = nodeAsked(request, response);
  try {
    await nodeAnswer(await answer(gateway, endpoint, asked), response);
  } catch (error) {
    if (!response.headersSent)
      await nodeAnswer(failed(gateway, error, endpoint, asked.signal.aborted), response);
  }
}
