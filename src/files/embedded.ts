import { readFileSync } from "node:fs";

/** A file of the package's own data folder. */
export function readEmbedded(name: string): Uint8Array {
  return readFileSync(new URL(`../../data/${name}`, import.meta.url));
}
