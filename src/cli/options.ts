import { availableParallelism } from "node:os";
import { Option } from "commander";
import { InputError, show } from "../input-error.ts";

/** Parser of an option's whole number between two bounds, both allowed; for commander's `option(flags, text, parser)`; `orElse` is what the option takes beside it, for the message. */
export function wholeNumber(name: string, least: number, most = Number.MAX_SAFE_INTEGER, orElse = "") {
  const range =
    most === Number.MAX_SAFE_INTEGER
      ? `a whole number ≥ ${least}`
      : `a whole number from ${least} to ${most}`;
  return (text: string): number =>
    parsed(name, text, range + orElse, (n) => Number.isInteger(n) && n >= least && n <= most);
}

/** Parser of an option's number between two bounds, both allowed. */
export function realNumber(name: string, least: number, most: number) {
  return (text: string): number =>
    parsed(name, text, `a number from ${least} to ${most}`, (n) => n >= least && n <= most);
}

function parsed(name: string, text: string, expected: string, fits: (n: number) => boolean): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (!fits(value))
    throw new InputError("the value does not fit", { source: name, found: show(text), expected });
  return value;
}

/** `--seed`, whose default is the same in all commands but `reproduce`, which has its pipeline's. */
export function seedOption(of: string): Option {
  return new Option("--seed <n>", `seed of ${of}`)
    .argParser(wholeNumber("--seed", 0, 2 ** 32 - 1))
    .default(1);
}

/** `--threads`: all that the machine has, unless told. */
export function threadsOption(): Option {
  return new Option("--threads <n>", "threads to compute with; the result does not depend on them")
    .argParser(wholeNumber("--threads", 1, 256))
    .default(availableParallelism(), "one a processor");
}
