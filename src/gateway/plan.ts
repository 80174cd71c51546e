import type { Caller } from "./access.ts";
import { ApiError } from "./api-error.ts";
import type { GatewayConfig } from "./config.ts";
import { type ConversationNames, conversationNames } from "./conversation-names.ts";
import type { Decision } from "./decide.ts";
import type { Asked } from "./exchange.ts";
import type { Fleet, LiveModel } from "./fleet.ts";
import type { Gateway, Snapshot } from "./gateway.ts";
import type { Bound } from "./keyring.ts";
import { stickinessOf } from "./policies.ts";
import { type Body, type Endpoint, questionText } from "./question-text.ts";
import type { Vectors } from "./question-vectors.ts";
import { type RequestOptions, requestOptions } from "./request-options.ts";
import type { TracedRequest } from "./tracing.ts";
import { costOf } from "./usage.ts";

/** A request read. */
export interface ReadRequest {
  readonly id: string;
  readonly endpoint: Endpoint;
  readonly caller: Caller;
  readonly text: string;
  readonly body: Body;
  readonly begun: number;
  readonly at: number;
  readonly trace: TracedRequest | undefined;
}

/** A request read, and the models to ask for it, best first. */
export interface Plan extends ReadRequest {
  readonly options: RequestOptions;
  readonly question: string;
  readonly decision: Decision | undefined;
  readonly models: readonly LiveModel[];
  readonly conversation: ConversationNames | undefined;
  readonly decisionTime: number;
}

/** @throws ApiError */
export function parseBody(text: string): Body {
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

/** Decides whom to ask. @throws ApiError */
export function makePlan(
  gateway: Gateway,
  snapshot: Snapshot,
  read: ReadRequest,
  header: Asked["header"],
): Plan | Promise<Plan> {
  const { endpoint, body } = read;
  const { config, decider, fleet } = snapshot;
  const options = permitted(requestOptions(body, header), read.caller, config);
  const model = options.model === undefined ? undefined : fleet.models.get(options.model);
  if (endpoint === "chat" && (model || options.model === undefined)) requireMessages(body);
  requireTurns(body);
  if (options.model !== undefined) {
    if (!model) throw unknownModel(options.model);
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
  const { vectors } = decider;
  return vectors
    ? vectors(question).then((known) => decided(gateway, snapshot, read, options, question, known))
    : decided(gateway, snapshot, read, options, question);
}

function decided(
  gateway: Gateway,
  { config, decider, fleet }: Snapshot,
  read: ReadRequest,
  options: RequestOptions,
  question: string,
  vectors?: Vectors,
): Plan {
  const start = performance.now();
  const policy = options.policy ?? config.policy;
  const conversation = conversationNames(read, options, policy);
  const current = gateway.conversations.model(conversation.earlier);
  // What an upstream has kept of a conversation only that upstream can continue.
  const keeper =
    typeof read.body.previous_response_id === "string" ? fleet.models.get(current ?? "") : undefined;
  const decision = decider.decide({
    text: question,
    vectors,
    policy,
    allowed: keeper ? modelsBeside(keeper, fleet, options.allowed) : options.allowed,
    budget: options.budget,
    conversation:
      current === undefined ? undefined : { model: current, stickiness: stickinessOf(config, policy) },
  });
  const decisionTime = performance.now() - start;
  const models: LiveModel[] = [];
  for (const each of decision.candidates) {
    const live = fleet.models.get(each.model);
    if (live) models.push(live);
  }
  return { ...read, options, question, decision, models, conversation, decisionTime };
}

/** Names of the models allowed that a model's own upstream serves. */
function modelsBeside(
  model: LiveModel,
  fleet: Fleet,
  allowed: readonly string[] | undefined,
): readonly string[] {
  return [...fleet.models.values()]
    .filter(
      ({ upstream, config: { name } }) => upstream === model.upstream && (allowed?.includes(name) ?? true),
    )
    .map(({ config }) => config.name);
}

function unknownModel(name: string): ApiError {
  return new ApiError(
    404,
    `The model "${name.slice(0, 200)}" does not exist here; /v1/models lists those that do.`,
    { param: "model", code: "model_not_found" },
  );
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

/** Translations between APIs take a request's turns for objects. @throws ApiError */
function requireTurns({ messages }: Body): void {
  if (!Array.isArray(messages)) return;
  const at = messages.findIndex((message: unknown) => message === null || typeof message !== "object");
  if (at >= 0)
    throw new ApiError(400, `Invalid type for 'messages[${at}]': expected an object.`, {
      param: "messages",
      code: "invalid_type",
    });
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

/**
 * Bound of a request's cost and tokens, by the longest answer allowed: at the dearest model that may answer, or at all
 * together where several may have to be paid.
 */
export function mostItMayUse({ body, text, models, decision }: Plan): Bound {
  // Upstreams take a negative limit for none at all: it bounds nothing here.
  const count = (each: unknown) => Number.isInteger(each) && (each as number) > 0;
  const longest = [body.max_completion_tokens, body.max_output_tokens, body.max_tokens].find(count) as
    | number
    | undefined;
  const answers = count(body.n) ? (body.n as number) : 1;
  const usage = {
    input: Math.ceil(text.length / 3),
    output: answers * (longest ?? 4096),
    estimated: true,
  };
  const costs = models.map(({ config }) => costOf(usage, config.price) ?? 0);
  // Several may have to be paid where answers are graded or hedged.
  const several =
    decision?.cascade || models.some(({ upstream }) => upstream.config.hedgeAfter !== undefined);
  const asked = several ? models.length : 1;
  return {
    cost: several ? costs.reduce((sum, each) => sum + each, 0) : Math.max(...costs),
    prompts: asked * usage.input,
    answers: asked * answers,
    longest: longest ?? null,
  };
}
