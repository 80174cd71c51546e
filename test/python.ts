import { execFileSync, spawnSync } from "node:child_process";
import { test } from "vitest";

const hasNumpy = spawnSync("python3", ["-c", "import numpy"]).status === 0;

/** A test that needs Python with NumPy; skipped where there is none. */
export const testWithNumpy = test.skipIf(!hasNumpy);

const hasPyarrow = spawnSync("python3", ["-c", "import pyarrow"]).status === 0;

/** A test that needs Python with pyarrow; skipped where there is none. */
export const testWithPyarrow = test.skipIf(!hasPyarrow);

/** What a Python program prints, given bytes on its standard input. */
export const runPython = (program: string, input: Uint8Array | string = ""): Buffer =>
  execFileSync("python3", ["-W", "error", "-c", program + leave], { input, maxBuffer: 1 << 28 });

/** Arrow's threads now and then abort the interpreter while it shuts down, when all is printed. */
const leave = "\nimport os, sys\nsys.stdout.flush()\nos._exit(0)";
