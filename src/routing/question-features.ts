import {
  fitLexical,
  type LexicalModel,
  lexicalFeatures,
  styleFeatures,
  styleNames,
  styleUnits,
} from "../questions/index.ts";

/** How a text becomes numbers: latent directions of its character n-grams beside how it is written. */
export interface QuestionFeatures {
  readonly lexical: LexicalModel;
  /** Mean of each style feature in training, and 1 / its spread (at least its unit, see styleUnits). */
  readonly styleMean: Float32Array;
  readonly styleScale: Float32Array;
}

/** Texts that the latent directions are learnt from; more make no difference that shows. */
const enoughTexts = 6000;

export function fitQuestionFeatures(texts: readonly string[], dims: number, seed: number): QuestionFeatures {
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
    styleMean: Float32Array.from(mean),
    styleScale: Float32Array.from(squares, (square, f) => {
      const deviation = Math.sqrt(Math.max(0, square - mean[f] ** 2));
      return 1 / Math.max(styleUnits[styleNames[f]], deviation);
    }),
  };
}

/** Number of features of a question. */
export function featureWidth({ lexical, styleMean }: QuestionFeatures): number {
  return lexical.dims + styleMean.length;
}

/**
 * A function from a text to its features: the lexical ones at length √dims, so that each has about unit variance,
 * then the style ones standardised and cut at ±4.
 */
export function featureReader(features: QuestionFeatures): (text: string) => Float32Array {
  const { lexical, styleMean, styleScale } = features;
  const read = lexicalFeatures(lexical);
  const stretch = Math.sqrt(lexical.dims);
  return (text) => {
    const out = new Float32Array(lexical.dims + styleMean.length);
    const { values } = read([text]);
    for (let d = 0; d < lexical.dims; d++) out[d] = stretch * values[d];
    styleFeatures(text).forEach((value, f) => {
      out[lexical.dims + f] = Math.max(-4, Math.min(4, (value - styleMean[f]) * styleScale[f]));
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
