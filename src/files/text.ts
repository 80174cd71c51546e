import { readFileSync } from "node:fs";
import { textOf } from "../formats/index.ts";
import { unreadable } from "./unreadable.ts";

/**
 * The text of a file that an option or a configuration names.
 * @param hint what to do where it cannot be read
 * @throws InputError where it is missing, a folder, not readable, binary, or not UTF-8
 */
export function readTextFile(path: string, hint?: string): string {
  return textOf(readFile(path, hint), path);
}

/** The bytes of a file. @throws InputError as {@link readTextFile} */
export function readFile(path: string, hint?: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw unreadable(path, error, hint);
  }
}
