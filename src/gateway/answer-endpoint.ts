import type { Context } from "hono";
import { admit, type Caller, identify } from "./access.ts";
import { ApiError } from "./api-error.ts";
import type { GatewayConfig } from "./config.ts";
import { Conversations } from "./conversations.ts";
import type { Decision } from "./decide.ts";
import { render } from "./dialect.ts";
import { type FirstAnswer, firstAnswer, NobodyAnswered } from "./first-answer.ts";
import type { LiveModel } from "./fleet.ts";
import type { Gateway, Snapshot } from "./gateway.ts";
import { type Body, conversationStart, type Endpoint, questionText } from "./question-text.ts";
import { answerHeaders, type Ending, relayStream, wholeUsage } from "./relay.ts";
import { readBody } from "./request-body.ts";
import { type RequestOptions, requestOptions } from "./request-options.ts";
import { costOf, type Usage } from "./usage.ts";

/** Headers of the client's that the upstream is to see. */
const forwarded = ["openai-beta", "anthropic-beta", "traceparent", "tracestate"];

/** A request read, and the models to ask for it, best first. */
interface Plan {
  readonly id: string;
  readonly endpoint: Endpoint;
  readonly caller: Caller;
  readonly text: string;
  readonly body: Body;
  readonly options: RequestOptions;
  readonly question: string;
  readonly decision: Decision | undefined;
  readonly models: readonly LiveModel[];
  readonly conversation: string | undefined;
  readonly begun: number;
  readonly at: number;
  readonly decisionTime: number;
}

/** Handles the requests of one endpoint: reads, decides, asks, relays, records. */
export function answerEndpoint(gateway: Gateway, endpoint: Endpoint): (c: Context) => Promise<Response> {
  return async (c) => {
    const { snapshot } = gateway;
    const begun = performance.now();
    const at = Date.now();
    const id = `req_${crypto.randomUUID()}`;
    const request = c.req.raw;
    const caller = await identify(gateway, request.headers);
    const text = await readBody(request, snapshot.config.limits.body);
    const body = parseBody(text);
    const plan = makePlan(gateway, snapshot, { id, endpoint, text, body, begun, at, caller }, (name) =>
      request.headers.get(name),
    );
    await admit(gateway, caller, id, () => mostItMayCost(plan));
    try {
      const first = await firstAnswer(
        plan.models,
        async (model, signal) => {
          const rendering = render(endpoint, text, body, model);
          const headers = forwardedHeaders(request.headers);
          const answer = await model.upstream.ask({
            path: rendering.path,
            body: rendering.body,
            headers,
            signal,
          });
          return rendering.answer(answer);
        },
        request.signal,
      );
      for (const { model } of first.failed)
        gateway.metrics.failedTry(snapshot.fleet.models.get(model)!.upstream.config.name);
      return deliver(gateway, plan, first);
    } catch (error) {
      const failure = error instanceof NobodyAnswered ? nobody(error) : error;
      const status = failure instanceof ApiError ? failure.status : 499;
      finish(gateway, plan, undefined, status, error instanceof NobodyAnswered ? "error" : "cancelled");
      if (failure instanceof ApiError) Object.assign(failure.headers, { "x-tripos-request-id": id });
      throw failure;
    }
  };
}

function parseBody(text: string): Body {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw new ApiError(400, `The body is not valid JSON: ${(error as Error).message.slice(0, 200)}`, {
      code: "invalid_json",
    });
  }
  if (body === null || typeof body !== "object" || Array.isArray(body))
    throw new ApiError(400, "The body is to be a JSON object.", { code: "invalid_json" });
  return body as Body;
}

function forwardedHeaders(headers: Headers): Record<string, string> {
  const own: Record<string, string> = {};
  for (const name of forwarded) {
    const value = headers.get(name);
    if (value) own[name] = value;
  }
  return own;
}

