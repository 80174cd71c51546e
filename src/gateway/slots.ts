import type { Leaving } from "./departure.ts";
import { UpstreamFault } from "./opened-answer.ts";

/** At most so many requests at once at an upstream, and so many waiting, first come first served. */
export class Slots {
  #free: number;
  readonly #room: number;
  readonly #waiting: (() => void)[] = [];

  constructor(concurrency: number, queue: number) {
    this.#free = concurrency;
    this.#room = queue;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Takes a slot, waiting for one if need be.
   *
   * @returns what gives the slot back; calling it again does nothing
   * @throws UpstreamFault when the queue is full
   */
  async take(signal: Leaving): Promise<() => void> {
    const free = this.free();
    if (free) return free;
    if (this.#waiting.length >= this.#room) throw new UpstreamFault("has a full queue", 503);
    await new Promise<void>((resolve, reject) => {
      const turn = () => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(turn), 1);
        reject(signal.reason);
      };
      this.#waiting.push(turn);
      signal.addEventListener("abort", leave, { once: true });
    });
    return this.#release();
  }

  /** A slot at once, where one is free; else undefined. */
  free(): (() => void) | undefined {
    if (this.#free === 0) return undefined;
    this.#free--;
    return this.#release();
  }

  #release(): () => void {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    };
  }
}
