import { fingerprint } from "../questions/index.ts";
import type { Decision } from "./decide.ts";

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

  constructor(most = 10_000) {
    this.#most = most;
  }

  /** A long beginning is told apart by its first characters, its length and a hash. */
  static key(caller: string, start: string): string {
    const whole = `${caller}\u0000${start}`;
    if (whole.length <= shown) return whole;
    return `${whole.slice(0, shown)}\u0000${whole.length}\u0000${fingerprint(utf8.encode(whole))}`;
  }

  /** The decision, or the conversation's model where the gain in P of leaving it is at most `stickiness`. */
  stay(key: string, decision: Decision, stickiness: number): Decision {
    const current = this.#models.get(key);
    if (current === undefined || current === decision.model) return decision;
    const standing = decision.candidates.find(({ model }) => model === current);
    if (!standing || decision.p - standing.p > stickiness) return decision;
    return {
      ...standing,
      candidates: [standing, ...decision.candidates.filter((each) => each !== standing)],
      rule: `the conversation stays with its model: ${decision.model} would gain ${(decision.p - standing.p).toFixed(3)}`,
    };
  }

  remember(key: string, model: string): void {
    this.#models.delete(key);
    this.#models.set(key, model);
    if (this.#models.size > this.#most) this.#models.delete(this.#models.keys().next().value!);
  }
}
