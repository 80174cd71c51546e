import { fingerprint } from "../questions/index.ts";

/** Characters of a conversation's beginning that are kept as they are. */
const shown = 400;

const utf8 = new TextEncoder();

/**
 * Remembers which model a conversation is with, so that the upstream's prompt cache is not lost for a small gain.
 * Keeps the conversations used last.
 */
export class Conversations {
  readonly #models = new Map<string, string>();
  readonly #most: number;

  constructor(most = 20_000) {
    this.#most = most;
  }

  /** A long text is told apart by its first characters, its length and a hash. */
  static key(whole: string): string {
    if (whole.length <= shown) return whole;
    return `${whole.slice(0, shown)}\u0000${whole.length}\u0000${fingerprint(utf8.encode(whole))}`;
  }

  /** The model of the first of these conversations that is known. */
  model(keys: readonly string[]): string | undefined {
    for (const key of keys) {
      const model = this.#models.get(key);
      if (model !== undefined) return model;
    }
    return undefined;
  }

  remember(key: string, model: string): void {
    this.#models.delete(key);
    this.#models.set(key, model);
    if (this.#models.size > this.#most) this.#models.delete(this.#models.keys().next().value!);
  }
}
