import { InputError, show } from "../input-error.ts";
import { checkedUrl, NoReply, post, type Server } from "../openai/index.ts";
import { type Embedder, requireFinite } from "./features.ts";
import { fingerprint } from "./fingerprint.ts";

export interface OpenAiEmbedderOptions extends Server {
  readonly model: string;
  /** Asks for shortened embeddings (text-embedding-3 and others). */
  readonly dimensions?: number;
  /** Texts in one request; 128 unless given. */
  readonly batch?: number;
  /** Called after each batch with the number of texts done. */
  readonly onProgress?: (done: number) => void;
}

/**
 * Embeddings of any server with OpenAI's `/v1/embeddings`. Requests one batch at a time.
 *
 * @throws InputError for an address that is none; its `embed` where the server refuses, or gives none after the last attempt
 */
export function openAiEmbedder(options: OpenAiEmbedderOptions): Embedder {
  const { baseUrl, model, dimensions, batch = 128, onProgress } = options;
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
        rows.push(...(await embeddings(input, options, address)));
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

async function embeddings(
  input: readonly string[],
  options: OpenAiEmbedderOptions,
  address: string,
): Promise<Float32Array[]> {
  const { model, dimensions } = options;
  try {
    return await post(
      { timeout: 60_000, ...options },
      {
        path: "/embeddings",
        body: { model, input, encoding_format: "float", ...(dimensions && { dimensions }) },
        read: (text, said) => embeddingsOf(text, said, input.length, address),
      },
    );
  } catch (error) {
    if (!(error instanceof NoReply)) throw error;
    throw new InputError("the embedding server cannot be used", {
      source: address,
      found: error.message,
      hint: error.refused
        ? "Check the model's name, and that its inputs may be as long as these questions."
        : "Check that the server runs and that --base-url is its address up to /v1.",
    });
  }
}

function embeddingsOf(text: string, said: string, count: number, address: string): Float32Array[] {
  const unusable = (found: string) =>
    new InputError("the server's answer is not a list of embeddings", {
      source: address,
      found,
      expected: `OpenAI's format: {"data": [{"index": 0, "embedding": [numbers]}, …]}, ${count} of them`,
    });
  let data: unknown;
  try {
    data = (JSON.parse(text) as { data?: unknown } | null)?.data;
  } catch {
    throw unusable(said);
  }
  if (!Array.isArray(data) || data.length !== count) throw unusable(said);
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
