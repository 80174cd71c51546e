import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { InputError } from "../input-error.ts";

/** A file of JSON lines that grows by whole lines. */
export interface LineFile {
  /** Values of the whole lines that stood there. */
  readonly before: readonly unknown[];
  /** Characters of a last line that was cut off, which was removed. */
  readonly cutOff: number;
  append(value: unknown): void;
  close(): void;
}

/**
 * Opens a file of JSON lines to add to it. Each line is written in one go, so that the process can be killed at any
 * moment and loses at most the line being written, which the next opening removes.
 * @throws InputError where it cannot be written, or a line in the middle is no JSON
 */
export function openLines(path: string): LineFile {
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  const lines = text.split("\n");
  const tail = lines.pop() as string;
  const before = lines.flatMap((line, i) => (line.trim() === "" ? [] : [parse(line, path, i + 1)]));
  const whole = tail.trim() !== "" && isJson(tail);
  if (whole) before.push(JSON.parse(tail));
  const file = open(path);
  if (tail !== "" && !whole) ftruncateSync(file, Buffer.byteLength(text.slice(0, text.length - tail.length)));
  if (whole) writeSync(file, "\n");
  return {
    before,
    cutOff: whole ? 0 : tail.length,
    append: (value) => {
      writeSync(file, `${JSON.stringify(value)}\n`);
    },
    close: () => closeSync(file),
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

function parse(line: string, source: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new InputError("this line is not JSON", {
      source,
      at: `line ${number}`,
      found: (error as Error).message,
    });
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
