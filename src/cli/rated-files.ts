import { basename } from "node:path";
import { matrixOfRows, type ResponseMatrix } from "../responses/index.ts";
import {
  checkCosts,
  type ModelTable,
  type RewardRule,
  rewardRuleOf,
  rewardsOf,
  tokenCost,
  withTableCosts,
} from "../routing/index.ts";
import { type ResponseFileOptions, readResponseFiles } from "./responses.ts";
import { withScoring } from "./scoring-suffix.ts";

/** How the commands of routing were told to read responses: as others do, and at which prices. */
export interface RatedFileOptions extends ResponseFileOptions {
  readonly prices?: ModelTable;
}

/** One FILE[:hard|:score] of the command line, its scores made rewards. */
export interface RatedFile {
  /** The file's name without folder and ending. */
  readonly name: string;
  readonly path: string;
  /** What the dataset's parts have in common: the name without `-train`, `-test` and the like. */
  readonly kind: string;
  readonly rule: RewardRule;
  /** Whether there are scores besides 0 and 1, so that the rule makes a difference. */
  readonly graded: boolean;
  readonly matrix: ResponseMatrix;
}

/** A rule in words. */
export const ruleInWords: Readonly<Record<RewardRule, string>> = {
  hard: "right or wrong (hard)",
  score: "scores as rewards (score)",
};

/**
 * Reads the responses of a file or folder in any format; says warnings on standard error. What counts as reward is
 * said by the suffix `:hard` (a score > 0 is right) or `:score` (the number itself). With a price table, answers cost
 * what their tokens do, else what the file states, else what the table foretells from the question's length.
 * @param unsaid the rule without suffix; `auto` tells it from the scores
 */
export async function readRatedFile(
  argument: string,
  unsaid: RewardRule | "auto",
  { prices, ...reading }: RatedFileOptions,
): Promise<RatedFile> {
  const { path, scoring } = withScoring(argument);
  const { table, rows } = await readResponseFiles([path], {
    ...reading,
    ...(prices && {
      tokenCost: (model: string, input: number, output: number) => tokenCost(prices, model, input, output),
    }),
  });
  const matrix = matrixOfRows(table, rows);
  checkCosts(matrix, path);
  const rule = scoring ?? (unsaid === "auto" ? rewardRuleOf(matrix) : unsaid);
  const name = basename(path).replace(/\.[^.]+$/, "") || path;
  const kind = name.replace(/[-_](train|test|valid|validation|dev)$/, "");
  const rewards = rewardsOf(prices ? withTableCosts(matrix, prices) : matrix, rule);
  return {
    name,
    path,
    kind,
    rule,
    graded: matrix.scores.some((score) => score !== 0 && score !== 1),
    matrix: rewards.scenarios ? rewards : { ...rewards, scenarios: rewards.items.map(() => kind) },
  };
}

/** The questions' texts of each file. */
export const textsOf = (files: readonly Pick<RatedFile, "matrix">[]): (readonly string[])[] =>
  files.map(({ matrix }) => matrix.texts ?? matrix.items.map(() => ""));
