#!/usr/bin/env node
import { run } from "./run.ts";

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
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
