import { existsSync } from "node:fs";

/** How scores are read: right or wrong (> 0), or as the number that they are. */
export type Scoring = "hard" | "score";

/** Takes `FILE:hard` and `FILE:score` apart; a file whose name itself ends so is a file. */
export function withScoring(argument: string): { readonly path: string; readonly scoring?: Scoring } {
  const match = /^(.+):(hard|score)$/.exec(argument);
  return match && !existsSync(argument)
    ? { path: match[1], scoring: match[2] as Scoring }
    : { path: argument };
}
