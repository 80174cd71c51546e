import { existsSync } from "node:fs";
import { basename } from "node:path";
import { sourcesAt } from "../files/index.ts";
import { type ResponseMatrix, readResponses } from "../responses/index.ts";
import { type RewardRule, rewardRuleOf, rewardsOf } from "../routing/index.ts";

/** One FILE[:hard|:score] of the command line, its scores made rewards. */
export interface RatedFile {
  /** The file's name without folder and ending. */
  readonly name: string;
  readonly path: string;
  readonly rule: RewardRule;
  readonly matrix: ResponseMatrix;
  readonly warnings: readonly string[];
}

/**
 * Reads the responses of a file or folder in any format. What counts as reward is said by the suffix `:hard` (a
 * score > 0 is right) or `:score` (the number itself).
 * @param unsaid the rule without suffix; `auto` tells it from the scores
 */
export async function readRatedFile(argument: string, unsaid: RewardRule | "auto"): Promise<RatedFile> {
  const suffix = existsSync(argument) ? undefined : /:(hard|score)$/.exec(argument);
  const path = suffix ? argument.slice(0, suffix.index) : argument;
  const { matrix, warnings } = await readResponses(await sourcesAt([path]));
  const rule = (suffix?.[1] as RewardRule | undefined) ?? (unsaid === "auto" ? rewardRuleOf(matrix) : unsaid);
  const name = basename(path).replace(/\.[^.]+$/, "") || path;
  const scenario = name.replace(/[-_](train|test|valid|validation|dev)$/, "");
  const rewards = rewardsOf(matrix, rule);
  return {
    name,
    path,
    rule,
    matrix: rewards.scenarios ? rewards : { ...rewards, scenarios: rewards.items.map(() => scenario) },
    warnings,
  };
}
