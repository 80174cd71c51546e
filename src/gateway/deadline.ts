import { abortSignal, type Leaving } from "./departure.ts";

/** An error by the code that undici gives it, for what is asked without undici. */
const coded = (code: string) => Object.assign(new Error(code), { code });

/** One request that is given up when the client leaves or when a part of it takes too long. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #client: AbortSignal;
  /** Rejects when it is given up. */
  readonly #given: Promise<never>;
  readonly #leave = () => this.#controller.abort(this.#client.reason);

  constructor(client: Leaving) {
    client.throwIfAborted();
    this.#client = abortSignal(client);
    this.#client.addEventListener("abort", this.#leave, { once: true });
    this.#given = new Promise<never>((_, reject) => {
      this.signal.addEventListener("abort", () => reject(this.signal.reason), { once: true });
    });
    this.#given.catch(() => {});
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The work's result, when it comes in so many milliseconds. @throws an error of this code when it does not */
  async within<T>(milliseconds: number, code: string, work: Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.#controller.abort(coded(code)), milliseconds);
    work.catch(() => {});
    try {
      return await Promise.race([this.#given, work]);
    } finally {
      clearTimeout(timer);
    }
  }

  giveUp(): void {
    this.#controller.abort(coded("given up"));
  }

  /** The request has ended. */
  end(): void {
    this.#client.removeEventListener("abort", this.#leave);
  }
}
