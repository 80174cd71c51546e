import { existsSync, realpathSync } from "node:fs";
import { InputError } from "../input-error.ts";

/** What is read is not to be lost to an output that has less of it. */
export function checkNoInput(out: string, paths: readonly string[], another: "file" | "folder"): void {
  const place = existsSync(out) && realpathSync(out);
  const same = paths.find((path) => place && existsSync(path) && realpathSync(path) === place);
  if (same !== undefined)
    throw new InputError("the output is one of the inputs", {
      source: "--out",
      found: out,
      expected: `another ${another}`,
    });
}
