import type { Candidate } from "./decide.ts";
import type { Answered } from "./exchange.ts";
import type { FirstAnswer } from "./first-answer.ts";
import type { LiveModel } from "./fleet.ts";
import type { Gateway } from "./gateway.ts";
import { isStream } from "./held-stream.ts";
import { bill, type Paid, paidStep } from "./paid.ts";
import type { Plan } from "./plan.ts";
import { answerHeaders, type Ending, relayed, wholeUsage } from "./relay.ts";
import type { PaidStep, RequestRecord } from "./request-record.ts";
import { responseId } from "./response-id.ts";
import { costOf, type Usage } from "./usage.ts";

/** What a client is told of the decision for the model that answers, in headers. */
export function explanation(gateway: Gateway, plan: Plan, { config }: LiveModel): Record<string, string> {
  const headers: Record<string, string> = { "x-tripos-request-id": plan.id, "x-tripos-model": config.name };
  if (plan.decision) headers["x-tripos-policy"] = printable(policyOf(gateway, plan) ?? "quality");
  const standing = standingOf(plan, config.name);
  if (standing && !Number.isNaN(standing.p)) {
    headers["x-tripos-p"] = standing.p.toFixed(4);
    headers["x-tripos-interval"] = `${standing.interval[0].toFixed(4)}, ${standing.interval[1].toFixed(4)}`;
  }
  return headers;
}

function standingOf({ decision }: Plan, model: string | undefined): Candidate | undefined {
  return decision?.candidates.find((each) => each.model === model);
}

/**
 * Sends an answer on: whole when it is whole, else as it comes; it is recorded when it has ended.
 *
 * @param told the {@link explanation} for the model that answered
 */
export function deliver(
  gateway: Gateway,
  plan: Plan,
  first: FirstAnswer,
  told: Readonly<Record<string, string>>,
): Answered {
  const { answer, model } = first;
  const { status } = answer;
  const { conversation } = plan;
  if (conversation && status < 400)
    gateway.afterwards.soon(() => {
      for (const name of conversation.next(responseId(plan.endpoint, answer)))
        gateway.conversations.remember(name, model.config.name);
    });
  const headers = Object.assign(answerHeaders(answer), told);
  const before: readonly Pick<Paid, "model" | "judged">[] = first.others.filter(({ as }) => as === "cascade");
  if (first.judged !== undefined || before.length > 0) {
    headers["x-tripos-cascade"] = [...before, { model, judged: first.judged }]
      .map(({ model: { config }, judged = null }) =>
        judged === null ? config.name : `${config.name} ${judged.toFixed(3)}`,
      )
      .join(", ");
  }
  const firstByteTime = performance.now() - plan.begun;
  const outcome = status < 400 ? "ok" : "error";
  if (!answer.rest) {
    const usage = wholeUsage(answer, plan.text.length);
    setCost(headers, bill([{ model, usage }, ...first.others]).cost);
    recordOutcome(gateway, plan, { first, status, outcome, usage, firstByteTime });
    // As text, head and body leave in one write.
    return { status, headers, body: answer.text ?? answer.head };
  }
  // The cost of a stream is known only at its end: the expected cost stands in its header.
  const standing = standingOf(plan, model.config.name);
  if (standing) setCost(headers, standing.cost);
  const onEnd = ({ outcome: ending, usage }: Ending) =>
    recordOutcome(gateway, plan, {
      first,
      status,
      outcome: ending === "ok" ? outcome : ending,
      usage,
      firstByteTime,
    });
  return { status, headers, body: relayed(answer, plan.text.length, plan.endpoint, onEnd) };
}

/** The policy that chose: the request's own, or the configured one; null where neither names one. */
const policyOf = ({ snapshot }: Gateway, { options }: Plan): string | null =>
  options.policy ?? snapshot.config.policy ?? null;

/** A client's own words, as a header may hold them. */
const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, "?").slice(0, 200);

/** An unknown cost leaves its header out. */
function setCost(headers: Record<string, string>, dollars: number | null): void {
  if (dollars !== null) headers["x-tripos-cost"] = dollars.toFixed(9).replace(/\.?0+$/, "");
}

/** How a request ended. */
interface Outcome {
  /** Undefined when nobody answered. */
  readonly first?: FirstAnswer;
  readonly status: number;
  readonly outcome: RequestRecord["outcome"];
  readonly usage?: Usage;
  readonly firstByteTime?: number;
}

/** Everybody who was paid, the one that answered last; null when it was paid alone. */
function stepsOf({ model, others, judged }: FirstAnswer, usage: Usage): readonly PaidStep[] | null {
  if (others.length === 0) return null;
  const cascade = judged !== undefined || others.some(({ as }) => as === "cascade");
  const own: Paid = { model, as: cascade ? "cascade" : "hedge", usage, judged: judged ?? null };
  return [...others, own].map(paidStep);
}

const nothing: Usage = { input: 0, output: 0, estimated: false };

/** Records a request that has ended. */
export function recordOutcome(
  gateway: Gateway,
  plan: Plan,
  { first, status, outcome, usage = nothing, firstByteTime }: Outcome,
): void {
  const time = performance.now() - plan.begun;
  const { config, decider, fleet } = gateway.snapshot;
  // A key's next request may need what this one holds.
  if (plan.caller.key) gateway.afterwards.soon(keepRecord);
  else gateway.afterwards.later(keepRecord);

  function keepRecord(): void {
    const model = first?.model ?? plan.models[0];
    const standing = standingOf(plan, model?.config.name);
    const baseline = plan.decision && decider.baseline ? fleet.models.get(decider.baseline) : undefined;
    const paid = bill(first ? [{ model: first.model, usage }, ...first.others] : []);
    const known = standing && !Number.isNaN(standing.p) ? standing : undefined;
    const record: RequestRecord = {
      id: plan.id,
      at: plan.at,
      key: plan.caller.key?.id ?? null,
      user: plan.options.user ?? null,
      endpoint: plan.endpoint,
      policy: plan.decision ? policyOf(gateway, plan) : null,
      rule: plan.decision?.rule ?? null,
      model: model?.config.name ?? null,
      upstream: model?.upstream.config.name ?? null,
      p: known?.p ?? null,
      low: known?.interval[0] ?? null,
      high: known?.interval[1] ?? null,
      expectedCost: known?.cost ?? null,
      cost: paid.cost,
      baselineCost: first && baseline ? costOf(usage, baseline.config.price) : null,
      inputTokens: paid.usage.input,
      outputTokens: paid.usage.output,
      estimated: paid.usage.estimated,
      status,
      outcome,
      failedTries: first?.failed.length ?? plan.models.length,
      decisionTime: plan.decisionTime,
      firstByteTime: firstByteTime ?? time,
      time,
      streamed: first !== undefined && isStream(first.answer),
      router: (known && decider.router?.name) ?? null,
      routerVersion: (known && decider.router?.version) ?? null,
      steps: first ? stepsOf(first, usage) : null,
      question: config.store.prompts ? plan.question : null,
    };
    gateway.record(record);
    plan.trace?.end(record, model);
  }
}
