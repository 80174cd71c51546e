import { InputError } from "../input-error.ts";

/** What made some features; recorded in everything that is computed from them. */
export interface FeatureSource {
  /** "lexical", "minilm", "openai:text-embedding-3-small", the name of a file, … */
  readonly name: string;
  /** Fingerprint of the model or file: features of different hashes must not be compared. */
  readonly hash: string;
}

/** Numbers that describe texts, one row a text. */
export interface Features {
  readonly source: FeatureSource;
  readonly dims: number;
  /** rows × dims, row by row. */
  readonly values: Float32Array;
}

/** Texts in, features out: the one interface of every source of text features. */
export interface Embedder {
  readonly source: FeatureSource;
  /** One row a text, in the order of `texts`. */
  embed(texts: readonly string[]): Promise<Features>;
}

/** Number of rows (texts) of some features. */
export function rowCount(features: Features): number {
  return features.values.length / features.dims;
}

/** The rows `rows` (indices) of some features, in that order. */
export function selectRows(features: Features, rows: ArrayLike<number>): Features {
  const { dims, values } = features;
  const out = new Float32Array(rows.length * dims);
  for (let r = 0; r < rows.length; r++)
    out.set(values.subarray(rows[r] * dims, (rows[r] + 1) * dims), r * dims);
  return { ...features, values: out };
}

/** Throws unless two sets of features come from the same model and may be compared. */
export function requireSameSource(known: Features, other: Features): void {
  if (known.source.hash !== other.source.hash)
    throw new InputError("text features of two different models cannot be compared", {
      found: `${other.source.name} (${other.source.hash})`,
      expected: `${known.source.name} (${known.source.hash})`,
      hint: "Use the embedder that the training questions' features were made with.",
    });
}

/** Throws unless each value is a finite number. */
export function requireFinite(values: ArrayLike<number>, dims: number, source: string): void {
  for (let i = 0; i < values.length; i++)
    if (!Number.isFinite(values[i]))
      throw new InputError("a feature is not a finite number", {
        source,
        at: `row ${Math.floor(i / dims)}, column ${i % dims}`,
        found: String(values[i]),
      });
}
