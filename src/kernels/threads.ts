/** A thread that answers one message at a time. */
export interface Thread {
  /** @throws what the thread's program threw */
  ask(message: unknown): Promise<unknown>;
  stop(): void;
}

/** What a thread sends back. */
type Answer = { readonly result: unknown } | { readonly error: string };

interface NodeWorker {
  postMessage(message: unknown): void;
  terminate(): unknown;
  unref(): void;
  on(event: string, listener: (value: unknown) => void): void;
}

/** Node's own module, reached without an import, so that browsers can load this. */
function workerThreads<T>(): T | undefined {
  const host = (globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } }).process;
  return host?.getBuiltinModule?.("node:worker_threads") as T | undefined;
}

/** Longest that a computation keeps the event loop waiting between two of its steps, in milliseconds. */
const longestBreath = 100;

/** Lets the host do what waits (signals, say), at most every so often: to be awaited between a computation's steps. */
export function breathing(): () => Promise<void> | undefined {
  let last = performance.now();
  return () => {
    if (performance.now() - last < longestBreath) return undefined;
    return new Promise((resolve) => {
      setTimeout(() => {
        last = performance.now();
        resolve();
      });
    });
  };
}

/**
 * Starts threads that run a program, given as text so that it works from any bundle without a file of its own.
 * @returns undefined where the host has no workers, or refuses them
 */
export function startThreads(program: string, count: number): Thread[] | undefined {
  const threads: Thread[] = [];
  try {
    for (let t = 0; t < count; t++) {
      const thread = startThread(program);
      if (!thread) return undefined;
      threads.push(thread);
    }
    return threads;
  } catch {
    for (const thread of threads) thread.stop();
    return undefined;
  }
}

function startThread(program: string): Thread | undefined {
  let settle: { resolve(value: unknown): void; reject(reason: unknown): void } | undefined;
  const hear = (answer: Answer) =>
    "error" in answer ? settle?.reject(new Error(answer.error)) : settle?.resolve(answer.result);
  const fail = (reason: unknown) =>
    settle?.reject(reason instanceof Error ? reason : new Error("a thread failed"));
  const thread = (post: (message: unknown) => void, stop: () => void): Thread => ({
    ask: (message) =>
      new Promise((resolve, reject) => {
        settle = { resolve, reject };
        post(message);
      }),
    stop,
  });
  const node = workerThreads<{ Worker: new (source: string, options: { eval: true }) => NodeWorker }>();
  if (node) {
    const worker = new node.Worker(program, { eval: true });
    worker.on("message", (answer) => hear(answer as Answer));
    worker.on("error", fail);
    return thread(
      (message) => worker.postMessage(message),
      () => worker.terminate(),
    );
  }
  if (typeof Worker === "undefined") return undefined;
  const address = URL.createObjectURL(new Blob([program], { type: "text/javascript" }));
  const worker = new Worker(address);
  worker.onmessage = (event: MessageEvent<Answer>) => hear(event.data);
  worker.onerror = fail;
  return thread(
    (message) => worker.postMessage(message),
    () => {
      worker.terminate();
      URL.revokeObjectURL(address);
    },
  );
}

/** In a thread's program: answers every message with what `handle` returns, whose `transfer` buffers move. */
export function answerMessages(
  handle: (message: never) => { readonly result: unknown; readonly transfer?: readonly ArrayBuffer[] },
): void {
  interface Port {
    postMessage(answer: Answer, transfer: readonly ArrayBuffer[]): void;
    on?(event: "message", hear: (message: never) => void): void;
    onmessage?: (event: { data: never }) => void;
  }
  const node = workerThreads<{ parentPort: Port }>();
  const port = node ? node.parentPort : (globalThis as unknown as Port);
  const hear = (message: never) => {
    try {
      const { result, transfer = [] } = handle(message);
      port.postMessage({ result }, transfer);
    } catch (error) {
      port.postMessage({ error: String(error) }, []);
    }
  };
  if (port.on) port.on("message", hear);
  else port.onmessage = (event) => hear(event.data);
}

/** A typed array that threads share where the host has shared memory; elsewhere each gets its copy. */
export function shared<A extends Float64Array | Float32Array | Int32Array | Uint8Array>(values: A): A {
  if (typeof SharedArrayBuffer === "undefined") return values;
  const make = values.constructor as new (buffer: SharedArrayBuffer) => A;
  const copy = new make(new SharedArrayBuffer(values.byteLength));
  copy.set(values);
  return copy;
}
