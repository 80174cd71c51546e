import { basename } from "node:path";
import { sourcesAt } from "../files/index.ts";
import { type ResponseMatrix, readResponses } from "../responses/index.ts";
import { type RewardRule, rewardRuleOf, rewardsOf } from "../routing/index.ts";
import { withScoring } from "./scoring-suffix.ts";

/** One FILE[:hard|:score] of the command line, its scores made rewards. */
export interface RatedFile {
  /** The file's name without folder and ending. */
  readonly name: string;
  readonly path: string;
  /** What the dataset's parts have in common: the name without `-train`, `-test` and the like. */
  readonly kind: string;
  readonly rule: RewardRule;
  readonly matrix: ResponseMatrix;
  readonly warnings: readonly string[];
}

/** A rule in words. */
export const ruleInWords: Readonly<Record<RewardRule, string>> = {
  hard: "right or wrong (hard)",
  score: "scores as rewards (score)",
};

/**
 * Reads the responses of a file or folder in any format. What counts as reward is said by the suffix `:hard` (a
 * score > 0 is right) or `:score` (the number itself).
 * @param unsaid the rule without suffix; `auto` tells it from the scores
 */
export async function readRatedFile(argument: string, unsaid: RewardRule | "auto"): Promise<RatedFile> {
  const { path, scoring } = withScoring(argument);
  const { matrix, warnings } = await readResponses(await sourcesAt([path]));
  const rule = scoring ?? (unsaid === "auto" ? rewardRuleOf(matrix) : unsaid);
  const name = basename(path).replace(/\.[^.]+$/, "") || path;
  const kind = name.replace(/[-_](train|test|valid|validation|dev)$/, "");
  const rewards = rewardsOf(matrix, rule);
  return {
    name,
    path,
    kind,
    rule,
    matrix: rewards.scenarios ? rewards : { ...rewards, scenarios: rewards.items.map(() => kind) },
    warnings,
  };
}
