import { Presets, SingleBar } from "cli-progress";

/** A bar with percentage and expected time left on a terminal; nothing where standard error is piped or redirected. */
export function progressBar(
  title: string,
  unit = "",
): { update(done: number, total: number): void; stop(): void } {
  let bar: SingleBar | undefined;
  return {
    update(done, total) {
      if (!process.stderr.isTTY) return;
      if (!bar) {
        const format = `${title} {bar} {percentage} %  {value}/{total}${unit && ` ${unit}`}  {eta_formatted} left`;
        bar = new SingleBar(
          { format, stream: process.stderr, clearOnComplete: true, hideCursor: true },
          Presets.rect,
        );
        bar.start(total, done);
      }
      bar.setTotal(total);
      bar.update(done);
    },
    stop() {
      bar?.stop();
      bar = undefined;
    },
  };
}