function makePlan(
  gateway: Gateway,
  { config, decider, fleet }: Snapshot,
  read: Pick<Plan, "id" | "caller" | "endpoint" | "text" | "body" | "begun" | "at">,
  header: (name: string) => string | null,
): Plan {
  const { endpoint, body } = read;
  const options = permitted(requestOptions(body, header), read.caller, config);
  const model = options.model === undefined ? undefined : fleet.models.get(options.model);
  if (endpoint === "chat" && (model || options.model === undefined)) requireMessages(body);
  if (options.model !== undefined) {
    if (!model)
      throw new ApiError(
        404,
        `The model "${options.model.slice(0, 200)}" does not exist here; /v1/models lists those that do.`,
        {
          param: "model",
          code: "model_not_found",
        },
      );
    return {
      ...read,
      options,
      question: questionText(endpoint, body),
      decision: undefined,
      models: [model],
      conversation: undefined,
      decisionTime: 0,
    };
  }
  if (endpoint === "embeddings")
    throw new ApiError(400, "Embeddings of different models do not mix: name one model.", {
      param: "model",
      code: "model_required",
    });
  const question = questionText(endpoint, body);
  const start = performance.now();
  let decision = decider.decide({
    text: question,
    policy: options.policy ?? config.policy,
    allowed: options.allowed,
    budget: options.budget,
  });
  const beginning = options.conversation ?? conversationStart(endpoint, body);
  const conversation = beginning && Conversations.key(`${read.caller.key?.id} ${options.user}`, beginning);
  if (conversation) decision = gateway.conversations.stay(conversation, decision, config.stickiness);
  const decisionTime = performance.now() - start;
  const models = decision.candidates.flatMap(({ model }) => fleet.models.get(model) ?? []);
  return { ...read, options, question, decision, models, conversation, decisionTime };
}

/** As OpenAI's API refuses a chat without messages. @throws ApiError */
function requireMessages({ messages }: Body): void {
  const refuse = (message: string, code: string) => new ApiError(400, message, { param: "messages", code });
  if (messages === undefined || messages === null)
    throw refuse("Missing required parameter: 'messages'.", "missing_required_parameter");
  if (!Array.isArray(messages))
    throw refuse("Invalid type for 'messages': expected an array of objects.", "invalid_type");
  if (messages.length === 0)
    throw refuse("Invalid 'messages': expected an array with at least one message.", "empty_array");
}

/**
 * The options, cut down to the models that the caller's key may use: a key with a budget uses only those whose price
 * is known, since others could overrun it unseen.
 *
 * @throws ApiError
 */
function permitted(options: RequestOptions, { key }: Caller, { models }: GatewayConfig): RequestOptions {
  if (!key) return options;
  const budgeted = key.budgetDay !== null || key.budgetMonth !== null;
  const refused = (name: string) => {
    if (key.models && !key.models.includes(name)) return "model_not_allowed";
    return budgeted && models.some((each) => each.name === name && !each.price) ? "price_unknown" : undefined;
  };
  const code = options.model === undefined ? undefined : refused(options.model);
  if (code)
    throw new ApiError(
      403,
      `This key may not use the model "${options.model?.slice(0, 200)}"${code === "price_unknown" ? ": the key has a budget, and the model no price" : ""}.`,
      { param: "model", code },
    );
  if (!key.models && !budgeted) return options;
  const allowed = options.allowed ?? models.map(({ name }) => name);
  return { ...options, allowed: allowed.filter((name) => !refused(name)) };
}

/** Bound of a request's cost in US dollars: by the dearest model that may answer and the longest answer allowed. */
function mostItMayCost({ body, text, models }: Plan): number {
  const longest = [body.max_completion_tokens, body.max_output_tokens, body.max_tokens].find(
    (each) => typeof each === "number",
  );
  const usage = {
    input: Math.ceil(text.length / 3),
    output: (longest as number | undefined) ?? 4096,
    estimated: true,
  };
  return Math.max(...models.map(({ config }) => costOf(usage, config.price) ?? 0));
}

