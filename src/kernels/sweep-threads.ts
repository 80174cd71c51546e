import { type Cells, logisticSweeper, type SweepJob, type SweepSide } from "./logistic-sweep.ts";
import { sweepProgram } from "./sweep-worker.program.ts";
import { startThreads } from "./threads.ts";
import { kernelModule } from "./wasm.ts";

/** Sweeps run on several threads; `stop` ends them. */
export interface SweepThreads {
  readonly run: (job: SweepJob) => Promise<void>;
  readonly stop: () => void;
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
  const threads = startThreads(sweepProgram, count);
  if (!threads) return undefined;
  const stop = () => {
    for (const thread of threads) thread.stop();
  };
  try {
    const ready = threads.map((thread, t) => {
      const share = sides.map((side): SweepSide => {
        const from = Math.floor((side.rows * t) / count);
        const to = Math.floor((side.rows * (t + 1)) / count);
        const cut = (values: Float32Array) => values.slice(from * side.columns, to * side.columns);
        return { ...side, trials: cut(side.trials), successes: cut(side.successes), from, to };
      });
      return thread.ask({ sides: share });
    });
    await Promise.all(ready);
  } catch {
    stop();
    return undefined;
  }
  return {
    run: async (job) => {
      await Promise.all(threads.map((thread) => thread.ask({ job })));
    },
    stop,
  };
}
