import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { test } from "vitest";

/** Path of a file in the real data that stand beside the repository where they are available. */
export const shared = (path: string): string =>
  fileURLToPath(new URL(`../../shared/${path}`, import.meta.url));

/** A test that needs the real data; skipped on a clone that has none beside it. */
export const testOnRealData = test.skipIf(!existsSync(shared("data")));
