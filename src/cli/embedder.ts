import { join } from "node:path";
import { Option } from "commander";
import { appendedFile, cacheFolder, readFile } from "../files/index.ts";
import { InputError } from "../input-error.ts";
import {
  type Embedder,
  type Features,
  fingerprint,
  type LexicalModel,
  lexicalEmbedder,
  minilmEmbedder,
  openAiEmbedder,
  precomputedFeatures,
  rememberingEmbedder,
} from "../questions/index.ts";
import { progressBar } from "./progress.ts";

/** What `embedderOptions` adds to a command. */
export interface EmbedderOptions {
  readonly embedder: "lexical" | "minilm" | "openai";
  readonly features?: string;
  readonly models?: string;
  readonly baseUrl?: string;
  readonly embeddingModel: string;
}

/** Options that choose where a question's features come from. */
export function embedderOptions(): Option[] {
  return [
    new Option("--embedder <name>", "source of the questions' features")
      .choices(["lexical", "minilm", "openai"])
      .default("lexical"),
    new Option(
      "--features <file>",
      "features made elsewhere, a row a question (.npy, .safetensors)",
    ).conflicts(["embedder"]),
    ...embedderPlaces(),
  ];
}

/** Options that say where the embedders of `--embedder` are found. */
export function embedderPlaces(): Option[] {
  return [
    new Option(
      "--models <dir>",
      "folder with all-MiniLM-L6-v2-int8, for --embedder minilm without a network",
    ),
    new Option(
      "--base-url <url>",
      "server with OpenAI's /v1/embeddings, for --embedder openai (key: OPENAI_API_KEY)",
    ),
    new Option("--embedding-model <name>", "its model").default("text-embedding-3-small"),
  ];
}

/** Features of the texts from the chosen source; `lexical` is the model behind the default one. */
export async function featuresOf(
  texts: readonly string[],
  options: EmbedderOptions,
  lexical: LexicalModel,
): Promise<Features> {
  if (options.features !== undefined) {
    return precomputedFeatures(readFile(options.features), options.features, texts.length);
  }
  if (options.embedder === "lexical") return lexicalEmbedder(lexical).embed(texts);
  return embeddedBy({ ...options, embedder: options.embedder }, texts);
}

/**
 * Features of the texts from an embedder, kept in the cache folder as they come, so that a run that failed half-way goes on
 * where it stopped.
 */
export async function embeddedBy(options: OtherEmbedder, texts: readonly string[]): Promise<Features> {
  const embedder = await chosen(options);
  const { name, hash } = embedder.source;
  const file = `${fingerprint(new TextEncoder().encode(`${name} ${hash}`))}.features`;
  const bar = progressBar("embedding questions");
  try {
    const store = appendedFile(join(cacheFolder(), "features", file));
    return await rememberingEmbedder(embedder, store, bar.update).embed(texts);
  } finally {
    bar.stop();
  }
}

type OtherEmbedder = Pick<EmbedderOptions, "models" | "baseUrl" | "embeddingModel"> & {
  readonly embedder: "minilm" | "openai";
};

async function chosen(options: OtherEmbedder): Promise<Embedder> {
  if (options.embedder === "minilm") return minilmEmbedder(options.models ? { models: options.models } : {});
  if (!options.baseUrl)
    throw new InputError("--embedder openai needs the address of a server", {
      source: "--base-url",
      expected: "for example https://api.openai.com/v1",
    });
  return openAiEmbedder({
    baseUrl: options.baseUrl,
    model: options.embeddingModel,
    ...(process.env.OPENAI_API_KEY && { apiKey: process.env.OPENAI_API_KEY }),
  });
}
