// What any gateway on Node costs at least: a proxy that decides, checks and records nothing. bench/gateway.js starts it with
// --bare KIND.
//
//   node bench/gateway-bare.js PORT UPSTREAM [undici|http|fetch|hono]
//
// "undici" (the least): node:http, the body read whole, undici's dispatch, the answer read whole, one write. "http": the same
// with node:http's own client. "fetch": the same with fetch. "hono": a Hono app with fetch, as most gateways on Node are.
import { Agent, createServer, request as httpRequest } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { Agent as Undici } from "undici";

const [port, upstream, kind = "undici"] = process.argv.slice(2);
const { origin, hostname, port: upstreamPort } = new URL(upstream);
const path = "/v1/chat/completions";
const type = { "content-type": "application/json" };

const undici = new Undici();
const agent = new Agent({ keepAlive: true });

const asks = {
  undici: (body, done) => {
    const pieces = [];
    undici.dispatch(
      { origin, path, method: "POST", headers: type, body },
      {
        onRequestStart() {},
        onResponseStart() {},
        onResponseData: (_, piece) => pieces.push(piece),
        onResponseEnd: () => done(pieces.length === 1 ? pieces[0] : Buffer.concat(pieces)),
        onResponseError: (_, error) => {
          throw error;
        },
      },
    );
  },
  http: (body, done) => {
    const options = { hostname, port: upstreamPort, path, method: "POST", agent };
    const headers = { ...type, "content-length": body.length };
    httpRequest({ ...options, headers }, (response) => {
      const pieces = [];
      response.on("data", (piece) => pieces.push(piece));
      response.on("end", () => done(Buffer.concat(pieces)));
    }).end(body);
  },
  fetch: (body, done) => {
    fetch(`${origin}${path}`, { method: "POST", headers: type, body })
      .then((response) => response.arrayBuffer())
      .then((bytes) => done(Buffer.from(bytes)));
  },
};

const app = new Hono();
app.post(path, async (c) => {
  const body = await c.req.text();
  const answer = await fetch(`${origin}${path}`, { method: "POST", headers: type, body });
  return new Response(answer.body, { status: answer.status, headers: answer.headers });
});

const plain = (request, response) => {
  const pieces = [];
  request.on("data", (piece) => pieces.push(piece));
  request.on("end", () =>
    asks[kind](Buffer.concat(pieces), (answer) => {
      response.writeHead(200, { ...type, "content-length": answer.length });
      response.end(answer);
    }),
  );
};

createServer(kind === "hono" ? getRequestListener(app.fetch) : plain).listen(Number(port), "127.0.0.1");
