import { type Context, Hono } from "hono";
import { identify, identifyAdmin } from "./access.ts";
import { answer } from "./answer.ts";
import { ApiError } from "./api-error.ts";
import { addDashboard } from "./dashboard-endpoint.ts";
import { addExams } from "./exam-endpoint.ts";
import { failed } from "./failed.ts";
import type { Gateway } from "./gateway.ts";
import { addOwnEndpoints } from "./own-endpoints.ts";
import { type Endpoint, questionText } from "./question-text.ts";
import { readBody } from "./request-body.ts";
import { requestOptions } from "./request-options.ts";
import { webAsked, webResponse } from "./web-exchange.ts";

/** The endpoints whose requests go to a model, by their path. */
export const answering: Readonly<Record<string, Endpoint>> = {
  "/v1/chat/completions": "chat",
  "/v1/completions": "completions",
  "/v1/responses": "responses",
  "/v1/messages": "messages",
  "/v1/embeddings": "embeddings",
};

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/**
 * The gateway's HTTP interface: OpenAI's endpoints, routed, and its own. A plain Hono app: `app.fetch` serves it in
 * any runtime with web requests and responses.
 */
export function createApp(gateway: Gateway): Hono {
  const app = new Hono();
  for (const [path, endpoint] of Object.entries(answering))
    app.post(path, async (c) => webResponse(await answer(gateway, endpoint, webAsked(c.req.raw))));
  app.post("/v1/route", (c) => route(gateway, c));
  app.get("/v1/models", (c) => models(gateway, c));
  addOwnEndpoints(app, gateway);
  addExams(app, gateway);
  addDashboard(app, gateway);
  app.get("/healthz", (c) => c.json({ status: "ok" }));
  app.get("/readyz", (c) => {
    const upstreams = gateway.snapshot.fleet.upstreams.map((each) => ({
      name: each.config.name,
      ...each.health(),
    }));
    const ready = upstreams.some(({ state }) => state !== "open");
    return c.json(
      {
        status: ready ? "ready" : "no upstream is well",
        upstreams: upstreams.map(({ name, state }) => ({ name, state })),
        ...(gateway.configProblem && { configuration: gateway.configProblem }),
      },
      ready ? 200 : 503,
    );
  });
  app.get("/metrics", async (c) => {
    if (gateway.snapshot.config.metrics.key) await identifyAdmin(gateway, c.req);
    gateway.afterwards.catchUp();
    return new Response(await gateway.metrics.text(), {
      headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
    });
  });
  app.notFound((c) => {
    const path = c.req.path.slice(0, 200);
    const allowed = methods.filter((method) => app.router.match(method, c.req.path)[0].length > 0);
    const refused =
      allowed.length === 0
        ? new ApiError(404, `There is no ${c.req.method} ${path} here.`, { code: "unknown_url" })
        : new ApiError(405, `${path} takes ${allowed.join(" or ")}, not ${c.req.method}.`, {
            code: "method_not_allowed",
            headers: { allow: allowed.join(", ") },
          });
    return webResponse(failed(gateway, refused));
  });
  app.onError((error, c) =>
    webResponse(failed(gateway, error, answering[c.req.path], c.req.raw.signal.aborted)),
  );
  return app;
}

/** `POST /v1/route`: the decision for a request, without asking anyone. Takes a chat request or `{"text"}`. */
async function route(gateway: Gateway, c: Context): Promise<Response> {
  const { config, decider } = gateway.snapshot;
  await identify(gateway, c.req);
  const text = await readBody(c.req.raw, config.limits.body);
  let body: Record<string, unknown>;
  try {
    body = { model: "tripos", ...(JSON.parse(text) as object) };
  } catch {
    throw new ApiError(400, "The body is not valid JSON.", { code: "invalid_json" });
  }
  const options = requestOptions(body, (name) => c.req.header(name));
  const question =
    typeof body.text === "string"
      ? body.text
      : questionText(body.input ? "responses" : body.prompt ? "completions" : "chat", body);
  if (![body.text, body.messages, body.input, body.prompt].some((given) => given !== undefined))
    throw new ApiError(400, "There is no question: give a text, messages, an input or a prompt.", {
      param: "text",
      code: "missing_required_parameter",
    });
  const begun = performance.now();
  const decision = decider.decide({
    text: question,
    vectors: await decider.vectors?.(question),
    policy: options.policy ?? (typeof body.policy === "string" ? body.policy : config.policy),
    allowed: options.allowed ?? (Array.isArray(body.models) ? body.models.map(String) : undefined),
    budget: options.budget,
    tentative: true,
  });
  return c.json({ ...decision, milliseconds: performance.now() - begun });
}

async function models(gateway: Gateway, c: Context): Promise<Response> {
  await identify(gateway, c.req);
  const { decider, fleet } = gateway.snapshot;
  const names = ["tripos", ...decider.policies.map((policy) => `tripos/${policy}`)];
  return c.json({
    object: "list",
    data: [
      ...names.map((id) => ({ id, object: "model", created: 0, owned_by: "tripos" })),
      ...[...fleet.models.values()].map(({ config }) => ({
        id: config.name,
        object: "model",
        created: 0,
        owned_by: config.upstream,
      })),
    ],
  });
}
