import PgBoss from "pg-boss";
import type { Jobs } from "./jobs.ts";
import type { Log } from "./log.ts";

/** Jobs kept in PostgreSQL: they outlive the gateway that was asked, and each is done by one gateway. */
export async function pgBossJobs(url: string, log: Log): Promise<Jobs> {
  const boss = new PgBoss({ connectionString: url, max: 3, application_name: "tripos-jobs" });
  boss.on("error", (error) => log.problem("jobs", { error: error.message }));
  await boss.start();
  return {
    async handle(name, work) {
      await createQueue(boss, name);
      await boss.work(name, { pollingIntervalSeconds: 1 }, async ([job]) => {
        try {
          await work((job.data ?? {}) as Parameters<typeof work>[0]);
        } catch (error) {
          log.problem("a job failed", { job: name, error: (error as Error).message });
          throw error;
        }
      });
    },
    async send(name, data = {}, within) {
      await boss.send(name, data, within ? { singletonSeconds: within, singletonNextSlot: true } : {});
    },
    every: (name, minutes) => boss.schedule(name, minutes < 60 ? `*/${minutes} * * * *` : "7 * * * *"),
    close: () => boss.stop({ graceful: true, timeout: 2_000, wait: true }),
  };
}

/** Gateways that make the same queues at the same moment get into each other's way; the next try finds them made. */
async function createQueue(boss: PgBoss, name: string): Promise<void> {
  for (let tries = 1; ; tries++)
    try {
      return await boss.createQueue(name);
    } catch (error) {
      if (tries === 10) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100 * tries * Math.random()));
    }
}
