import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { InputError } from "../input-error.ts";

const unfinished = new Set<string>();
process.on("exit", () => {
  for (const path of unfinished) discard(path);
});

/**
 * Writes a file whole or not at all: to a temporary neighbour first, then renamed into place. The temporary file
 * goes when the process ends early.
 */
export function writeWhole(path: string, content: string | Uint8Array): void {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  unfinished.add(temporary);
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(temporary, content);
    renameSync(temporary, path);
  } catch (error) {
    discard(temporary);
    throw unwritable(path, error);
  } finally {
    unfinished.delete(temporary);
  }
}

function discard(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Where even that fails, the file was never there.
  }
}

function unwritable(path: string, error: unknown): InputError {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  const reasons: Record<string, string> = {
    EACCES: "no permission to write there",
    EPERM: "no permission to write there",
    EROFS: "the file system is read-only",
    ENOSPC: "the disk is full",
    EDQUOT: "the disk quota is used up",
    ENOTDIR: "a part of the path is a file, not a folder",
    EEXIST: "a file stands where a folder is needed",
    EISDIR: "a folder stands where the file should go",
    ENAMETOOLONG: "the name is too long",
  };
  return new InputError("cannot be written", {
    source: path,
    found: reasons[code] ?? `${code} ${(error as Error).message}`.trim(),
    hint: "Nothing was left half-written. Choose another place for the output.",
  });
}
