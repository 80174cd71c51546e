import { InputError } from "../input-error.ts";
import type { Embedder } from "./features.ts";

/** The part of @huggingface/transformers that is used here. */
interface Transformers {
  readonly env: { localModelPath: string; allowRemoteModels: boolean };
  pipeline(task: "feature-extraction", model: string, options: { dtype: string }): Promise<Extractor>;
}
type Extractor = (
  texts: string[],
  options: { pooling: "mean"; normalize: boolean },
) => Promise<{ readonly data: Float32Array }>;

export interface MiniLmOptions {
  /** Folder with `all-MiniLM-L6-v2-int8/` (config.json, tokenizer.json, onnx/model_quantized.onnx): works offline. */
  readonly models?: string;
  /** Called after each text with the number of texts done. */
  readonly onProgress?: (done: number) => void;
}

const source = { name: "minilm", hash: "all-MiniLM-L6-v2 int8, mean, unit length" };
const dims = 384;

/**
 * all-MiniLM-L6-v2 (Wang et al. 2020; 384 features of unit length) in its int8 form, through
 * `@huggingface/transformers`, an optional peer dependency. Without `models` the model is fetched from the
 * Hugging Face Hub and cached.
 * @throws InputError if the package is not installed or the model cannot be loaded
 */
export async function minilmEmbedder({ models, onProgress }: MiniLmOptions = {}): Promise<Embedder> {
  const { env, pipeline } = await transformers();
  if (models !== undefined) {
    env.localModelPath = models;
    env.allowRemoteModels = false;
  }
  const name = models === undefined ? "Xenova/all-MiniLM-L6-v2" : "all-MiniLM-L6-v2-int8";
  const extract = await pipeline("feature-extraction", name, { dtype: "q8" }).catch((error: unknown) => {
    throw new InputError("the model all-MiniLM-L6-v2 cannot be loaded", {
      source: models ?? "Hugging Face Hub",
      found: (error as Error).message.split("\n")[0],
      hint:
        models === undefined
          ? "Without a network, give the folder that holds all-MiniLM-L6-v2-int8 with --models DIR."
          : "The folder must hold all-MiniLM-L6-v2-int8 with config.json, tokenizer.json and onnx/model_quantized.onnx.",
    });
  });
  return {
    source,
    async embed(texts) {
      const values = new Float32Array(texts.length * dims);
      // One at a time: a batch is padded to its longest text and was slower, and a text's features would depend a
      // little on the others of its batch.
      for (const [t, text] of texts.entries()) {
        const { data } = await extract([text], { pooling: "mean", normalize: true });
        values.set(data, t * dims);
        onProgress?.(t + 1);
      }
      return { source, dims, values };
    },
  };
}

async function transformers(): Promise<Transformers> {
  // A name that is not a literal: compilers and bundlers must not insist on an optional package.
  const name = "@huggingface/transformers";
  try {
    return (await import(/* @vite-ignore */ name)) as Transformers;
  } catch (error) {
    throw new InputError("the embedder minilm needs a package that is not installed", {
      found: (error as Error).message.split("\n")[0],
      expected: name,
      hint: `Install it with: npm install ${name} (about 300 MB), or leave out --embedder minilm.`,
    });
  }
}
