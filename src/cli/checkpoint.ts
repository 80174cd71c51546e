import { createHash } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import type { EstimateCheckpoint, Resuming } from "../bank/index.ts";
import { readTextFile, writeWhole } from "../files/index.ts";
import { parseJson } from "../formats/index.ts";
import { InputError } from "../input-error.ts";

/** Results of an interrupted run, kept in a file beside its output until the output is there. */
export interface Checkpoint extends Resuming {
  /** From here on an interruption (Ctrl-C) ends the process with a word on what is kept; gives what ends that. */
  announceOnInterrupt(): () => void;
  /** The run is complete: the file goes. */
  remove(): void;
}

/** Seconds between two writings of an estimation's state, and how many times longer than the writing itself. */
const seconds = 2;
const timesLonger = 20;

/**
 * Opens the checkpoint of a run. It is written whole (temporary file, then rename), as the bytes of its numbers, so that a
 * resumed run ends with the same bits as one that was not interrupted.
 * @param run all that determines the results: hashes of the inputs, settings, version
 * @throws InputError for a checkpoint of another run
 */
export function openCheckpoint(path: string, run: unknown, resume: boolean): Checkpoint {
  const key = createHash("sha256").update(JSON.stringify(run)).digest("hex");
  const saved = resume && existsSync(path) ? read(path, key) : {};
  const finished = new Map(Object.entries(saved.finished ?? {}));
  let running = saved.running;
  let due = 0;
  const write = () => {
    const began = performance.now();
    writeWhole(
      path,
      JSON.stringify({ run: key, finished: encode(Object.fromEntries(finished)), running: encode(running) }),
    );
    const now = performance.now();
    due = now + Math.max(1000 * seconds, timesLonger * (now - began));
  };
  return {
    finished,
    ...(running && { running }),
    keep(name, values) {
      finished.set(name, values);
      running = undefined;
      write();
    },
    offer(name, take) {
      if (performance.now() < due) return;
      running = { name, state: take() };
      write();
    },
    announceOnInterrupt() {
      const onInterrupt = () => {
        if (existsSync(path))
          process.stderr.write(`tripos: checkpoint kept in ${path}; go on with --resume\n`);
        process.exit(130);
      };
      process.once("SIGINT", onInterrupt);
      return () => process.off("SIGINT", onInterrupt);
    },
    remove: () => rmSync(path, { force: true }),
  };
}

interface Saved {
  readonly finished?: Record<string, Float64Array>;
  readonly running?: { readonly name: string; readonly state: EstimateCheckpoint };
}

function read(path: string, key: string): Saved {
  const saved = parseJson(readTextFile(path), path) as { run?: string };
  if (saved?.run === key) return decode(saved) as Saved;
  throw new InputError("the interrupted run had other files, settings or version", {
    source: path,
    hint: "Repeat the command as it was, or leave out --resume to begin anew.",
  });
}

const arrays = { Float64Array, Int32Array, Uint8Array };
type Name = keyof typeof arrays;

/** Nested plain data as JSON keeps it: arrays of numbers by their bytes, NaN and infinite numbers by their names. */
function encode(value: unknown): unknown {
  if (typeof value === "number") return Number.isFinite(value) ? value : { number: String(value) };
  if (ArrayBuffer.isView(value)) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64");
    return { [value.constructor.name]: bytes };
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, encode(entry)]));
}

function decode(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const [name, text] = entries.length === 1 ? entries[0] : ["", undefined];
  if (name === "number") return Number(text);
  if (Object.hasOwn(arrays, name) && typeof text === "string") {
    const { buffer } = Uint8Array.from(Buffer.from(text, "base64"));
    return new arrays[name as Name](buffer);
  }
  return Object.fromEntries(entries.map(([key, entry]) => [key, decode(entry)]));
}
