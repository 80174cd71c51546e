import { type Context, Hono } from "hono";
import { identify } from "./access.ts";
import { answerEndpoint } from "./answer-endpoint.ts";
import { ApiError, anthropicErrorBody, errorBody } from "./api-error.ts";
import { addDashboard } from "./dashboard-endpoint.ts";
import type { Gateway } from "./gateway.ts";
import { addOwnEndpoints } from "./own-endpoints.ts";
import { questionText } from "./question-text.ts";
import { readBody } from "./request-body.ts";
import { requestOptions } from "./request-options.ts";

const json = { "content-type": "application/json" };

/**
 * The gateway's HTTP interface: OpenAI's endpoints, routed, and its own. A plain Hono app: `app.fetch` serves it in
 * any runtime with web requests and responses.
 */
export function createApp(gateway: Gateway): Hono {
  const app = new Hono();
  app.post("/v1/chat/completions", answerEndpoint(gateway, "chat"));
  app.post("/v1/completions", answerEndpoint(gateway, "completions"));
  app.post("/v1/responses", answerEndpoint(gateway, "responses"));
  app.post("/v1/messages", answerEndpoint(gateway, "messages"));
  app.post("/v1/embeddings", answerEndpoint(gateway, "embeddings"));
  app.post("/v1/route", (c) => route(gateway, c));
  app.get("/v1/models", (c) => models(gateway, c));
  addOwnEndpoints(app, gateway);
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
  app.get(
    "/metrics",
    async () =>
      new Response(await gateway.metrics.text(), {
        headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
      }),
  );
  app.notFound((c) =>
    failure(
      new ApiError(404, `There is no ${c.req.method} ${c.req.path.slice(0, 200)} here.`, {
        code: "unknown_url",
      }),
    ),
  );
  app.onError((error, c) => {
    const shape = c.req.path === "/v1/messages" ? anthropicErrorBody : errorBody;
    if (error instanceof ApiError) return failure(error, shape);
    if (c.req.raw.signal.aborted) return new Response(null, { status: 499 });
    gateway.problem("a request failed inside the gateway", error);
    return failure(new ApiError(500, "The gateway itself failed; its log says why."), shape);
  });
  return app;
}

function failure(error: ApiError, shape = errorBody): Response {
  return new Response(shape(error), { status: error.status, headers: { ...json, ...error.headers } });
}

/** `POST /v1/route`: the decision for a request, without asking anyone. Takes a chat request or `{"text"}`. */
async function route(gateway: Gateway, c: Context): Promise<Response> {
  const { config, decider } = gateway.snapshot;
  await identify(gateway, c.req.raw.headers);
  const text = await readBody(c.req.raw, config.limits.body);
  let body: Record<string, unknown>;
  try {
    body = { model: "tripos", ...(JSON.parse(text) as object) };
  } catch {
    throw new ApiError(400, "The body is not valid JSON.", { code: "invalid_json" });
  }
  const options = requestOptions(body, (name) => c.req.raw.headers.get(name));
  const question =
    typeof body.text === "string"
      ? body.text
      : questionText(body.input ? "responses" : body.prompt ? "completions" : "chat", body);
  const begun = performance.now();
  const decision = decider.decide({
    text: question,
    policy: options.policy ?? (typeof body.policy === "string" ? body.policy : config.policy),
    allowed: options.allowed ?? (Array.isArray(body.models) ? body.models.map(String) : undefined),
    budget: options.budget,
  });
  return c.json({ ...decision, milliseconds: performance.now() - begun });
}

async function models(gateway: Gateway, c: Context): Promise<Response> {
  await identify(gateway, c.req.raw.headers);
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
