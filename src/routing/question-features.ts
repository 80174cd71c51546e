import {
  fitLexical,
  type LexicalModel,
  lexicalFeatures,
  styleFeatures,
  styleNames,
  styleUnits,
} from "../questions/index.ts";
import {
  type EmbeddedTexts,
  type EmbeddingDirections,
  embeddingWidth,
  fitEmbeddings,
  projected,
  type VectorsOf,
} from "./embeddings.ts";

/** How a text becomes numbers: latent directions of its character n-grams beside how it is written. */
export interface QuestionFeatures {
  readonly lexical: LexicalModel;
  /** Mean of each style feature in training, and 1 / its spread (at least its unit, see styleUnits). */
  readonly styleMean: Float32Array;
  readonly styleScale: Float32Array;
  /** Sources of embeddings that are read beside the text; absent where there are none. */
  readonly embeddings?: readonly EmbeddingDirections[];
}

/** Texts that the latent directions are learnt from; more make no difference that shows. */
const enoughTexts = 6000;

export function fitQuestionFeatures(
  texts: readonly string[],
  dims: number,
  seed: number,
  embedded: readonly EmbeddedTexts[] = [],
): QuestionFeatures {
  const step = Math.max(1, texts.length / enoughTexts);
  const sample = Array.from(
    { length: Math.min(texts.length, enoughTexts) },
    (_, i) => texts[Math.floor(i * step)],
  );
  const lexical = fitLexical(sample, { dims, bits: 14, seed });
  const width = styleNames.length;
  const mean = new Float64Array(width);
  const squares = new Float64Array(width);
  for (const text of sample)
    styleFeatures(text).forEach((value, f) => {
      mean[f] += value / sample.length;
      squares[f] += value ** 2 / sample.length;
    });
  return {
    lexical,
    ...(embedded.length > 0 && { embeddings: fitEmbeddings(embedded, seed) }),
    styleMean: Float32Array.from(mean),
    styleScale: Float32Array.from(squares, (square, f) => {
      const deviation = Math.sqrt(Math.max(0, square - mean[f] ** 2));
      return 1 / Math.max(styleUnits[styleNames[f]], deviation);
    }),
  };
}

/** Number of features of a question's wording: lexical ones, then those of embeddings. */
export function wordingWidth({ lexical, embeddings }: QuestionFeatures): number {
  return lexical.dims + embeddingWidth(embeddings);
}

/** Number of features of a question. */
export function featureWidth(features: QuestionFeatures): number {
  return wordingWidth(features) + features.styleMean.length;
}

/**
 * A function from a text to its features: the lexical ones at length √dims, so that each has about unit variance,
 * then embeddings along their main directions, then the style ones standardised and cut at ±4.
 * @param vectorsOf a text's embeddings, where the features have such
 */
export function featureReader(
  features: QuestionFeatures,
  vectorsOf: VectorsOf = () => [],
): (text: string) => Float32Array {
  const { lexical, styleMean, styleScale, embeddings = [] } = features;
  const wording = wordingWidth(features);
  const read = lexicalFeatures(lexical);
  const stretch = Math.sqrt(lexical.dims);
  return (text) => {
    const out = new Float32Array(wording + styleMean.length);
    const { values } = read([text]);
    for (let d = 0; d < lexical.dims; d++) out[d] = stretch * values[d];
    let at = lexical.dims;
    vectorsOf(text).forEach((vector, k) => {
      const values = projected(embeddings[k], vector);
      out.set(values, at);
      at += values.length;
    });
    styleFeatures(text).forEach((value, f) => {
      out[wording + f] = Math.max(-4, Math.min(4, (value - styleMean[f]) * styleScale[f]));
    });
    return out;
  };
}

/** The router's features learnt from some texts, to be used by other methods: a function from a text to its features. */
export function routerFeatures(
  texts: readonly string[],
  { dims = 32, seed = 0 } = {},
): { readonly width: number; readonly read: (text: string) => Float32Array } {
  const features = fitQuestionFeatures(texts, dims, seed);
  return { width: featureWidth(features), read: featureReader(features) };
}
