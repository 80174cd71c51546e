import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../input-error.ts";
import { systemReason } from "./system-reason.ts";

/**
 * The files of a folder by name; folders within are left alone.
 * @param what what the folder should be, for the message: "an item bank"
 * @throws InputError if there is no such folder, or it cannot be read
 */
export function readFolder(path: string, what: string): Map<string, Uint8Array> {
  try {
    const entries = readdirSync(path, { withFileTypes: true }).filter((entry) => !entry.isDirectory());
    return new Map(entries.map(({ name }) => [name, readFileSync(join(path, name))]));
  } catch (error) {
    throw new InputError(`this is not ${what}`, {
      source: path,
      found: systemReason(error, {
        ENOENT: "nothing of this name",
        ENOTDIR: "a file",
        EACCES: "no permission to read it",
        EPERM: "no permission to read it",
      }),
      expected: "a folder",
    });
  }
}

/** {@link readFolder}; undefined where there is nothing of this name. */
export function readFolderIfAny(path: string, what: string): Map<string, Uint8Array> | undefined {
  return existsSync(path) ? readFolder(path, what) : undefined;
}
