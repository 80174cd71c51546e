import { parentPort, workerData } from "node:worker_threads";
import { PGlite } from "@electric-sql/pglite";

/** What the worker is asked; answers carry the same number. */
export interface WorkerRequest {
  readonly number: number;
  readonly kind: "query" | "script" | "listen" | "close";
  readonly sql: string;
  readonly parameters?: readonly unknown[];
}

/** An answer, or a notice on a channel. */
export type WorkerMessage =
  | { readonly number: number; readonly rows: readonly Record<string, unknown>[] }
  | { readonly number: number; readonly error: string }
  | { readonly notice: string };

const port = parentPort!;
const database = new PGlite((workerData as { folder: string }).folder, {
  // One connection of small statements needs no more; the 128 MB of the default would stand in this process.
  startParams: [...PGlite.defaultStartParams, "-c", "shared_buffers=16MB"],
});

async function carryOut({ kind, sql, parameters }: WorkerRequest): Promise<Record<string, unknown>[]> {
  if (kind === "query")
    return (await database.query<Record<string, unknown>>(sql, [...(parameters ?? [])])).rows;
  if (kind === "script") await database.exec(`begin;\n${sql};\ncommit;`);
  else if (kind === "listen")
    await database.listen(sql, () => port.postMessage({ notice: sql } satisfies WorkerMessage));
  else await database.close();
  return [];
}

port.on("message", async (request: WorkerRequest) => {
  try {
    port.postMessage({ number: request.number, rows: await carryOut(request) } satisfies WorkerMessage);
  } catch (error) {
    if (request.kind === "script") await database.exec("rollback").catch(() => {});
    port.postMessage({ number: request.number, error: (error as Error).message } satisfies WorkerMessage);
  }
  if (request.kind === "close") process.exit(0);
});
