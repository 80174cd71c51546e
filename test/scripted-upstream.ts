import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as the upstream got it. */
interface Received {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  /** Resolves when the connection of this request closes. */
  readonly closed: Promise<void>;
}

/** An upstream on a real socket that answers as a test scripts it. */
export interface ScriptedUpstream {
  readonly url: string;
  readonly received: Received[];
  answer: (request: Received, response: ServerResponse) => void | Promise<void>;
  close(): Promise<void>;
}

/** A chat answer with its usage. */
export const chatAnswer = (content = "B") =>
  JSON.stringify({
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model: "m",
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
    usage: { prompt_tokens: 60, completion_tokens: 6, total_tokens: 66 },
  });

export const sendJson = (response: ServerResponse, body: string, status = 200, headers = {}) => {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(body);
};

/** Starts one on a free port; answers `chatAnswer()` until told otherwise. */
export async function scriptedUpstream(): Promise<ScriptedUpstream> {
  const received: Received[] = [];
  const server: Server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    const closed = new Promise<void>((resolve) => response.once("close", resolve));
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      const entry = {
        path: request.url ?? "",
        headers: request.headers,
        body: Buffer.concat(pieces).toString(),
        closed,
      };
      received.push(entry);
      void upstream.answer(entry, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const upstream: ScriptedUpstream = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answer: (_, response) => sendJson(response, chatAnswer()),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return upstream;
}
