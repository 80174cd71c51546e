import { hardScores, type ResponseMatrix } from "../responses/index.ts";

/** What counts as reward: `hard`, right or wrong (a score > 0 is right); `score`, the number itself. */
export type RewardRule = "hard" | "score";

/** Largest denominator of a score that is a share of something: passed samples, matching words. */
const largestDenominator = 60;

/**
 * The rule that fits the scores when none is given: numbers between 0 and 1 that are simple fractions (passed of
 * tried, overlap of words) are rewards as they stand; other ones are taken as the probability of a right answer, as in
 * RouterDC's multiple choice, where only 0 is wrong.
 */
export function rewardRuleOf({ scores, observed }: ResponseMatrix): RewardRule {
  let between = 0;
  let simple = 0;
  const step = Math.max(1, Math.floor(scores.length / 20_000));
  for (let i = 0; i < scores.length; i += step) {
    if (!observed[i] || scores[i] <= 0 || scores[i] >= 1) continue;
    between++;
    if (isSimpleFraction(scores[i])) simple++;
  }
  return simple >= between / 2 ? "score" : "hard";
}

function isSimpleFraction(value: number): boolean {
  for (let d = 2; d <= largestDenominator; d++)
    if (Math.abs(value * d - Math.round(value * d)) < 1e-6) return true;
  return false;
}

/** The matrix with its scores as rewards in [0, 1]. */
export function rewardsOf(matrix: ResponseMatrix, rule: RewardRule = rewardRuleOf(matrix)): ResponseMatrix {
  if (rule === "hard") return hardScores(matrix);
  let largest = 1;
  for (const score of matrix.scores) if (score > largest) largest = score;
  return largest > 1 ? { ...matrix, scores: matrix.scores.map((score) => score / largest) } : matrix;
}
