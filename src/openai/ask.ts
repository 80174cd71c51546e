import { post } from "./post.ts";
import { NoReply, type Server } from "./server.ts";

/** A model of a server, and how to ask it. */
export interface Endpoint extends Server {
  readonly model: string;
  /** Default "chat". */
  readonly api?: "chat" | "completions";
  /** Further fields of the request: temperature, max_tokens, … */
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly system?: string;
}

/** What came back. */
export interface Reply {
  readonly text: string;
  readonly promptTokens: number | undefined;
  readonly completionTokens: number | undefined;
  /** Why the server stopped: "stop", "length", … */
  readonly finish: string | undefined;
}

/**
 * Asks one question, as {@link post} does.
 *
 * @param enough once aborted, a request under way still finishes, and is not tried again
 * @throws InputError where the server refuses everything
 * @throws NoReply after the last attempt, and where the server refuses this request
 */
export function askEndpoint(
  prompt: string,
  endpoint: Endpoint,
  signal?: AbortSignal,
  enough?: AbortSignal,
): Promise<Reply> {
  const { model, api = "chat", parameters, system } = endpoint;
  const messages = [
    ...(system ? [{ role: "system", content: system }] : []),
    { role: "user", content: prompt },
  ];
  return post(endpoint, {
    path: api === "chat" ? "/chat/completions" : "/completions",
    body: {
      model,
      ...(api === "chat" ? { messages } : { prompt: system ? `${system}\n\n${prompt}` : prompt }),
      ...parameters,
    },
    read: readReply,
    signal,
    enough,
  });
}

function readReply(body: string, said: string): Reply {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new NoReply(`the answer is not JSON: ${said}`);
  }
  const { choices, usage } = (value ?? {}) as { choices?: unknown; usage?: Record<string, unknown> };
  const choice = Array.isArray(choices) ? (choices[0] as Record<string, unknown> | undefined) : undefined;
  if (!choice) throw new NoReply(`the answer has no choices: ${said}`);
  const message = choice.message as { content?: unknown } | undefined;
  const count = (name: string) => (typeof usage?.[name] === "number" ? (usage[name] as number) : undefined);
  return {
    text: contentText(message ? message.content : choice.text),
    promptTokens: count("prompt_tokens"),
    completionTokens: count("completion_tokens"),
    finish: typeof choice.finish_reason === "string" ? choice.finish_reason : undefined,
  };
}

/** The text of a message's content, a string or parts; "" where it holds none. */
export function contentText(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .map((part: { text?: unknown }) => (typeof part?.text === "string" ? part.text : ""))
    .join("");
}
