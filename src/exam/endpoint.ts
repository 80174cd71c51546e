import { DelegateBackoff, handleType, type IRetryBackoffContext, retry } from "cockatiel";
import { retryAfter } from "../formats/index.ts";
import { InputError, show } from "../input-error.ts";

/** An OpenAI-compatible server, and how to ask it. */
export interface Endpoint {
  /** Address of the API up to and including `/v1`. */
  readonly baseUrl: string;
  readonly model: string;
  /** Sent as bearer token; never part of a message or a record. */
  readonly apiKey?: string;
  /** Default "chat". */
  readonly api?: "chat" | "completions";
  /** Further fields of the request: temperature, max_tokens, … */
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly system?: string;
  /** Milliseconds for one request; default 120,000. */
  readonly timeout?: number;
  /** Requests for one question at most; default 6. */
  readonly attempts?: number;
  /** Milliseconds before the second request, doubled each time; default 1000. */
  readonly firstDelay?: number;
}

/** What came back. */
export interface Reply {
  readonly text: string;
  readonly promptTokens: number | undefined;
  readonly completionTokens: number | undefined;
  /** Why the server stopped: "stop", "length", … */
  readonly finish: string | undefined;
}

/** No usable answer to one question. */
export class NoReply extends Error {
  override readonly name = "NoReply";
  readonly retryAfter: number | undefined;
  /** The server refuses this very request (too long, say): another attempt would bring the same. */
  readonly refused: boolean;

  constructor(message: string, how: { readonly retryAfter?: number; readonly refused?: boolean } = {}) {
    super(message);
    this.retryAfter = how.retryAfter;
    this.refused = how.refused ?? false;
  }
}

/**
 * Asks one question. Hanging or broken connections, 408, 409, 425, 429, 5xx and answers that are not the API's JSON are
 * tried again, after the time the server asks for where it does.
 *
 * @param enough once aborted, a request under way still finishes, and is not tried again
 * @throws InputError where the server refuses everything (401, 403, 404: no valid key, no such address or model)
 * @throws NoReply after the last attempt, and where the server refuses this request
 */
export async function askEndpoint(
  prompt: string,
  endpoint: Endpoint,
  signal?: AbortSignal,
  enough?: AbortSignal,
): Promise<Reply> {
  const again = ({ refused }: NoReply) => !refused && !enough?.aborted;
  const policy = retry(handleType(NoReply, again), {
    maxAttempts: (endpoint.attempts ?? 6) - 1,
    backoff: new DelegateBackoff(({ attempt, result }: IRetryBackoffContext<unknown>) => {
      const asked =
        "error" in result && result.error instanceof NoReply ? result.error.retryAfter : undefined;
      const usual = (endpoint.firstDelay ?? 1000) * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
      return Math.min(60_000, asked ?? usual);
    }),
  });
  return policy.execute(() => request(prompt, endpoint, signal), signal);
}

async function request(prompt: string, endpoint: Endpoint, signal: AbortSignal | undefined): Promise<Reply> {
  const { baseUrl, model, apiKey, api = "chat", parameters, system, timeout = 120_000 } = endpoint;
  const address = `${baseUrl.replace(/\/+$/, "")}${api === "chat" ? "/chat/completions" : "/completions"}`;
  const messages = [
    ...(system ? [{ role: "system", content: system }] : []),
    { role: "user", content: prompt },
  ];
  const limit = AbortSignal.timeout(timeout);
  const reason = (error: unknown): never => {
    signal?.throwIfAborted();
    const { message, cause } = error as Error;
    if (limit.aborted) throw new NoReply(`no answer within ${timeout / 1000} s`);
    throw new NoReply(cause instanceof Error && cause.message ? cause.message : message);
  };
  const response = await fetch(address, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
    },
    body: JSON.stringify({
      model,
      ...(api === "chat" ? { messages } : { prompt: system ? `${system}\n\n${prompt}` : prompt }),
      ...parameters,
    }),
    signal: signal ? AbortSignal.any([signal, limit]) : limit,
  }).catch(reason);
  const body = await response.text().catch(reason);
  const { status } = response;
  const said = hideKey(excerpt(body), apiKey);
  if ([408, 409, 425, 429].includes(status) || status >= 500) {
    const wait = retryAfter((name) => response.headers.get(name));
    throw new NoReply(`status ${status}: ${said}`, { ...(wait !== undefined && { retryAfter: wait }) });
  }
  if ([401, 403, 404].includes(status))
    throw new InputError("the server refuses the request", {
      source: address,
      found: `status ${status}: ${said}`,
      hint:
        status !== 404
          ? "Set the API key in the environment (OPENAI_API_KEY, or the variable named by --key-env; of a judge, --judge-key-env)."
          : "Check --base-url (up to /v1) and --model.",
    });
  if (!response.ok) throw new NoReply(`status ${status}: ${said}`, { refused: true });
  return readReply(body, said);
}

function readReply(body: string, said: string): Reply {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new NoReply(`the answer is not JSON: ${said}`);
  }
  const { choices, usage } = value as { choices?: unknown; usage?: Record<string, unknown> };
  const choice = Array.isArray(choices) ? (choices[0] as Record<string, unknown> | undefined) : undefined;
  if (!choice) throw new NoReply(`the answer has no choices: ${said}`);
  const message = choice.message as { content?: unknown } | undefined;
  const count = (name: string) => (typeof usage?.[name] === "number" ? (usage[name] as number) : undefined);
  return {
    text: textOf(message ? message.content : choice.text),
    promptTokens: count("prompt_tokens"),
    completionTokens: count("completion_tokens"),
    finish: typeof choice.finish_reason === "string" ? choice.finish_reason : undefined,
  };
}

/** Content as a string, or in parts. */
function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .map((part: { text?: unknown }) => (typeof part?.text === "string" ? part.text : ""))
    .join("");
}

function excerpt(body: string): string {
  return show(
    body
      .replace(/<[^>]*>/g, " ")
      .replace(/\s+/g, " ")
      .trim()
      .slice(0, 200),
  );
}

function hideKey(text: string, key: string | undefined): string {
  return key ? text.replaceAll(key, "…") : text;
}
