/**
 * One computation for all who ask for its result: done anew only when the result is older than `least` milliseconds and
 * than twenty times what it took, so that it never takes more than a twentieth of the time.
 */
export function refreshed<T>(compute: () => Promise<T>, least: number): () => Promise<T> {
  let current: Promise<T> | undefined;
  let stale = 0;
  return () => {
    if (current && performance.now() < stale) return current;
    const begun = performance.now();
    stale = Number.POSITIVE_INFINITY;
    const done = () => {
      const now = performance.now();
      stale = now + Math.max(least, 20 * (now - begun));
    };
    current = compute();
    current.then(done, done);
    return current;
  };
}
