import { DelegateBackoff, handleType, type IRetryBackoffContext, retry } from "cockatiel";
import { InputError, show } from "../input-error.ts";
import { retryAfter } from "./retry-after.ts";
import { checkedUrl, NoReply, type Server } from "./server.ts";

const busy = [408, 409, 425, 429];
const closed = [401, 403, 404];

/** One request of a server's API. */
export interface Post<T> {
  /** Below the server's address: "/embeddings". */
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** Takes the answer's text; what it throws as NoReply is tried again. `said` is the text, short and without the key. */
  readonly read: (text: string, said: string) => T;
  readonly signal?: AbortSignal | undefined;
  /** Once aborted, a request under way still finishes, and is not tried again. */
  readonly enough?: AbortSignal | undefined;
}

/**
 * Hanging or broken connections, 408, 409, 425, 429, 5xx and answers that cannot be read are tried again, after the time
 * the server asks for where it does, at most a minute.
 *
 * @throws InputError where the server refuses everything (401, 403, 404: no valid key, no such address or model)
 * @throws NoReply after the last attempt, and where the server refuses this request
 */
export async function post<T>(server: Server, request: Post<T>): Promise<T> {
  const { attempts = 6, firstDelay = 1000 } = server;
  const again = ({ refused }: NoReply) => !refused && !request.enough?.aborted;
  const policy = retry(handleType(NoReply, again), {
    maxAttempts: attempts - 1,
    backoff: new DelegateBackoff(({ attempt, result }: IRetryBackoffContext<unknown>) => {
      const asked =
        "error" in result && result.error instanceof NoReply ? result.error.retryAfter : undefined;
      const usual = firstDelay * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
      return Math.min(60_000, asked ?? usual);
    }),
  });
  return policy.execute(() => once(server, request), request.signal);
}

async function once<T>(server: Server, { path, body, read, signal }: Post<T>): Promise<T> {
  const { baseUrl, apiKey, timeout = 120_000 } = server;
  const address = `${checkedUrl(baseUrl).replace(/\/+$/, "")}${path}`;
  const limit = AbortSignal.timeout(timeout);
  const reason = (error: unknown): never => {
    signal?.throwIfAborted();
    if (limit.aborted) throw new NoReply(`no answer within ${timeout / 1000} s`);
    const { message, cause } = error as Error;
    throw new NoReply(cause instanceof Error && cause.message ? cause.message : message);
  };
  const response = await fetch(address, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
    },
    body: JSON.stringify(body),
    signal: signal ? AbortSignal.any([signal, limit]) : limit,
  }).catch(reason);
  const text = await response.text().catch(reason);
  const said = withoutKey(words(text), apiKey);
  const { status } = response;
  const found = `status ${status}: ${said}`;
  if (busy.includes(status) || status >= 500) {
    const wait = retryAfter((name) => response.headers.get(name));
    throw new NoReply(found, { ...(wait !== undefined && { retryAfter: wait }) });
  }
  if (closed.includes(status))
    throw new InputError("the server refuses the request", {
      source: address,
      found,
      hint:
        status === 404
          ? "Check --base-url (up to /v1) and the model's name."
          : "Set the API key in the environment (OPENAI_API_KEY, or the variable named by --key-env; of a judge, --judge-key-env).",
    });
  if (!response.ok) throw new NoReply(found, { refused: true });
  return read(text, said);
}

/** The server's own words for an error, else the beginning of what it sent. */
function words(body: string): string {
  try {
    const { error, message } = JSON.parse(body) as {
      error?: { message?: unknown } | string;
      message?: unknown;
    };
    const told = typeof error === "string" ? error : (error?.message ?? message);
    if (typeof told === "string") return show(told);
  } catch {
    // Not JSON, or no object: shown as it is.
  }
  const visible = body.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ");
  return show(visible.trim().slice(0, 200));
}

/** Some servers repeat the key in their refusal. */
function withoutKey(text: string, key: string | undefined): string {
  return key ? text.replaceAll(key, "…") : text;
}
