/** What a grader made of a response: a score in [0, 1], or undefined where it found no answer in it. */
export interface Grade {
  readonly score: number | undefined;
  /** The answer that it read, for the record. */
  readonly extracted?: string;
}

/** A question with what its grader needs. */
export interface Gradable {
  readonly answer?: unknown;
  readonly choices?: readonly string[];
}

export function graded(extracted: string, right: boolean): Grade {
  return { score: right ? 1 : 0, extracted };
}

/** Lower case, without punctuation, articles and doubled spaces, accents and widths made alike (as SQuAD scores). */
export function normalise(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[\p{P}\p{S}]+/gu, " ")
    .replace(/\b(a|an|the)\b/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}

/**
 * What a reasoning model says after its `<think>…</think>`. Some servers leave the opening tag out; where the closing one is
 * missing the model never came to its answer, and nothing is left.
 */
export function withoutThinking(output: string): string {
  return output
    .replace(/^[\s\S]*<\/think(?:ing)?>/i, "")
    .replace(/<think(?:ing)?>[\s\S]*$/i, "")
    .trim();
}
