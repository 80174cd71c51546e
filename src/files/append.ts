import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { isJson, parseJson } from "../formats/index.ts";
import { InputError } from "../input-error.ts";
import { takeLock } from "./lock.ts";
import { unwritable, writeWhole } from "./output.ts";
import { readTextFile } from "./text.ts";

/** A file of JSON lines, as it stands. */
export interface LineFile {
  /** Values of the whole lines that stand there. */
  readonly before: readonly unknown[];
  /** Characters of a last line that was cut off; the first writing removes them. */
  readonly cutOff: number;
  /** Opens it to add lines, for this process alone. @throws InputError where it cannot be written, or another has it open */
  open(): LineWriter;
}

/** Adds lines to a file. */
export interface LineWriter {
  /**
   * Writes one line in one go: a process that is killed loses at most the line being written.
   * @throws InputError where it cannot be written, the disk being full
   */
  append(value: unknown): void;
  /**
   * Closes the file; one without a line is removed.
   * @param settled the lines that should stand in it instead of all; it is replaced where they are fewer
   */
  close(settled?: (lines: readonly unknown[]) => readonly unknown[]): void;
}

/**
 * Reads a file of JSON lines that may grow, or not exist yet; nothing is written until it is opened.
 * @throws InputError where a line in the middle is no JSON, or the path leads to something else than a file
 */
export function lineFile(path: string): LineFile {
  if (existsSync(path) && !statSync(path).isFile())
    throw new InputError("answers are kept in a file, to be read again", {
      source: path,
      found: "a folder, a device or a pipe",
      expected: "a file, or a path where none is yet",
    });
  const size = existsSync(path) ? statSync(path).size : 0;
  const text = size > 0 ? readTextFile(path) : "";
  const lines = text.split("\n");
  const tail = lines.pop() as string;
  const before = lines.flatMap((line, i) => (line.trim() === "" ? [] : [parseJson(line, path, i + 1)]));
  const whole = tail.trim() !== "" && isJson(tail);
  if (whole) before.push(JSON.parse(tail));
  return {
    before,
    cutOff: whole ? 0 : tail.length,
    open: () => {
      const { file, unlock } = open(path, size);
      if (tail !== "" && !whole)
        ftruncateSync(file, Buffer.byteLength(text.slice(0, text.length - tail.length)));
      if (whole) write(file, "\n", path);
      return {
        append: (value) => {
          write(file, `${JSON.stringify(value)}\n`, path);
        },
        close: (settled) => {
          const empty = fstatSync(file).size === 0;
          closeSync(file);
          if (empty) rmSync(path, { force: true });
          else if (settled) settle(path, settled);
          unlock();
        },
      };
    },
  };
}

function settle(path: string, settled: (lines: readonly unknown[]) => readonly unknown[]): void {
  const { before } = lineFile(path);
  const kept = settled(before);
  if (kept.length < before.length) writeWhole(path, kept.map((line) => `${JSON.stringify(line)}\n`).join(""));
}

function open(path: string, size: number): { file: number; unlock: () => void } {
  let unlock: (() => void) | undefined;
  try {
    unlock = takeLock(`${path}.lock`, {
      summary: "another process is writing to this file",
      source: path,
      hint: "Wait until it has ended, or give another file.",
    });
    const file = openSync(path, "a");
    if (fstatSync(file).size !== size)
      throw new InputError("another process has written to this file meanwhile", {
        source: path,
        hint: "Go on with --resume.",
      });
    return { file, unlock };
  } catch (error) {
    unlock?.();
    throw error instanceof InputError ? error : unwritable(path, error);
  }
}

/** All of the text: a disk that fills may take a part only, and says so at the next attempt. */
function write(file: number, text: string, path: string): void {
  const bytes = Buffer.from(text);
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
  } catch (error) {
    throw unwritable(path, error, "The whole lines in it are kept. Make room, then go on with --resume.");
  }
}
