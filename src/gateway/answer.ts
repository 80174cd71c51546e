import { admit, identify } from "./access.ts";
import { ApiError } from "./api-error.ts";
import { climb } from "./climb.ts";
import { deliver, explanation, recordOutcome } from "./deliver.ts";
import type { Leaving } from "./departure.ts";
import { render } from "./dialect.ts";
import type { Answered, Asked } from "./exchange.ts";
import { firstAnswer, NobodyAnswered } from "./first-answer.ts";
import type { LiveModel } from "./fleet.ts";
import type { Gateway } from "./gateway.ts";
import {
  askWithLogProbabilities,
  wantsLogProbabilities,
  withoutLogProbabilities,
} from "./log-probabilities.ts";
import { makePlan, mostItMayUse, type Plan, parseBody } from "./plan.ts";
import type { Endpoint } from "./question-text.ts";

/** Headers of the client's that the upstream is to see. */
const forwarded = ["openai-beta", "anthropic-beta", "traceparent", "tracestate"];

/** Answers a request of a routed endpoint: reads, decides, asks, relays, records. @throws ApiError */
export async function answer(gateway: Gateway, endpoint: Endpoint, asked: Asked): Promise<Answered> {
  const { snapshot } = gateway;
  const begun = performance.now();
  const at = Date.now();
  const id = `req_${crypto.randomUUID()}`;
  const caller = await identify(gateway, asked);
  const text = await asked.text(snapshot.config.limits.body);
  const body = parseBody(text);
  const trace = gateway.tracing?.begin(endpoint, asked);
  const read = { id, endpoint, text, body, begun, at, caller, trace };
  let plan: Plan;
  try {
    const planned = makePlan(gateway, snapshot, read, asked.header);
    plan = planned instanceof Promise ? await planned : planned;
    if (caller.key) await admit(gateway, caller.key, id, mostItMayUse(plan));
  } catch (error) {
    trace?.refuse(error instanceof ApiError ? error.status : 500);
    throw error;
  }
  const headers = forwardedHeaders(asked);
  if (trace) headers.traceparent = trace.traceparent;
  try {
    const cascade = plan.decision?.cascade;
    const graded = cascade !== undefined && cascade.rungs > 1;
    const byConfidence = graded && snapshot.config.grader.kind === "confidence";
    const ask = async (model: LiveModel, signal: Leaving) => {
      const rendering = render(endpoint, text, body, model);
      const send = (rendered: string) =>
        model.upstream.ask({ path: rendering.path, body: rendered, headers, signal });
      // The last one's stream is not held back, so it is not graded.
      const flowing = body.stream === true && model === plan.models[(cascade?.rungs ?? 0) - 1];
      if (!byConfidence || flowing || !wantsLogProbabilities(plan, model))
        return rendering.answer(await send(rendering.body));
      return withoutLogProbabilities(await askWithLogProbabilities(model, rendering, send));
    };
    const answering = graded
      ? climb(plan, cascade, ask, snapshot.grader, asked.signal)
      : firstAnswer(plan.models, ask, asked.signal, text.length);
    // Most likely it is the first who answers: what is said of it is made while its answer is on the way.
    const [likely] = plan.models;
    let likelyTold: Record<string, string> | undefined;
    gateway.afterwards.soon(() => {
      likelyTold = explanation(gateway, plan, likely);
    });
    const first = await answering;
    for (const { model } of first.failed)
      gateway.metrics.failedTry(snapshot.fleet.models.get(model)!.upstream.config.name);
    const told = first.model === likely ? likelyTold : undefined;
    return deliver(gateway, plan, first, told ?? explanation(gateway, plan, first.model));
  } catch (error) {
    const failure = error instanceof NobodyAnswered ? nobody(error) : error;
    const left = asked.signal.aborted;
    const status = failure instanceof ApiError ? failure.status : left ? 499 : 500;
    recordOutcome(gateway, plan, { status, outcome: left ? "cancelled" : "error" });
    if (failure instanceof ApiError) Object.assign(failure.headers, { "x-tripos-request-id": id });
    throw failure;
  }
}

function forwardedHeaders(asked: Asked): Record<string, string> {
  const own: Record<string, string> = {};
  for (const name of forwarded) {
    const value = asked.header(name);
    if (value) own[name] = value;
  }
  return own;
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
