import { Option } from "commander";
import { readFile } from "../files/index.ts";
import { InputError } from "../input-error.ts";
import { type FeatureSource, fingerprint, precomputedFeatures } from "../questions/index.ts";
import { type EmbeddedTexts, givenVectors, type Router, withEmbeddings } from "../routing/index.ts";
import { type EmbedderOptions, embeddedBy, embedderPlaces } from "./embedder.ts";

/** What {@link routerEmbeddingOptions} adds to a command. */
export interface RouterEmbeddingOptions extends Omit<EmbedderOptions, "embedder" | "features"> {
  readonly embedder?: readonly ("minilm" | "openai")[];
  readonly features?: readonly string[];
}

/** Options that name embeddings which are read beside the text; several at once. */
export function routerEmbeddingOptions(): Option[] {
  return [
    new Option("--embedder <name...>", "sources of embeddings that are read beside the text").choices([
      "minilm",
      "openai",
    ]),
    new Option(
      "--features <file...>",
      "vectors made elsewhere, one .npy or .safetensors a FILE, with a row a question in its order",
    ),
    ...embedderPlaces(),
  ];
}

/**
 * The vectors of the questions of some files from each source that was named. Those of embedders are kept as they come, so
 * that what fails half-way goes on where it stopped.
 */
export async function embeddedTexts(
  files: readonly (readonly string[])[],
  options: RouterEmbeddingOptions,
): Promise<EmbeddedTexts[]> {
  checkEncoder(options.models, options.embedder);
  const texts = files.flat();
  const out: EmbeddedTexts[] = [];
  if (options.features) out.push({ texts, features: given(files, options.features) });
  for (const embedder of new Set(options.embedder))
    out.push({ texts, features: await embeddedBy({ ...options, embedder }, texts) });
  return out;
}

/**
 * The router with the vectors of the questions, where it needs such. MiniLM is asked without being named, where the router was
 * trained with it; an embedding service must be given with its address, and so must vectors made elsewhere.
 */
export async function withQuestionVectors(
  router: Router,
  files: readonly (readonly string[])[],
  options: RouterEmbeddingOptions,
): Promise<Router> {
  const { embeddings } = router.features;
  if (!embeddings) {
    checkEncoder(options.models, options.embedder);
    if (options.embedder || options.features)
      throw new InputError("this router reads questions by their text alone", {
        source: options.embedder ? "--embedder" : "--features",
        hint: "Leave the option out, or train the router with it.",
      });
    return router;
  }
  const asked = embeddings.some(({ source }) => source.name === "minilm") ? (["minilm"] as const) : [];
  const embedder = [...(options.embedder ?? []), ...asked];
  return withEmbeddings(router, await embeddedTexts(files, { ...options, embedder }));
}

function checkEncoder(models: string | undefined, embedder: RouterEmbeddingOptions["embedder"]): void {
  if (models !== undefined && !embedder?.includes("minilm"))
    throw new InputError("no sentence encoder is asked for", {
      source: "--models",
      found: models,
      expected: "beside --embedder minilm: the folder that holds it",
      hint: "To choose among some LLMs only, use --allow.",
    });
}

function given(files: readonly (readonly string[])[], paths: readonly string[]) {
  if (paths.length !== files.length)
    throw new InputError("there must be one file of vectors for each file of questions", {
      source: "--features",
      found: `${paths.length}`,
      expected: `${files.length}`,
    });
  const parts = paths.map((path, k) => precomputedFeatures(readFile(path), path, files[k].length));
  const [{ dims }] = parts;
  for (const [k, part] of parts.entries())
    if (part.dims !== dims)
      throw new InputError("the files of vectors are not of one source", {
        source: paths[k],
        found: `${part.dims} numbers a vector`,
        expected: `${dims}, as in ${paths[0]}`,
      });
  const values = new Float32Array(files.flat().length * dims);
  let at = 0;
  for (const part of parts) {
    values.set(part.values, at);
    at += part.values.length;
  }
  // Vectors of training and test lie in different files: only their width says that they are of one source.
  const name = `${givenVectors}, ${dims} numbers`;
  const source: FeatureSource = {
    name: givenVectors,
    hash: fingerprint(new TextEncoder().encode(name)),
  };
  return { source, dims, values };
}
