import { join } from "node:path";
import { takeLock } from "../files/index.ts";
import { ApiError } from "./api-error.ts";
import type { Database, Row } from "./database.ts";
import { inProcessJobs, type Jobs } from "./jobs.ts";
import { Keyring } from "./keyring.ts";
import type { Log } from "./log.ts";
import { migrate } from "./migrations.ts";
import { RecordStore } from "./record-store.ts";

/** A grade of an answer. */
interface Feedback {
  readonly request: string;
  /** 0 (wrong) to 1 (right). */
  readonly score: number;
  readonly grader: string;
  readonly comment: string | null;
  /** Who says so: a key's id, "operator", or "anyone" where no keys are asked for. */
  readonly source: string;
}

/** Records, keys and feedback, kept in PostgreSQL. Opens in the background: requests need not wait for it. */
export interface Store {
  readonly records: RecordStore;
  /** @throws ApiError 503 while the database has never been reached */
  keyring(): Promise<Keyring>;
  /** Keeps a grade; false when the request is unknown or another key's (`key` null: an admin, any key's). */
  grade(feedback: Feedback, key: string | null): Promise<boolean>;
  query(sql: string, parameters?: readonly unknown[]): Promise<readonly Row[]>;
  /** Calls back on each NOTIFY of the channel, from any gateway, once the database is there. */
  listen(channel: string, onNotice: () => void): Promise<void>;
  /** Jobs of all gateways that share the database. */
  jobs(): Promise<Jobs>;
  close(): Promise<void>;
}

/** Where a store keeps what it is given. */
interface StoreOptions {
  readonly folder: string;
  readonly url?: string | undefined;
  readonly log: Log;
  /** The database is opened once this is fulfilled (at once, unless given); a store closed before leaves it alone. */
  readonly begin?: Promise<void>;
}

/**
 * Opens the store: PostgreSQL at `url`, else embedded in the folder; the journal is in the folder either way.
 *
 * @throws InputError when another gateway has its embedded database in the folder
 */
export function openStore({ folder, url, log, begin }: StoreOptions): Store {
  const unlock = url
    ? () => {}
    : takeLock(join(folder, "in-use-by"), {
        summary: "another gateway uses this folder",
        source: folder,
        hint: "Give each its own store.folder, or let them share a PostgreSQL server through DATABASE_URL.",
      });
  let closed = false;
  let begun = begin === undefined;
  let jobs: Promise<Jobs> | undefined;
  let opening: Database | undefined;
  let reached: { database: Database; keyring: Keyring } | undefined;
  const opened = open();
  opened.catch((error: unknown) => {
    if (!closed) log.problem("the database cannot be opened", { error: (error as Error).message });
  });
  const database = opened.then((store) => store.database);
  database.catch(() => {});
  const records = new RecordStore(join(folder, "journal"), database, log);

  async function open(): Promise<{ database: Database; keyring: Keyring }> {
    await begin;
    begun = true;
    for (let wait = 500; ; wait = Math.min(wait * 2, 10_000)) {
      let candidate: Database | undefined;
      try {
        candidate = await openDatabase(folder, url);
        opening = candidate;
        await migrate(candidate);
        // Only this process uses an embedded database: what an earlier one had reserved will not be spent.
        if (candidate.sole) await candidate.query("delete from reservation");
        const keyring = await Keyring.open(candidate);
        // Nobody would close it any more.
        if (closed) throw new Error("the store was closed");
        reached = { database: candidate, keyring };
        return reached;
      } catch (error) {
        await candidate?.close().catch(() => {});
        if (closed || !url) throw error;
        log.problem("the database cannot be reached yet", { error: (error as Error).message });
        await new Promise((resolve) => setTimeout(resolve, wait).unref());
        if (closed) throw error;
      }
    }
  }

  async function ready(): Promise<{ database: Database; keyring: Keyring }> {
    if (reached) return reached;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () =>
          reject(
            new ApiError(503, "The gateway's database cannot be reached.", {
              code: "store_unreachable",
              headers: { "retry-after": "5" },
            }),
          ),
        url ? 5_000 : 60_000,
      );
    });
    try {
      return await Promise.race([opened, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  const gradeOnce = async ({ request, score, grader, comment, source }: Feedback, key: string | null) =>
    (
      await (
        await ready()
      ).database.query(
        `insert into feedback (request_id, grader, score, comment, source)
         select id, $2, $3, $4, $6 from request where id = $1 and ($5::text is null or key_id = $5)
         on conflict (request_id, source, grader) do update
           set score = excluded.score, comment = excluded.comment, at = now()
         returning request_id`,
        [request, grader, score, comment, key, source],
      )
    ).length > 0;

  return {
    records,
    keyring: async () => (await ready()).keyring,
    async grade(feedback, key) {
      if (await gradeOnce(feedback, key)) return true;
      await records.settle(); // The request may have ended within this second.
      return gradeOnce(feedback, key);
    },
    query: async (sql, parameters) => (await ready()).database.query(sql, parameters),
    listen: async (channel, onNotice) => (await opened).database.listen(channel, onNotice),
    jobs: () => {
      jobs ??= opened.then(() => openJobs(url, log));
      return jobs;
    },
    async close() {
      closed = true;
      if (reached) await (await jobs?.catch(() => undefined))?.close();
      if (begun) await records.close();
      else records.leave();
      // One that is being opened ends, too, before others may have the folder.
      await (reached?.database ?? opening)?.close();
      if (begun && !url) await opened.catch(() => {});
      unlock();
    },
  };
}

async function openDatabase(folder: string, url: string | undefined): Promise<Database> {
  if (url) return (await import("./postgres-database.ts")).openPostgres(url);
  return (await import("./pglite-database.ts")).openPglite(folder);
}

async function openJobs(url: string | undefined, log: Log): Promise<Jobs> {
  if (url) return (await import("./pg-boss-jobs.ts")).pgBossJobs(url, log);
  return inProcessJobs(log);
}
