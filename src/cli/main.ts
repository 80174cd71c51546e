#!/usr/bin/env node
import { run } from "./run.ts";

process.stdout.on("error", async (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  // Loaded when needed, as all that a command does not always use.
  const { systemReason } = await import("../files/index.ts");
  process.stderr.write(`tripos: standard output: ${systemReason(error, {})}\n`);
  process.exit(2);
});
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)
  process.on(signal, () => {
    // A command that listens too ends by itself.
    if (process.listenerCount(signal) === 1) process.exit(code);
  });

const code = await run(process.argv.slice(2));
if (code !== 0) process.exitCode = code;
