import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { writeWhole } from "../files/index.ts";
import { parseJson } from "../formats/index.ts";
import { InputError } from "../input-error.ts";

/** Results of an interrupted run, kept in a file beside its output until the output is there. */
export interface Checkpoint {
  readonly finished: ReadonlyMap<string, Float64Array>;
  keep(name: string, values: Float64Array): void;
  /** The run is complete: the file goes. */
  remove(): void;
}

/**
 * Opens the checkpoint of a run. Every result is written whole (temporary file, then rename), as the bytes of its
 * numbers, so that a resumed run ends with the same bits as one that was not interrupted.
 * @param run all that determines the results: hashes of the inputs, settings, version
 * @throws InputError for a checkpoint of another run
 */
export function openCheckpoint(path: string, run: unknown, resume: boolean): Checkpoint {
  const key = createHash("sha256").update(JSON.stringify(run)).digest("hex");
  const finished = new Map<string, Float64Array>();
  if (resume && existsSync(path)) {
    const saved = parseJson(readFileSync(path, "utf8"), path) as {
      run?: string;
      finished?: Record<string, string>;
    };
    if (saved.run !== key)
      throw new InputError("the interrupted run had other files, settings or version", {
        source: path,
        hint: "Repeat the command as it was, or leave out --resume to begin anew.",
      });
    for (const [name, text] of Object.entries(saved.finished ?? {})) finished.set(name, decode(text));
  }
  return {
    finished,
    keep(name, values) {
      finished.set(name, values);
      const entries = Array.from(finished, ([key, array]) => [key, encode(array)]);
      writeWhole(path, JSON.stringify({ run: key, finished: Object.fromEntries(entries) }));
    },
    remove: () => rmSync(path, { force: true }),
  };
}

const encode = (values: Float64Array): string =>
  Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64");

function decode(text: string): Float64Array {
  const bytes = Uint8Array.from(Buffer.from(text, "base64"));
  return new Float64Array(bytes.buffer);
}
