import { int8Table } from "../kernels/index.ts";
import type { Embedder, FeatureSource, Features } from "./features.ts";
import { fingerprint } from "./fingerprint.ts";
import { latentDirections } from "./latent.ts";
import { mostTerms, termCounter } from "./terms.ts";
import { dampened, inverseDocumentFrequencies, termRows, weightedUnitRows } from "./tfidf.ts";

/**
 * Features without a model file: hashed character n-grams projected onto a few latent directions (latent semantic
 * analysis, Deerwester et al. 1990). A text's features are x / |x| with x = Σ_b (1 + ln count_b) · projection_b over
 * the buckets b that occur in it; the projection holds the inverse document frequencies too.
 */
export interface LexicalModel {
  /** n-grams are hashed into 2^bits buckets. */
  readonly bits: number;
  readonly dims: number;
  /** 2^bits × dims, to be multiplied by its column's scale. */
  readonly projection: Int8Array;
  /** dims. */
  readonly scales: Float32Array;
}

export interface LexicalOptions {
  /** Number of features; 32 unless given. */
  readonly dims?: number;
  /** 2^bits buckets; 14 unless given. */
  readonly bits?: number;
  readonly seed?: number;
}

/** Learns the latent directions from texts alone; deterministic for a seed. */
export function fitLexical(texts: readonly string[], options: LexicalOptions = {}): LexicalModel {
  const { dims = 32, bits = 14, seed = 0 } = options;
  const rows = termRows(texts, bits);
  const weights = inverseDocumentFrequencies(rows);
  const directions = latentDirections(weightedUnitRows(rows, weights), dims, seed);
  for (let i = 0; i < directions.length; i++) directions[i] *= weights[Math.floor(i / dims)];
  const largest = new Float64Array(dims);
  for (let i = 0; i < directions.length; i++)
    largest[i % dims] = Math.max(largest[i % dims], Math.abs(directions[i]));
  const scales = Float32Array.from(largest, (most) => most / 127 || 1);
  const projection = Int8Array.from(directions, (value, i) => Math.round(value / scales[i % dims]));
  return { bits, dims, projection, scales };
}

/** Unit-length features of each text; zeros for a text without a known n-gram (the empty one, for instance). */
export function lexicalFeatures(model: LexicalModel): (texts: readonly string[]) => Features {
  const { bits, dims, projection, scales } = model;
  const count = termCounter(bits);
  const source = lexicalSource(model);
  const { columns, weights, out, run } = int8Table(projection, dims, mostTerms(bits));
  return (texts) => {
    const values = new Float32Array(texts.length * dims);
    texts.forEach((text, t) => {
      const { size, buckets, counts } = count(text);
      for (let i = 0; i < size; i++) {
        columns[i] = buckets[i];
        weights[i] = dampened(counts[buckets[i]]);
      }
      run(size);
      let squares = 0;
      for (let d = 0; d < dims; d++) squares += (out[d] * scales[d]) ** 2;
      const length = Math.sqrt(squares) || 1;
      for (let d = 0; d < dims; d++) values[t * dims + d] = (out[d] * scales[d]) / length;
    });
    return { source, dims, values };
  };
}

/** Features rounded to int8 (127 = 1), as {@link lexicalEmbedder} and the embedded pack have them. */
export function int8Features(values: Float32Array): Int8Array {
  return Int8Array.from(values, (value) => Math.round(127 * value));
}

/** The embedder of a lexical model; its features are rounded as the pack's are, so that both give the same neighbours. */
export function lexicalEmbedder(model: LexicalModel): Embedder {
  const embed = lexicalFeatures(model);
  return {
    source: lexicalSource(model),
    async embed(texts) {
      const features = embed(texts);
      return {
        ...features,
        values: Float32Array.from(int8Features(features.values), (value) => value / 127),
      };
    },
  };
}

/** Name and fingerprint of a lexical model. */
export function lexicalSource({ projection, scales }: LexicalModel): FeatureSource {
  const bytes = new Uint8Array(projection.byteLength + scales.byteLength);
  bytes.set(new Uint8Array(projection.buffer, projection.byteOffset, projection.byteLength));
  bytes.set(new Uint8Array(scales.buffer, scales.byteOffset, scales.byteLength), projection.byteLength);
  return { name: "lexical", hash: fingerprint(bytes) };
}
