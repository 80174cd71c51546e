import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { parseJson } from "../formats/index.ts";
import { InputError } from "../input-error.ts";
import { readTextFile } from "./text.ts";

/** A file of JSON lines, as it stands. */
export interface LineFile {
  /** Values of the whole lines that stand there. */
  readonly before: readonly unknown[];
  /** Characters of a last line that was cut off; the first writing removes them. */
  readonly cutOff: number;
  /** Opens it to add lines. @throws InputError where it cannot be written */
  open(): LineWriter;
}

/** Adds lines to a file. */
export interface LineWriter {
  /** Writes one line in one go: a process that is killed loses at most the line being written. */
  append(value: unknown): void;
  /** Closes the file; one without a line is removed. */
  close(): void;
}

/**
 * Reads a file of JSON lines that may grow, or not exist yet; nothing is written until it is opened.
 * @throws InputError where a line in the middle is no JSON
 */
export function lineFile(path: string): LineFile {
  const text = existsSync(path) ? readTextFile(path) : "";
  const lines = text.split("\n");
  const tail = lines.pop() as string;
  const before = lines.flatMap((line, i) => (line.trim() === "" ? [] : [parseJson(line, path, i + 1)]));
  const whole = tail.trim() !== "" && isJson(tail);
  if (whole) before.push(JSON.parse(tail));
  return {
    before,
    cutOff: whole ? 0 : tail.length,
    open: () => {
      const file = open(path);
      if (tail !== "" && !whole)
        ftruncateSync(file, Buffer.byteLength(text.slice(0, text.length - tail.length)));
      if (whole) writeSync(file, "\n");
      return {
        append: (value) => {
          writeSync(file, `${JSON.stringify(value)}\n`);
        },
        close: () => {
          const empty = fstatSync(file).size === 0;
          closeSync(file);
          if (empty) rmSync(path, { force: true });
        },
      };
    },
  };
}

function open(path: string): number {
  try {
    mkdirSync(dirname(path), { recursive: true });
    return openSync(path, "a");
  } catch (error) {
    throw new InputError("cannot be written", { source: path, found: (error as Error).message });
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