/** Sends an answer on: whole when it is whole, else as it comes. */
function deliver(gateway: Gateway, plan: Plan, first: FirstAnswer): Response {
  const { answer, model } = first;
  const { status } = answer;
  if (plan.conversation && status < 400) gateway.conversations.remember(plan.conversation, model.config.name);
  const headers = answerHeaders(answer);
  const standing = plan.decision?.candidates.find((each) => each.model === model.config.name);
  headers["x-tripos-request-id"] = plan.id;
  headers["x-tripos-model"] = model.config.name;
  if (plan.decision) headers["x-tripos-policy"] = plan.options.policy ?? "quality";
  if (standing && !Number.isNaN(standing.p)) {
    headers["x-tripos-p"] = standing.p.toFixed(4);
    headers["x-tripos-interval"] = `${standing.interval[0].toFixed(4)}, ${standing.interval[1].toFixed(4)}`;
  }
  const firstByteTime = performance.now() - plan.begun;
  const outcome = status < 400 ? "ok" : "error";
  if (!answer.rest) {
    const usage = wholeUsage(answer, plan.text.length);
    setCost(headers, costOf(usage, model.config.price));
    finish(gateway, plan, first, status, outcome, usage, firstByteTime);
    // As text, head and body leave in one write.
    return new Response(answer.text ?? (answer.head as Uint8Array<ArrayBuffer>), { status, headers });
  }
  // The cost of a stream is known only at its end: the expected cost stands in its header.
  if (standing) setCost(headers, standing.cost);
  const onEnd = ({ outcome: ending, usage }: Ending) =>
    finish(gateway, plan, first, status, ending === "ok" ? outcome : ending, usage, firstByteTime);
  return new Response(relayStream(answer, plan.text.length, onEnd), { status, headers });
}

/** An unknown cost leaves its header out. */
function setCost(headers: Record<string, string>, dollars: number | null): void {
  if (dollars !== null) headers["x-tripos-cost"] = dollars.toFixed(9).replace(/\.?0+$/, "");
}

function finish(
  gateway: Gateway,
  plan: Plan,
  first: FirstAnswer | undefined,
  status: number,
  outcome: "ok" | "error" | "cut" | "cancelled",
  usage: Usage = { input: 0, output: 0, estimated: false },
  firstByteTime = performance.now() - plan.begun,
): void {
  const model = first?.model ?? plan.models[0];
  const standing = plan.decision?.candidates.find((each) => each.model === model?.config.name);
  const { config, decider, fleet } = gateway.snapshot;
  const baseline = plan.decision && decider.baseline ? fleet.models.get(decider.baseline) : undefined;
  const known = standing && !Number.isNaN(standing.p) ? standing : undefined;
  gateway.record({
    id: plan.id,
    at: plan.at,
    key: plan.caller.key?.id ?? null,
    user: plan.options.user ?? null,
    endpoint: plan.endpoint,
    policy: plan.decision ? (plan.options.policy ?? config.policy ?? null) : null,
    rule: plan.decision?.rule ?? null,
    model: model?.config.name ?? null,
    upstream: model?.upstream.config.name ?? null,
    p: known?.p ?? null,
    low: known?.interval[0] ?? null,
    high: known?.interval[1] ?? null,
    expectedCost: known?.cost ?? null,
    cost: first ? costOf(usage, first.model.config.price) : 0,
    baselineCost: first && baseline ? costOf(usage, baseline.config.price) : null,
    inputTokens: usage.input,
    outputTokens: usage.output,
    estimated: usage.estimated,
    status,
    outcome,
    failedTries: first?.failed.length ?? plan.models.length,
    decisionTime: plan.decisionTime,
    firstByteTime,
    time: performance.now() - plan.begun,
    streamed: first?.answer.rest !== undefined,
    question: config.store.prompts ? plan.question : null,
  });
}

function nobody({ failed }: NobodyAnswered): ApiError {
  const told = failed.map(({ model, fault }) => `${model} ${fault.message}`).join("; ");
  if (failed.length > 0 && failed.every(({ fault }) => fault.status === 429)) {
    const wait = Math.max(
      1,
      Math.ceil(Math.min(...failed.map(({ fault }) => fault.retryAfter ?? 1000)) / 1000),
    );
    return new ApiError(429, `Every upstream asked to wait: ${told}.`, {
      code: "upstreams_busy",
      headers: { "retry-after": String(wait) },
    });
  }
  return new ApiError(502, `No upstream answered: ${told}.`, { code: "no_upstream_answered" });
}
