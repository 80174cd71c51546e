import { existsSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { InputError } from "../input-error.ts";
import { unwritable } from "./output.ts";
import { isRunning, processSpace } from "./running-process.ts";

/** Milliseconds between two signs of life of a lock's holder, and of silence after which it counts as gone. */
const beat = 1000;
const silence = 4000;

const held = new Set<string>();
process.on("exit", () => held.forEach(giveBack));

/** What the second is told. */
export interface LockRefusal {
  readonly summary: string;
  /** File or folder that is held. */
  readonly source: string;
  /** What to do instead. */
  readonly hint: string;
}

/**
 * Takes something for this process alone, by a file at `path` that names the process. One left by a process that is gone is
 * taken over: at once where that can be told from its number, else (a container that shares the folder, another machine) after
 * seconds without a sign of life, in which this thread waits.
 *
 * @returns gives it free again; the end of the process does, too
 * @throws InputError where another running process holds it, or the file cannot be written
 */
export function takeLock(path: string, { summary, source, hint }: LockRefusal): () => void {
  const lock = resolve(path);
  try {
    mkdirSync(dirname(lock), { recursive: true });
    while (!created(lock)) {
      const owner = ownerOf(lock);
      if (owner !== undefined && lives(lock, owner))
        throw new InputError(summary, {
          source,
          // Its first sight may have been before it was written.
          found: described(ownerOf(lock) || owner) ?? lock,
          hint: `${hint} If no such process is at work any more, remove ${lock}.`,
        });
      // Another one may have taken it over in between: its lock stays.
      if (owner !== undefined && ownerOf(lock) === owner) rmSync(lock, { force: true });
    }
  } catch (error) {
    throw error instanceof InputError ? error : unwritable(lock, error);
  }
  held.add(lock);
  const signs = setInterval(() => giveSign(lock), beat).unref();
  return () => {
    clearInterval(signs);
    giveBack(lock);
  };
}

const ownName = (): string => `${process.pid} ${processSpace()}`;

function created(lock: string): boolean {
  try {
    writeFileSync(lock, ownName(), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Undefined where the lock is gone meanwhile, empty where it is not written yet or may not be read. */
function ownerOf(lock: string): string | undefined {
  try {
    return readFileSync(lock, "utf8");
  } catch {
    return existsSync(lock) ? "" : undefined;
  }
}

function parsed(owner: string): { pid: number; space: string } {
  const [pid, ...space] = owner.split(" ");
  return { pid: Number(pid), space: space.join(" ") };
}

function described(owner: string): string | undefined {
  const { pid, space } = parsed(owner);
  return pid > 0 ? `process ${pid}${space === processSpace() ? "" : ` on ${space}`}` : undefined;
}

function lives(lock: string, owner: string): boolean {
  const { pid, space } = parsed(owner);
  // Its own number may be that of one before it, from before a restart of the machine.
  if (space === processSpace()) return pid === process.pid ? held.has(lock) : isRunning(pid);
  const before = lastSign(lock);
  for (let waited = 0; waited < silence; waited += beat / 4) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, beat / 4);
    const sign = lastSign(lock);
    if (sign !== before) return sign !== undefined;
  }
  return false;
}

const lastSign = (lock: string): number | undefined => statSync(lock, { throwIfNoEntry: false })?.mtimeMs;

function giveSign(lock: string): void {
  try {
    const now = new Date();
    utimesSync(lock, now, now);
  } catch {
    // Taken away by hand: nobody is kept out any more, and the work goes on.
  }
}

function giveBack(lock: string): void {
  // One that was silent for long may have lost it to another.
  if (held.delete(lock) && ownerOf(lock) === ownName()) rmSync(lock, { force: true });
}
