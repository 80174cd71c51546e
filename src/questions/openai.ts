import { DelegateBackoff, handleType, type IRetryBackoffContext, retry } from "cockatiel";
import { retryAfter } from "../formats/index.ts";
import { InputError, show } from "../input-error.ts";
import { type Embedder, requireFinite } from "./features.ts";
import { fingerprint } from "./fingerprint.ts";

export interface OpenAiEmbedderOptions {
  /** Address of the API up to and including `/v1`. */
  readonly baseUrl: string;
  readonly model: string;
  /** Sent as bearer token; left out where the server wants none. */
  readonly apiKey?: string;
  /** Asks for shortened embeddings (text-embedding-3 and others). */
  readonly dimensions?: number;
  /** Texts in one request; 128 unless given. */
  readonly batch?: number;
  /** Requests for one batch before giving up; 5 unless given. */
  readonly attempts?: number;
  /** Milliseconds before the second request; doubled each time, with jitter; 500 unless given. */
  readonly firstDelay?: number;
  /** Milliseconds for one request; 60,000 unless given. */
  readonly timeout?: number;
  /** Called after each batch with the number of texts done. */
  readonly onProgress?: (done: number) => void;
}

/** "Not now" or "my fault": another attempt may succeed. */
class Passing extends Error {
  readonly retryAfter: number | undefined;

  constructor(message: string, retryAfter?: number) {
    super(message);
    this.retryAfter = retryAfter;
  }
}

/**
 * Embeddings of any server with OpenAI's `/v1/embeddings`. Requests one batch at a time; connection failures, 408,
 * 409, 425, 429 and 5xx are tried again, after the time the server asks for where it does.
 */
export function openAiEmbedder(options: OpenAiEmbedderOptions): Embedder {
  const { baseUrl, model, dimensions, batch = 128, attempts = 5, firstDelay = 500, onProgress } = options;
  const address = `${checkedUrl(baseUrl).replace(/\/+$/, "")}/embeddings`;
  const source = {
    name: `openai:${model}`,
    hash: fingerprint(new TextEncoder().encode(JSON.stringify([model, dimensions ?? null]))),
  };
  return {
    source,
    async embed(texts) {
      const rows: Float32Array[] = [];
      for (let start = 0; start < texts.length; start += batch) {
        // An empty input is refused by most servers.
        const input = texts.slice(start, start + batch).map((text) => text || " ");
        const policy = retry(handleType(Passing), {
          maxAttempts: attempts - 1,
          backoff: waiting(firstDelay),
        });
        const received = await policy
          .execute(() => request(address, input, options))
          .catch((error: unknown) => {
            if (!(error instanceof Passing)) throw error;
            throw new InputError("the embedding server cannot be used", {
              source: address,
              found: `${error.message}, ${attempts} times`,
              hint: "Check that the server runs and that --base-url is its address up to /v1.",
            });
          });
        rows.push(...received);
        onProgress?.(rows.length);
      }
      const dims = rows[0]?.length ?? 1;
      const values = new Float32Array(rows.length * dims);
      rows.forEach((row, r) => {
        if (row.length !== dims)
          throw new InputError("the server sent embeddings of different lengths", {
            source: address,
            found: `${row.length} numbers for text ${r}`,
            expected: String(dims),
          });
        values.set(row, r * dims);
      });
      requireFinite(values, dims, address);
      return { source, dims, values };
    },
  };
}

/** What the server asks for, else doubled each time, with jitter so that many clients do not return together. */
function waiting(firstDelay: number): DelegateBackoff<IRetryBackoffContext<unknown>> {
  return new DelegateBackoff(({ attempt, result }) => {
    const asked = "error" in result && result.error instanceof Passing ? result.error.retryAfter : undefined;
    const usual = firstDelay * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
    return Math.min(60_000, asked ?? usual);
  });
}

async function request(
  address: string,
  input: readonly string[],
  { model, apiKey, dimensions, timeout = 60_000 }: OpenAiEmbedderOptions,
): Promise<Float32Array[]> {
  const response = await fetch(address, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
    },
    body: JSON.stringify({ model, input, encoding_format: "float", ...(dimensions && { dimensions }) }),
    signal: AbortSignal.timeout(timeout),
  }).catch((error: unknown) => {
    const { message, cause } = error as Error;
    throw new Passing(cause instanceof Error && cause.message ? cause.message : message);
  });
  const body = await response.text().catch((error: unknown) => {
    throw new Passing((error as Error).message);
  });
  const { status } = response;
  // Some servers repeat the key in their refusal.
  const words = apiKey ? said(body).replaceAll(apiKey, "…") : said(body);
  if ([408, 409, 425, 429].includes(status) || status >= 500)
    throw new Passing(
      `status ${status}: ${words}`,
      retryAfter((name) => response.headers.get(name)),
    );
  if (!response.ok)
    throw new InputError("the embedding server refused the request", {
      source: address,
      found: `status ${status}: ${words}`,
      hint:
        status === 401 || status === 403
          ? "Set the API key in the environment (OPENAI_API_KEY)."
          : "Check --base-url (up to /v1) and the model's name.",
    });
  return embeddingsOf(body, input.length, address);
}

function embeddingsOf(body: string, count: number, address: string): Float32Array[] {
  const unusable = (found: string) =>
    new InputError("the server's answer is not a list of embeddings", {
      source: address,
      found,
      expected: `OpenAI's format: {"data": [{"index": 0, "embedding": [numbers]}, …]}, ${count} of them`,
    });
  let data: unknown;
  try {
    data = (JSON.parse(body) as { data?: unknown } | null)?.data;
  } catch {
    throw unusable(said(body));
  }
  if (!Array.isArray(data) || data.length !== count) throw unusable(said(body));
  const rows = new Array<Float32Array | undefined>(count).fill(undefined);
  data.forEach((entry: { index?: unknown; embedding?: unknown } | null, position) => {
    const index = entry?.index ?? position;
    const numbers = entry?.embedding;
    if (!Array.isArray(numbers) || numbers.length === 0 || !numbers.every((x) => typeof x === "number"))
      throw unusable(`entry ${position}: ${show(numbers)}`);
    if (typeof index === "number") rows[index] = Float32Array.from(numbers as number[]);
  });
  return rows.map((row, i) => {
    if (!row) throw unusable(`nothing for text ${i}`);
    return row;
  });
}

/** The server's own words for an error, short. */
function said(body: string): string {
  try {
    const { error, message } = JSON.parse(body) as {
      error?: { message?: string } | string;
      message?: string;
    };
    const words = typeof error === "string" ? error : (error?.message ?? message);
    if (typeof words === "string") return show(words);
  } catch {
    // Not JSON: show it as it is.
  }
  return show(body);
}

function checkedUrl(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:")
    throw new InputError("this is not the address of a server", {
      field: "--base-url",
      found: show(address),
      expected: "for instance http://localhost:8000/v1",
    });
  return address;
}
