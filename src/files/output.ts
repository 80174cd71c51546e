import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { InputError } from "../input-error.ts";
import { systemReason } from "./system-reason.ts";

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
    makeFolder(dirname(path));
    writeFileSync(temporary, content);
    renameSync(temporary, path);
  } catch (error) {
    discard(temporary);
    throw unwritable(path, error);
  } finally {
    unfinished.delete(temporary);
  }
}

/**
 * Writes a folder of files whole or not at all: to a temporary neighbour first, then renamed into place. A name
 * with a "/" is a file in a folder within. A folder that stands there already is replaced if it holds nothing but what is
 * named in `files` or `own`.
 * @throws InputError where it cannot be written, or holds what would be lost
 */
export function writeFolder(
  path: string,
  files: ReadonlyMap<string, string | Uint8Array>,
  own: readonly string[] = [],
): void {
  if (existsSync(path)) refuseToLose(path, new Set([...files.keys(), ...own].map(topOf)));
  const name = `.${basename(path)}.${process.pid}`;
  const [temporary, former] = [join(dirname(path), `${name}.tmp`), join(dirname(path), `${name}.old`)];
  unfinished.add(temporary);
  try {
    makeFolder(temporary);
    for (const [file, content] of files) {
      makeFolder(dirname(join(temporary, file)));
      writeFileSync(join(temporary, file), content);
    }
    if (existsSync(path)) renameSync(path, former);
    try {
      renameSync(temporary, path);
    } catch (error) {
      if (existsSync(former)) renameSync(former, path);
      throw error;
    }
    discard(former);
  } catch (error) {
    discard(temporary);
    throw unwritable(path, error);
  } finally {
    unfinished.delete(temporary);
  }
}

/**
 * Checks that `writeFolder` can put its files at a path, before the work whose result they are.
 * @param own names of the files to be written
 * @throws InputError where it could not write, or something else stands there
 */
export function checkFolderOutput(path: string, own: readonly string[]): void {
  if (existsSync(path)) refuseToLose(path, new Set(own.map(topOf)));
  let parent = dirname(path);
  while (!existsSync(parent) && dirname(parent) !== parent) parent = dirname(parent);
  const probe = join(parent, `.${basename(path)}.${process.pid}.tmp`);
  try {
    mkdirSync(probe);
  } catch (error) {
    throw unwritable(path, error);
  } finally {
    discard(probe);
  }
}

/** Node's own recursive mkdir never ends where a parent exists but takes no folders (/proc). */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path);
}

const topOf = (file: string): string => file.split("/")[0];

function refuseToLose(path: string, own: ReadonlySet<string>): void {
  if (!statSync(path).isDirectory()) throw unwritable(path, { code: "EEXIST" });
  const foreign = readdirSync(path).find((name) => !own.has(name));
  if (foreign === undefined) return;
  throw new InputError("the folder holds something else and would be lost", {
    source: path,
    found: foreign,
    hint: "Choose another place for the output, or move that file away.",
  });
}

function discard(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // Where even that fails, the file was never there.
  }
}

/** The error for a file that cannot be written, in words. */
export function unwritable(
  path: string,
  error: unknown,
  hint = "Nothing was left half-written. Choose another place for the output.",
): InputError {
  return new InputError("cannot be written", {
    source: path,
    found: systemReason(error, {
      EACCES: "no permission to write there",
      EPERM: "no permission to write there",
      ENOENT: "no folder can be made there",
      ENOTDIR: "a part of the path is a file, not a folder",
      EEXIST: "a file stands where a folder is needed",
      EISDIR: "a folder stands where the file should go",
    }),
    hint,
  });
}
