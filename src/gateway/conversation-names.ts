import { Conversations } from "./conversations.ts";
import type { ReadRequest } from "./plan.ts";
import { conversationBeginning } from "./question-text.ts";
import type { RequestOptions } from "./request-options.ts";

/** By which names a request's conversation is known. */
export interface ConversationNames {
  /** Those that it may have had; none for a first turn, which continues nothing. */
  readonly earlier: readonly string[];
  /** Those to remember it by. @param answer id of the answer, which the next request may name (`previous_response_id`) */
  next(answer: string | undefined): readonly string[];
}

/**
 * A conversation is known by the name that the client gives it, by the answer that it continues, or by its beginning. Who
 * asks, the policy and the models allowed are part of each name: a change of them begins anew.
 */
export function conversationNames(
  { endpoint, body, caller }: ReadRequest,
  { conversation: named, user, allowed }: RequestOptions,
  policy: string | undefined,
): ConversationNames {
  const key = (...parts: (string | undefined)[]) =>
    Conversations.key([caller.key?.id, user, policy, allowed?.toSorted().join(), ...parts].join("\u0000"));
  const { previous_response_id: previous } = body;
  const continued =
    endpoint === "responses" && typeof previous === "string" ? [key("response", previous)] : [];
  const byAnswer = (answer: string | undefined) => (answer === undefined ? [] : [key("response", answer)]);
  if (named !== undefined) {
    const name = key("named", named);
    return { earlier: [name, ...continued], next: (answer) => [name, ...byAnswer(answer)] };
  }
  const beginning = continued.length > 0 ? undefined : conversationBeginning(endpoint, body);
  if (!beginning) return { earlier: continued, next: byAnswer };
  const { opening, answered } = beginning;
  if (answered === undefined)
    return { earlier: [], next: (answer) => [key("opening", opening), ...byAnswer(answer)] };
  const name = key("answered", answered);
  return { earlier: [name, key("opening", opening)], next: (answer) => [name, ...byAnswer(answer)] };
}
