import { type Cells, logisticSweeper, type SweepJob, type SweepSide } from "./logistic-sweep.ts";
import { kernelModule } from "./wasm.ts";

/** Sweeps run on several threads; `stop` ends them. */
export interface SweepThreads {
  readonly run: (job: SweepJob) => Promise<void>;
  readonly stop: () => void;
}

/** What the pool needs of a worker, in the browser and in Node. */
interface Thread {
  postMessage(message: unknown): void;
  terminate(): unknown;
  listen(hear: (message: unknown) => void, fail: (error: unknown) => void): void;
}

/** Runs sweeps on this thread. */
export function sweepHere(sides: readonly [Cells, Cells]): (job: SweepJob) => void {
  return logisticSweeper(
    kernelModule(),
    sides.map((side) => ({ ...side, from: 0, to: side.rows })),
  );
}

/** Zeroed float64 numbers that threads share where the host has shared memory. */
export function sharedDoubles(length: number): Float64Array {
  return typeof SharedArrayBuffer === "undefined"
    ? new Float64Array(length)
    : new Float64Array(new SharedArrayBuffer(8 * length));
}

/**
 * Starts `count` threads, each for its share of the rows of both sides, or returns undefined where the host has no
 * workers or no shared memory. The arrays of the jobs must come from {@link sharedDoubles}. Results are those of
 * {@link sweepHere} to the last bit, whatever the count.
 */
export async function startSweepThreads(
  sides: readonly [Cells, Cells],
  count: number,
): Promise<SweepThreads | undefined> {
  if (typeof SharedArrayBuffer === "undefined") return undefined;
  const threads: Thread[] = [];
  const stop = () => {
    for (const thread of threads) thread.terminate();
  };
  try {
    const ready = Array.from({ length: count }, (_, t) => {
      const thread = startThread(workerSource);
      if (!thread) throw new Error("no workers");
      threads.push(thread);
      const share = sides.map((side): SweepSide => {
        const from = Math.floor((side.rows * t) / count);
        const to = Math.floor((side.rows * (t + 1)) / count);
        const cut = (values: Float32Array) => values.slice(from * side.columns, to * side.columns);
        return { ...side, trials: cut(side.trials), successes: cut(side.successes), from, to };
      });
      return ask(thread, { module: kernelModule(), sides: share });
    });
    await Promise.all(ready);
  } catch {
    stop();
    return undefined;
  }
  return {
    run: async (job) => {
      await Promise.all(threads.map((thread) => ask(thread, { job })));
    },
    stop,
  };
}

function ask(thread: Thread, message: unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    thread.listen((answer) => (answer === "done" ? resolve() : reject(new Error(String(answer)))), reject);
    thread.postMessage(message);
  });
}

/** A whole program as text, so that it runs from any bundle without a file of its own. */
const workerSource = `
const logisticSweeper = ${logisticSweeper.toString()};
const port = typeof require === "function" ? require("node:worker_threads").parentPort : undefined;
const answer = (text) => (port ?? self).postMessage(text);
let run;
const hear = (message) => {
  try {
    if (message.job) run(message.job);
    else run = logisticSweeper(message.module, message.sides);
    answer("done");
  } catch (error) {
    answer(String(error));
  }
};
if (port) port.on("message", hear);
else self.onmessage = (event) => hear(event.data);
`;

interface NodeWorker {
  postMessage(message: unknown): void;
  terminate(): unknown;
  removeAllListeners(): void;
  once(event: string, listener: (value: unknown) => void): void;
}

function startThread(source: string): Thread | undefined {
  // Node has no Worker among its globals; its own module is reached without an import, so that browsers can load this.
  const host = (globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } }).process;
  const node = host?.getBuiltinModule?.("node:worker_threads") as
    | { Worker: new (source: string, options: { eval: true }) => NodeWorker }
    | undefined;
  if (node) {
    const worker = new node.Worker(source, { eval: true });
    return {
      postMessage: (message) => worker.postMessage(message),
      terminate: () => worker.terminate(),
      listen: (hear, fail) => {
        worker.removeAllListeners();
        worker.once("message", hear);
        worker.once("error", fail);
      },
    };
  }
  if (typeof Worker === "undefined") return undefined;
  const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(address);
  return {
    postMessage: (message) => worker.postMessage(message),
    terminate: () => {
      worker.terminate();
      URL.revokeObjectURL(address);
    },
    listen: (hear, fail) => {
      worker.onmessage = (event) => hear(event.data);
      worker.onerror = fail;
    },
  };
}
