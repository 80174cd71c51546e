import { chatToMessage, messageToChat } from "./anthropic-answer.ts";
import { chatToMessages, messagesToChat } from "./anthropic-request.ts";
import type { LiveModel } from "./fleet.ts";
import { withTopLevelString } from "./json-splice.ts";
import { type OpenedAnswer, UpstreamFault } from "./opened-answer.ts";
import type { Body, Endpoint } from "./question-text.ts";

/** A request in the upstream's own words. */
export interface Rendering {
  readonly path: string;
  readonly body: string;
  /** Turns the upstream's answer into the client's words. */
  readonly answer: (answer: OpenedAnswer) => OpenedAnswer | Promise<OpenedAnswer>;
}

const paths: Readonly<Record<Endpoint, string>> = {
  chat: "/chat/completions",
  completions: "/completions",
  responses: "/responses",
  messages: "/messages",
  embeddings: "/embeddings",
};

const asItIs = (answer: OpenedAnswer) => answer;

/**
 * Puts a request into the format that a model's upstream speaks. Where client and upstream speak the same, every
 * byte but the model's name stays as it was.
 *
 * @throws UpstreamFault when that upstream has no such endpoint, so that another model may be asked
 */
export function render(
  endpoint: Endpoint,
  text: string,
  body: Body,
  { config, upstream }: LiveModel,
): Rendering {
  const model = config.as ?? config.name;
  const { kind } = upstream.config;
  const anthropic = kind === "anthropic";
  if (anthropic && endpoint === "chat")
    return { path: "/messages", body: JSON.stringify(chatToMessages(body, model)), answer: messageToChat };
  if (!anthropic && endpoint === "messages")
    return {
      path: pathOf("chat", kind, model),
      body: JSON.stringify(messagesToChat(body, model)),
      answer: chatToMessage,
    };
  if (anthropic && endpoint !== "messages") throw new UpstreamFault(`has no ${paths[endpoint]}`, 404);
  return {
    path: pathOf(endpoint, kind, model),
    body: withTopLevelString(text, "model", model),
    answer: asItIs,
  };
}

function pathOf(endpoint: Endpoint, kind: string, model: string): string {
  return kind === "azure"
    ? `/openai/deployments/${encodeURIComponent(model)}${paths[endpoint]}`
    : paths[endpoint];
}
