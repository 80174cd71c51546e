import { readFileSync } from "node:fs";
import { InputError } from "../input-error.ts";

/** The text of a file that an option names. @throws InputError where it cannot be read */
export function textFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new InputError("the file cannot be read", { source: path, found: (error as Error).message });
  }
}
