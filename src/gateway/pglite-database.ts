import { existsSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Database, Row } from "./database.ts";
import type { WorkerMessage, WorkerRequest } from "./pglite-worker.ts";

/** Milliseconds for what is under way, and for closing, before the thread is ended. */
const patience = 10_000;

/**
 * PostgreSQL inside this process (PGlite), its data in a folder, on a thread of its own so that no request waits
 * for it.
 */
export async function openPglite(folder: string): Promise<Database> {
  const data = join(folder, "postgres");
  if (!existsSync(join(data, "PG_VERSION"))) {
    // Laying the data out takes memory that only the end of its thread gives back.
    const first = onThread(data);
    await first.query("select 1");
    await first.close();
  }
  return onThread(data);
}

function onThread(data: string): Database {
  // The built worker, from the sources too: a thread cannot load TypeScript.
  const worker = new Worker(new URL("../../dist/gateway/pglite-worker.js", import.meta.url), {
    workerData: { folder: data },
  });
  worker.unref();
  const waiting = new Map<
    number,
    { resolve: (rows: readonly Row[]) => void; reject: (error: Error) => void }
  >();
  const listeners = new Map<string, () => void>();
  let count = 0;
  let broken: Error | undefined;

  function breakDown(error: Error): void {
    broken = error;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  }
  worker.on("message", (message: WorkerMessage) => {
    if ("notice" in message) return listeners.get(message.notice)?.();
    const entry = waiting.get(message.number);
    waiting.delete(message.number);
    if (waiting.size === 0) worker.unref();
    if ("error" in message) entry?.reject(new Error(message.error));
    else entry?.resolve(message.rows);
  });
  worker.on("error", breakDown);
  worker.on("exit", () => breakDown(new Error("the embedded database has stopped")));

  function send(
    kind: WorkerRequest["kind"],
    sql: string,
    parameters?: readonly unknown[],
  ): Promise<readonly Row[]> {
    if (broken) return Promise.reject(broken);
    const number = count++;
    worker.ref();
    return new Promise((resolve, reject) => {
      waiting.set(number, { resolve, reject });
      worker.postMessage({ number, kind, sql, ...(parameters && { parameters }) } satisfies WorkerRequest);
    });
  }
  return {
    sole: true,
    query: (sql, parameters) => send("query", sql, parameters),
    script: async (sql) => {
      await send("script", sql);
    },
    listen: async (channel, onNotice) => {
      listeners.set(channel, onNotice);
      await send("listen", channel);
    },
    close: async () => {
      const late = setTimeout(() => void worker.terminate(), patience);
      await send("close", "").catch(() => {});
      clearTimeout(late);
    },
  };
}
