import { existsSync, readFileSync } from "node:fs";
import { Option } from "commander";
import { InputError } from "../input-error.ts";
import {
  type Embedder,
  type Features,
  type LexicalModel,
  lexicalEmbedder,
  minilmEmbedder,
  openAiEmbedder,
  precomputedFeatures,
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
    if (!existsSync(options.features))
      throw new InputError("the file is missing", { source: options.features });
    return precomputedFeatures(readFileSync(options.features), options.features, texts.length);
  }
  const bar = progressBar("embedding questions");
  try {
    const embedder = await chosen(options, lexical, (done) => bar.update(done, texts.length));
    return await embedder.embed(texts);
  } finally {
    bar.stop();
  }
}

async function chosen(
  options: EmbedderOptions,
  lexical: LexicalModel,
  onProgress: (done: number) => void,
): Promise<Embedder> {
  if (options.embedder === "minilm")
    return minilmEmbedder({ ...(options.models && { models: options.models }), onProgress });
  if (options.embedder === "lexical") return lexicalEmbedder(lexical);
  if (!options.baseUrl)
    throw new InputError("--embedder openai needs the address of a server", {
      source: "--base-url",
      expected: "for example https://api.openai.com/v1",
    });
  return openAiEmbedder({
    baseUrl: options.baseUrl,
    model: options.embeddingModel,
    ...(process.env.OPENAI_API_KEY && { apiKey: process.env.OPENAI_API_KEY }),
    onProgress,
  });
}
