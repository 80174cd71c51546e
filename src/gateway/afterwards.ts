/**
 * A queue of work that answers need not wait for: all that has come together is done at the end of the event loop's turn.
 *
 * @param onError is told of work that throws; the rest is done nevertheless
 */
export function afterwards(onError: (error: unknown) => void): (work: () => void) => void {
  let waiting: (() => void)[] = [];
  const run = () => {
    const now = waiting;
    waiting = [];
    for (const work of now)
      try {
        work();
      } catch (error) {
        onError(error);
      }
  };
  return (work) => {
    if (waiting.push(work) === 1) setImmediate(run);
  };
}
