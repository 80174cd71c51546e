/** One line on a terminal that says what is going on and for how long; nothing where standard error is piped. */
export function statusLine(): { show(text: string): void; stop(): void } {
  const started = performance.now();
  let last = 0;
  return {
    show(text) {
      const now = performance.now();
      if (!process.stderr.isTTY || now - last < 100) return;
      last = now;
      process.stderr.write(`\r\u001b[2K${text}  ${((now - started) / 1000).toFixed(0)} s`);
    },
    stop() {
      if (process.stderr.isTTY) process.stderr.write("\r\u001b[2K");
    },
  };
}
