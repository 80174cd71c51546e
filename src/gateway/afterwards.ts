/** Work that answers need not wait for. */
export interface Afterwards {
  /** Done at the end of the event loop's turn, together with all that has come by then. */
  soon(work: () => void): void;
  /**
   * Done within a twentieth of a second. What a thread does right after an answer keeps the processor from the client that
   * is to read it, and one after another costs more than many at once.
   */
  later(work: () => void): void;
  /** Does now what there is to do. */
  catchUp(): void;
}

const patience = 50;
/** So much is not kept waiting. */
const most = 64;

/** @param onError is told of work that throws; the rest is done nevertheless */
export function afterwards(onError: (error: unknown) => void): Afterwards {
  let next: (() => void)[] = [];
  let waiting: (() => void)[] = [];
  let timer: NodeJS.Timeout | undefined;
  const all = (work: readonly (() => void)[]) => {
    for (const each of work)
      try {
        each();
      } catch (error) {
        onError(error);
      }
  };
  const runNext = () => {
    const now = next;
    next = [];
    all(now);
  };
  const runWaiting = () => {
    clearTimeout(timer);
    timer = undefined;
    const now = waiting;
    waiting = [];
    all(now);
  };
  const soon = (work: () => void) => {
    if (next.push(work) === 1) setImmediate(runNext);
  };
  return {
    soon,
    later(work) {
      const count = waiting.push(work);
      timer ??= setTimeout(runWaiting, patience);
      if (count === most) soon(runWaiting);
    },
    catchUp() {
      runNext();
      runWaiting();
    },
  };
}
