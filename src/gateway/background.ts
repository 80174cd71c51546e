import { randomUUID } from "node:crypto";
import { takeExam } from "../exam/index.ts";
import type { GatewayConfig } from "./config.ts";
import type { Examinations } from "./examinations.ts";
import { recalibrate, rollUp } from "./recalibrate.ts";
import type { RouterVersions } from "./router-versions.ts";
import type { Store } from "./store.ts";

/** Seconds within which many grades bring about one recalibration. */
const patience = 5;

/** Has the work beside the requests done: recalibration from feedback, sums and deletion, exam runs. */
export async function startBackground(parts: {
  readonly store: Store;
  readonly routers: RouterVersions | undefined;
  readonly exams: () => Examinations;
  readonly config: () => GatewayConfig;
  /** Where this gateway listens: exams ask through it. */
  readonly url: string;
  readonly adminKey: string | undefined;
}): Promise<{ /** A grade was given. */ graded(): void }> {
  const { store, routers, exams, config, url, adminKey } = parts;
  const jobs = await store.jobs();
  await jobs.handle("roll-up", async () => rollUp(store, config().store.keepDays));
  await jobs.every("roll-up", 10);
  await jobs.handle<{ exam: string; model: string; join: boolean }>("exam-run", async (wanted) => {
    const { exam, questions = [] } = await exams().open(wanted.exam);
    const scores: { item: string; score: number }[] = [];
    await takeExam(
      exam,
      questions,
      {
        fixed: true,
        endpoint: { baseUrl: `${url}/v1`, model: wanted.model, ...(adminKey && { apiKey: adminKey }) },
      },
      ({ item, score }) => {
        if (score !== null) scores.push({ item, score });
      },
    );
    const report = await exams().score(wanted.exam, wanted.model, scores);
    if (wanted.join) await exams().join(wanted.exam, wanted.model, scores);
    await store.query("insert into exam_result (id, exam, subject, report) values ($1, $2, $3, $4)", [
      `exam_${randomUUID()}`,
      wanted.exam,
      wanted.model,
      JSON.stringify(report),
    ]);
  });
  if (!routers) return { graded() {} };
  await jobs.handle("recalibrate", async () => {
    await recalibrate(store, routers.name);
  });
  await jobs.every("recalibrate", 5);
  const graded = () => void jobs.send("recalibrate", {}, patience).catch(() => {});
  // There may be grades from before.
  graded();
  return { graded };
}
