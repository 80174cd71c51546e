import { closeSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { hostname } from "node:os";
import { InputError } from "../input-error.ts";
import { unwritable } from "./output.ts";
import { isRunning } from "./running-process.ts";

const held = new Set<string>();
process.on("exit", () => {
  for (const lock of held) rmSync(lock, { force: true });
});

/**
 * Takes a file for this process alone, by a neighbour `FILE.lock` that names the process; one that a process of this machine
 * left at its death is taken over.
 * @returns gives the file free again; the end of the process does, too
 * @throws InputError where another process holds it
 */
export function lockFile(path: string): () => void {
  const lock = `${path}.lock`;
  if (!created(lock)) {
    const owner = ownerOf(lock);
    const [pid, host] = owner.split(" ");
    if (host !== hostname() || isRunning(Number(pid)))
      throw new InputError("another process is writing to this file", {
        source: path,
        found: owner === "" ? lock : `process ${pid} on ${host}`,
        hint: `Wait until it has ended. If it has, remove ${lock}.`,
      });
    // Another one may have taken it over in between: its lock stays.
    if (ownerOf(lock) === owner) rmSync(lock, { force: true });
    if (!created(lock)) return lockFile(path);
  }
  held.add(lock);
  return () => {
    held.delete(lock);
    rmSync(lock, { force: true });
  };
}

function created(lock: string): boolean {
  let file: number | undefined;
  try {
    file = openSync(lock, "wx");
    writeSync(file, `${process.pid} ${hostname()}`);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    if (file !== undefined) rmSync(lock, { force: true });
    throw unwritable(lock, error);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function ownerOf(lock: string): string {
  try {
    return readFileSync(lock, "utf8");
  } catch {
    return "";
  }
}
