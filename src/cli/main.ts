#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { InputError } from "../input-error.ts";
import { serveCommand } from "./serve.ts";

const version = (
  JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string }
).version;

const program = new Command("tripos")
  .description("A short exam for every LLM, the right LLM for every question.")
  .version(version)
  .showHelpAfterError("(tripos --help lists the commands and options)")
  .exitOverride()
  .addCommand(serveCommand());

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)
  process.on(signal, () => process.exit(code));

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else if (error instanceof InputError) {
    process.stderr.write(`tripos: ${error.message}\n`);
    process.exitCode = 2;
  } else throw error;
}
