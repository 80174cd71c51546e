import {
  BrokenCircuitError,
  ConsecutiveBreaker,
  circuitBreaker,
  handleAll,
  TaskCancelledError,
  TimeoutStrategy,
  timeout,
  wrap,
} from "cockatiel";
import { InputError } from "../input-error.ts";
import { type Embedder, minilmEmbedder, openAiEmbedder } from "../questions/index.ts";
import type { Router } from "../routing/index.ts";
import type { EmbedderConfig } from "./config.ts";
import { environmentOrFile } from "./secret.ts";

/** A question's vectors, one a source of the router's; or which embedder does not answer. */
export type Vectors =
  | { readonly rows: readonly ArrayLike<number>[]; readonly silent?: undefined }
  | { readonly silent: string };

/** Is told when an embedder stops answering (why), and when it answers again (undefined). */
export type OnEmbedder = (name: string, why: string | undefined) => void;

/** Left alone for so long after so many failures in a row, so that requests do not wait for it in vain. */
const breaker = { failures: 3, cooldown: 5_000 };

/**
 * Asks the embedders that a router was trained with for each question's vectors. It never rejects; an embedder that is
 * slower than its timeout, or down, is told as silent.
 *
 * @returns undefined for a router that reads questions by their text alone
 * @throws InputError for a source that the configuration does not name
 */
export function questionVectors(
  { features: { embeddings } }: Router,
  configured: readonly EmbedderConfig[],
  router: string,
  onEmbedder: OnEmbedder,
): ((text: string) => Promise<Vectors>) | undefined {
  if (!embeddings) return undefined;
  const sources = embeddings.map(({ source: { name, hash }, width }) => {
    const { open, patience } = embedderFor(name, hash, configured, router);
    const policy = wrap(
      circuitBreaker(handleAll, {
        halfOpenAfter: breaker.cooldown,
        breaker: new ConsecutiveBreaker(breaker.failures),
      }),
      timeout(patience, TimeoutStrategy.Aggressive),
    );
    let answers = true;
    return async (text: string): Promise<ArrayLike<number> | string> => {
      if (text.trim() === "") return new Float32Array(width);
      try {
        const { dims, values } = await policy.execute(async () => (await open()).embed([text]));
        if (dims !== width) throw new Error(`it sent ${dims} numbers where training had ${width}`);
        if (!answers) onEmbedder(name, undefined);
        answers = true;
        return values;
      } catch (error) {
        if (answers && !(error instanceof BrokenCircuitError))
          onEmbedder(
            name,
            error instanceof TaskCancelledError
              ? `no answer within ${patience / 1000} s`
              : (error as Error).message,
          );
        answers = false;
        return name;
      }
    };
  });
  return async (text) => {
    const rows = await Promise.all(sources.map((vector) => vector(text)));
    const silent = rows.find((row) => typeof row === "string");
    return silent === undefined ? { rows: rows as ArrayLike<number>[] } : { silent };
  };
}

/** Loading MiniLM takes a second and much memory: once for all routers. */
const loaded = new Map<string | undefined, Promise<Embedder>>();

function minilm(models: string | undefined): Promise<Embedder> {
  const known = loaded.get(models);
  if (known) return known;
  const loading = minilmEmbedder(models === undefined ? {} : { models });
  loaded.set(models, loading);
  loading.catch(() => loaded.delete(models));
  return loading;
}

/** MiniLM needs no naming; others are asked where the configuration says. */
function embedderFor(
  name: string,
  hash: string,
  configured: readonly EmbedderConfig[],
  router: string,
): { readonly open: () => Promise<Embedder>; readonly patience: number } {
  if (name === "minilm") {
    const named = configured.find(({ kind }) => kind === "minilm");
    const open = () => minilm(named?.kind === "minilm" ? named.models : undefined);
    // Loaded before the first question comes.
    open().catch(() => {});
    return { open, patience: named?.timeout ?? 2_000 };
  }
  for (const each of configured) {
    if (each.kind !== "openai") continue;
    const key = environmentOrFile(each.keyFrom, `the embedder ${each.embeddingModel}`);
    const embedder = openAiEmbedder({
      baseUrl: each.baseUrl,
      model: each.embeddingModel,
      timeout: each.timeout,
      attempts: 2,
      firstDelay: 100,
      ...(key && { apiKey: key }),
    });
    if (embedder.source.hash === hash) return { open: async () => embedder, patience: each.timeout };
  }
  const model = /^openai:(.*)$/.exec(name)?.[1];
  throw new InputError(`the router reads questions by the embedder ${name} too, which is not configured`, {
    source: router,
    field: "embedders",
    found:
      configured.map((each) => (each.kind === "openai" ? each.embeddingModel : each.kind)).join(", ") ||
      "none",
    expected:
      model === undefined
        ? "an embedder that can be asked"
        : `{ kind: openai, baseUrl: http://…/v1, embeddingModel: ${model} }`,
    ...(model === undefined && {
      hint: "Vectors made elsewhere cannot be asked for: train with --embedder, or without --features.",
    }),
  });
}
