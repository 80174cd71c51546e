import { existsSync } from "node:fs";
import { InputError } from "../input-error.ts";

/** How scores are read: right or wrong (> 0), or as the number that they are. */
export type Scoring = "hard" | "score";

/** Takes `FILE:hard` and `FILE:score` apart; a file whose name itself ends so is a file. @throws InputError for another suffix */
export function withScoring(argument: string): { readonly path: string; readonly scoring?: Scoring } {
  const [, path, suffix] = /^(.+):(\w*)$/.exec(argument) ?? [];
  if (path === undefined || existsSync(argument)) return { path: argument };
  if (suffix === "hard" || suffix === "score") return { path, scoring: suffix };
  if (!existsSync(path)) return { path: argument };
  throw new InputError("the suffix does not say how scores are read", {
    source: argument,
    found: `:${suffix}`,
    expected: ":hard or :score, or none",
  });
}
