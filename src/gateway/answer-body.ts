import type { Dispatcher } from "undici";
import type { Leaving } from "./departure.ts";
import type { UpstreamAnswer } from "./upstream.ts";

/** Bytes held for a reader before the connection is told to wait. */
const most = 65_536;

const end: IteratorReturnResult<undefined> = { done: true, value: undefined };

type Result = IteratorResult<Uint8Array, undefined>;

/**
 * An answer as undici's connection hands it over, to be read piece by piece; the connection waits while the reader is
 * behind. (undici's own `request` makes a Node stream of every body, which costs more than the rest of a short answer.)
 */
export class AnswerBody implements Dispatcher.DispatchHandler, AsyncIterator<Uint8Array, undefined> {
  readonly #signal: Leaving;
  readonly #resolve: (answer: UpstreamAnswer) => void;
  readonly #reject: (error: unknown) => void;
  readonly #pieces: Uint8Array[] = [];
  #held = 0;
  #controller: Dispatcher.DispatchController | undefined;
  #reader: { resolve: (result: Result) => void; reject: (error: unknown) => void } | undefined;
  #ended = false;
  #error: unknown;

  constructor(signal: Leaving, resolve: (answer: UpstreamAnswer) => void, reject: (error: unknown) => void) {
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
    signal.addEventListener("abort", this.#leave);
  }

  readonly #leave = (): void => {
    if (this.#controller) this.#controller.abort(this.#signal.reason as Error);
    else this.#fail(this.#signal.reason);
  };

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#signal.aborted) this.#leave();
  }

  onResponseStart(
    _: Dispatcher.DispatchController,
    status: number,
    headers: UpstreamAnswer["headers"],
  ): void {
    if (status < 200) return;
    this.#resolve({
      status,
      headers,
      body: this,
      cancel: () => this.#controller?.abort(new Error("given up")),
    });
  }

  onResponseData(controller: Dispatcher.DispatchController, piece: Uint8Array): void {
    const reader = this.#reader;
    if (reader) {
      this.#reader = undefined;
      reader.resolve({ done: false, value: piece });
      return;
    }
    this.#pieces.push(piece);
    this.#held += piece.length;
    if (this.#held >= most) controller.pause();
  }

  onResponseEnd(): void {
    this.#ended = true;
    this.#signal.removeEventListener("abort", this.#leave);
    this.#reader?.resolve(end);
    this.#reader = undefined;
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#fail(error);
  }

  #fail(error: unknown): void {
    this.#error ??= error;
    this.#signal.removeEventListener("abort", this.#leave);
    this.#reject(error);
    this.#reader?.reject(error);
    this.#reader = undefined;
  }

  next(): Promise<Result> {
    const piece = this.#pieces.shift();
    if (piece) {
      this.#held -= piece.length;
      if (this.#held < most && this.#controller?.paused) this.#controller.resume();
      return Promise.resolve({ done: false, value: piece });
    }
    if (this.#error !== undefined) return Promise.reject(this.#error);
    if (this.#ended) return Promise.resolve(end);
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
    });
  }
}
