/** One line on a terminal that says what is going on and for how long; nothing where standard error is piped. */
export interface StatusLine {
  /** @param steps of something whose steps take about as long each: tells the time that is left at most */
  show(text: string, steps?: { readonly done: number; readonly total: number }): void;
  stop(): void;
}

export function statusLine(): StatusLine {
  const started = performance.now();
  let last = 0;
  let first: { readonly done: number; readonly at: number } | undefined;
  return {
    show(text, steps) {
      const now = performance.now();
      if (!steps) first = undefined;
      else if (!first || steps.done < first.done) first = { done: steps.done, at: now };
      if (!process.stderr.isTTY || now - last < 100) return;
      last = now;
      const left = steps && first && steps.done > first.done ? timeLeft(steps, first, now) : "";
      process.stderr.write(`\r\u001b[2K${text}  ${((now - started) / 1000).toFixed(0)} s${left}`);
    },
    stop() {
      if (process.stderr.isTTY) process.stderr.write("\r\u001b[2K");
    },
  };
}

function timeLeft(
  { done, total }: { readonly done: number; readonly total: number },
  first: { readonly done: number; readonly at: number },
  now: number,
): string {
  const seconds = (((now - first.at) / (done - first.done)) * (total - done)) / 1000;
  return `, at most ${Math.ceil(seconds)} s left`;
}
