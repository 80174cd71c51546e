import { Buffer } from "node:buffer";
import type { Rendering } from "./dialect.ts";
import type { LiveModel, LiveUpstream } from "./fleet.ts";
import { isStream } from "./held-stream.ts";
import type { OpenedAnswer } from "./opened-answer.ts";
import type { Plan } from "./plan.ts";

/** Upstreams that refused to give log-probabilities. */
const refusing = new WeakSet<LiveUpstream>();

/** Whether a cascade should ask this model for the log-probabilities of its answer, which the client did not ask for. */
export function wantsLogProbabilities({ endpoint, body }: Plan, { upstream }: LiveModel): boolean {
  const { kind } = upstream.config;
  return (
    endpoint === "chat" &&
    body.logprobs === undefined &&
    (kind === "openai" || kind === "azure") &&
    !refusing.has(upstream)
  );
}

/** Asks with log-probabilities; an upstream that refuses them is asked without, from then on. */
export async function askWithLogProbabilities(
  { upstream }: LiveModel,
  rendering: Rendering,
  ask: (body: string) => Promise<OpenedAnswer>,
): Promise<OpenedAnswer> {
  const answer = await ask(rendering.body.replace("{", '{"logprobs":true,'));
  if (answer.status !== 400 && answer.status !== 422) return answer;
  answer.cancel();
  const again = await ask(rendering.body);
  if (again.status < 400) refusing.add(upstream);
  return again;
}

/** The answer as it would have been without; a stream is marked, since all of it is not there yet. */
export function withoutLogProbabilities(answer: OpenedAnswer): OpenedAnswer {
  if (isStream(answer)) return { ...answer, logProbabilitiesUnasked: true };
  const json = answer.json as { choices?: readonly object[] };
  if (!json?.choices?.some((choice) => "logprobs" in choice)) return answer;
  const choices = json.choices.map((choice) => ({ ...choice, logprobs: null }));
  const text = JSON.stringify({ ...json, choices });
  return { ...answer, text, head: Buffer.from(text) };
}
