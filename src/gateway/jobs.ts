import type { Log } from "./log.ts";

/** Work beside the requests. Each piece is done by one of the gateways that share a database. */
export interface Jobs {
  /** Says who does the jobs of a name. */
  handle<T extends object>(name: string, work: (data: T) => Promise<void>): Promise<void>;
  /** Has a job done soon; with `within`, once for all that are sent within so many seconds. */
  send(name: string, data?: object, within?: number): Promise<void>;
  /** Has a job done once in so many minutes. */
  every(name: string, minutes: number): Promise<void>;
  close(): Promise<void>;
}

/** Jobs of the only gateway of an embedded database; what is not done when the process ends is not done later. */
export function inProcessJobs(log: Log): Jobs {
  const works = new Map<string, (data: object) => Promise<void>>();
  const timers = new Set<NodeJS.Timeout>();
  const due = new Set<string>();
  let last: Promise<void> = Promise.resolve();
  const run = (name: string, data: object) => {
    last = last.then(async () => {
      try {
        await works.get(name)?.(data);
      } catch (error) {
        log.problem("a job failed", { job: name, error: (error as Error).message });
      }
    });
  };
  return {
    async handle(name, work) {
      works.set(name, work as (data: object) => Promise<void>);
    },
    async send(name, data = {}, within) {
      if (within === undefined) return run(name, data);
      if (due.has(name)) return;
      due.add(name);
      const timer = setTimeout(() => {
        timers.delete(timer);
        due.delete(name);
        run(name, data);
      }, within * 1000).unref();
      timers.add(timer);
    },
    async every(name, minutes) {
      timers.add(setInterval(() => run(name, {}), minutes * 60_000).unref());
    },
    async close() {
      for (const timer of timers) clearTimeout(timer);
      works.clear();
      await last;
    },
  };
}
