import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isRunning, processSpace } from "../files/index.ts";
import { InputError } from "../input-error.ts";

/** Milliseconds between two signs of life of who uses a folder, and of silence after which it counts as gone. */
const beat = 1000;
const silence = 4000;

/**
 * Marks a folder as used by this process. A mark left by a process that is gone is taken over: at once where that can be told
 * from its number, else (a container that shares the folder, another machine) after seconds without a sign of life.
 *
 * @returns what takes the mark away
 * @throws InputError when another running process uses the folder
 */
export function lockFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true });
  const mark = join(folder, "in-use-by");
  while (!marked(mark)) {
    const owner = ownerOf(mark);
    if (owner !== undefined && lives(mark, owner))
      throw new InputError("another gateway uses this folder", {
        source: folder,
        found: `process ${owner.pid}${owner.space === processSpace() ? "" : ` of ${owner.space}`}`,
        hint: "Give each its own store.folder, or let them share a PostgreSQL server through DATABASE_URL.",
      });
    // Another one may have taken it over in between: its mark stays.
    if (ownerOf(mark)?.text === owner?.text) rmSync(mark, { force: true });
  }
  const alive = setInterval(() => touch(mark), beat).unref();
  return () => {
    clearInterval(alive);
    rmSync(mark, { force: true });
  };
}

function marked(mark: string): boolean {
  try {
    writeFileSync(mark, `${process.pid} ${processSpace()}`, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

interface Owner {
  readonly text: string;
  readonly pid: number;
  readonly space: string;
}

/** Undefined where the mark is gone meanwhile. */
function ownerOf(mark: string): Owner | undefined {
  try {
    const text = readFileSync(mark, "utf8");
    const [pid, ...space] = text.split(" ");
    return { text, pid: Number(pid), space: space.join(" ") };
  } catch {
    return undefined;
  }
}

function lives(mark: string, { pid, space }: Owner): boolean {
  if (space === processSpace()) return pid !== process.pid && isRunning(pid);
  const before = lastSign(mark);
  for (let waited = 0; waited < silence; waited += beat / 4) {
    // The start has nothing else to do meanwhile.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, beat / 4);
    if (lastSign(mark) !== before) return true;
  }
  return false;
}

const lastSign = (mark: string): number | undefined => statSync(mark, { throwIfNoEntry: false })?.mtimeMs;

function touch(mark: string): void {
  try {
    const now = new Date();
    utimesSync(mark, now, now);
  } catch {
    // Taken away by hand: nobody is kept out any more, and the gateway goes on.
  }
}
