import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { unwritable, writeWhole } from "./output.ts";

/** A file that grows: read whole, replaced whole, or added to. */
export function appendedFile(path: string) {
  return {
    read: (): Uint8Array => (existsSync(path) ? readFileSync(path) : new Uint8Array(0)),
    replace: (bytes: Uint8Array): void => writeWhole(path, bytes),
    append(bytes: Uint8Array): void {
      try {
        appendFileSync(path, bytes);
      } catch (error) {
        throw unwritable(path, error);
      }
    },
  };
}
