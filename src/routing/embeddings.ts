import { InputError } from "../input-error.ts";
import { type FeatureSource, type Features, principalDirections } from "../questions/index.ts";
import type { Router } from "./router.ts";

/** Vectors of some texts from one source (a sentence encoder, an embedding service, a file), row by row. */
export interface EmbeddedTexts {
  readonly texts: readonly string[];
  readonly features: Features;
}

/** How a router reads the vectors of one source: their main directions in training. */
export interface EmbeddingDirections {
  readonly source: FeatureSource;
  /** Numbers of a vector. */
  readonly width: number;
  readonly mean: Float32Array;
  /** width × K, each direction scaled to unit variance in training. */
  readonly directions: Float32Array;
}

/** Directions that are kept of a source, and texts that they are learnt from. */
const kept = 32;
const enoughTexts = 6000;

/** The main directions of each source. */
export function fitEmbeddings(embedded: readonly EmbeddedTexts[], seed: number): EmbeddingDirections[] {
  return embedded.map(({ features: { source, dims: width, values } }) => {
    const rows = values.length / width;
    const step = Math.max(1, rows / enoughTexts);
    const sample = new Float32Array(Math.min(rows, enoughTexts) * width);
    for (let r = 0; r * width < sample.length; r++) {
      const from = Math.floor(r * step) * width;
      sample.set(values.subarray(from, from + width), r * width);
    }
    const k = Math.min(kept, width, Math.max(1, sample.length / width - 1));
    const { mean, directions } = principalDirections(sample, width, k, seed);
    const fitted = {
      source,
      width,
      mean: Float32Array.from(mean),
      directions: Float32Array.from(directions),
    };
    const squares = new Float64Array(k);
    for (let o = 0; o < sample.length; o += width)
      projected(fitted, sample.subarray(o, o + width)).forEach((value, d) => {
        squares[d] += (value ** 2 * width) / sample.length;
      });
    const scaled = fitted.directions.map((value, o) => value / Math.sqrt(Math.max(1e-12, squares[o % k])));
    return { ...fitted, directions: scaled };
  });
}

/** Number of features that embeddings become. */
export function embeddingWidth(embeddings: readonly EmbeddingDirections[] = []): number {
  return embeddings.reduce((sum, { directions, width }) => sum + directions.length / width, 0);
}

/** A vector along the directions. */
export function projected(
  { width, mean, directions }: EmbeddingDirections,
  vector: ArrayLike<number>,
): Float32Array {
  const k = directions.length / width;
  const out = new Float32Array(k);
  for (let i = 0; i < width; i++) {
    const value = vector[i] - mean[i];
    for (let d = 0; d < k; d++) out[d] += value * directions[i * k + d];
  }
  return out;
}

/** A text's vector from each source, in the order of a router's. */
export type VectorsOf = (text: string) => readonly ArrayLike<number>[];

/**
 * Looks texts up among those that were embedded.
 * @throws InputError for a source that is missing or another one
 */
export function vectorsIn(
  embeddings: readonly EmbeddingDirections[],
  embedded: readonly EmbeddedTexts[],
): VectorsOf {
  const tables = embeddings.map(({ source, width }) => {
    const found = embedded.find(
      ({ features }) => features.source.hash === source.hash && features.dims === width,
    );
    if (!found) throw missing(source, embedded.map(({ features }) => features.source.name).join(", "));
    const { texts, features } = found;
    const rowOf = new Map(texts.map((text, i) => [text, i]));
    return { source, width, rowOf, values: features.values };
  });
  return (text) =>
    tables.map(({ source, width, rowOf, values }) => {
      const row = rowOf.get(text);
      if (row === undefined) throw missing(source, "none of this question");
      return values.subarray(row * width, (row + 1) * width);
    });
}

const lookUps = new WeakMap<object, VectorsOf>();

/**
 * The router with the vectors of the questions that it will be asked: a router that was trained with embeddings reads them
 * beside the text. They are not written with the router.
 * @throws InputError for a source that is missing or another one than in training
 */
export function withEmbeddings(router: Router, embedded: readonly EmbeddedTexts[]): Router {
  const { embeddings } = router.features;
  if (!embeddings) return router;
  const features = { ...router.features };
  lookUps.set(features, vectorsIn(embeddings, embedded));
  return { ...router, features };
}

/** {@link withEmbeddings} for questions that come one by one. */
export function withVectors(router: Router, vectorsOf: VectorsOf): Router {
  const features = { ...router.features };
  lookUps.set(features, vectorsOf);
  return { ...router, features };
}

/** What {@link withEmbeddings} has given to some features. */
export function vectorsFor(features: { readonly embeddings?: readonly EmbeddingDirections[] }): VectorsOf {
  return (
    lookUps.get(features) ??
    (() => {
      throw missing((features.embeddings as EmbeddingDirections[])[0].source, "none");
    })
  );
}

function missing({ name, hash }: FeatureSource, found: string): InputError {
  return new InputError(
    `this router reads questions by the embedder ${name} too, whose vectors are missing`,
    {
      field: "features",
      found: found || "none",
      expected: `vectors of ${name} (${hash})`,
      hint:
        name === "minilm"
          ? "Give --embedder minilm (with --models DIR where there is no network; npm install @huggingface/transformers), in the library withEmbeddings."
          : name === givenVectors
            ? "Give the questions' vectors with --features FILE.npy, in the library withEmbeddings."
            : "Give --embedder openai --base-url URL, in the library withEmbeddings.",
    },
  );
}

/** Name of a source whose vectors come from files. */
export const givenVectors = "given vectors";
