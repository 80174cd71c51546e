import { Command, CommanderError } from "commander";
import { InputError } from "../input-error.ts";
import { version } from "./version.ts";

/** Loaded when asked for, so that each command starts with its own dependencies only. */
const commands: Record<string, () => Promise<Command>> = {
  train: async () => (await import("./train.ts")).trainCommand(),
  evaluate: async () => (await import("./evaluate.ts")).evaluateCommand(),
  route: async () => (await import("./route.ts")).routeCommand(),
  ask: async () => (await import("./ask.ts")).askCommand(),
  feedback: async () => (await import("./feedback.ts")).feedbackCommand(),
  drift: async () => (await import("./drift.ts")).driftCommand(),
  exam: async () => (await import("./exam.ts")).examCommand(),
  import: async () => (await import("./import.ts")).importCommand(),
  simulate: async () => (await import("./simulate.ts")).simulateCommand(),
  calibrate: async () => (await import("./calibrate.ts")).calibrateCommand(),
  inspect: async () => (await import("./inspect.ts")).inspectCommand(),
  merge: async () => (await import("./merge.ts")).mergeCommand(),
  predict: async () => (await import("./predict.ts")).predictCommand(),
  reproduce: async () => (await import("./reproduce.ts")).reproduceCommand(),
  serve: async () => (await import("./serve.ts")).serveCommand(),
  init: async () => (await import("./init.ts")).initCommand(),
};

/** Runs the command line and returns its exit code; a command that has its own sets `process.exitCode`. */
export async function run(args: readonly string[]): Promise<number> {
  try {
    const program = new Command("tripos")
      .description("A short exam for every LLM, the right LLM for every question.")
      .version(version)
      .showHelpAfterError("(tripos --help lists the commands and options)");
    const [asked = ""] = args;
    const all = asked === "--version" ? [] : Object.keys(commands);
    const names = Object.hasOwn(commands, asked) ? [asked] : all;
    for (const name of names) program.addCommand(await commands[name]());
    throwInsteadOfExit(program);
    await program.parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (isMemory(error)) {
      process.stderr.write(
        `tripos: there is not enough memory (${(error as Error).message})\n  Raise the limit (ulimit -v, the container's or the scheduler's), or give fewer responses or dimensions.\n`,
      );
      return 1;
    }
    if (!(error instanceof InputError)) throw error;
    process.stderr.write(`tripos: ${error.message}\n`);
    return 2;
  }
}

const isMemory = (error: unknown): boolean =>
  error instanceof RangeError && /allocat|out of memory/i.test(error.message);

/** Wrong options end as other wrong input does, with code 2 and one message, for subcommands of any depth. */
function throwInsteadOfExit(command: Command): void {
  command.exitOverride();
  command.configureOutput({
    outputError: (text, write) => write(text.replace(/^error: /, "tripos: ")),
  });
  command.commands.forEach(throwInsteadOfExit);
}
