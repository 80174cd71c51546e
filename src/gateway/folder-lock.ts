import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../input-error.ts";

/**
 * Marks a folder as used by this process; a mark left by a process that is gone is taken over.
 *
 * @returns what takes the mark away
 * @throws InputError when another running process uses the folder
 */
export function lockFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true });
  const lock = join(folder, "in-use-by");
  try {
    writeFileSync(lock, String(process.pid), { flag: "wx" });
  } catch {
    const owner = Number(readFileSync(lock, "utf8"));
    if (owner !== process.pid && isRunning(owner))
      throw new InputError("another gateway uses this folder", {
        source: folder,
        found: `process ${owner}`,
        hint: "Give each its own store.folder, or let them share a PostgreSQL server through DATABASE_URL.",
      });
    writeFileSync(lock, String(process.pid));
  }
  return () => rmSync(lock, { force: true });
}

function isRunning(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
