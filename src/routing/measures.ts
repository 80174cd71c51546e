import { scoreProbabilities } from "../numerics/index.ts";

/** How well probabilities foretell rewards in [0, 1]. */
export interface ProbabilityMeasures {
  readonly brier: number;
  readonly logLoss: number;
  /** Area under the ROC curve, a reward of y counting as y right and 1 − y wrong answers; NaN where all are alike. */
  readonly auc: number;
  /** Expected calibration error over 15 equally wide bins. */
  readonly ece: number;
}

/** Bins of a reliability diagram: mean probability, its mean interval, mean reward and number of the predictions in each. */
export interface ReliabilityBin {
  readonly p: number;
  readonly low: number;
  readonly high: number;
  readonly reward: number;
  readonly count: number;
}

/** Probabilities of exactly 0 and 1 count as all but that, so that one surprise does not make the log loss infinite. */
const edge = 1e-12;

export function probabilityMeasures(p: ArrayLike<number>, rewards: ArrayLike<number>): ProbabilityMeasures {
  const inside = Float64Array.from(p, (value) => Math.min(1 - edge, Math.max(edge, value)));
  const { logLikelihood, brier, auc, ece } = scoreProbabilities(inside, rewards);
  return { brier, logLoss: -logLikelihood, auc, ece };
}

/** Probabilities with their 95 % intervals, and the rewards that came of them; one entry each. */
export interface StatedProbabilities {
  readonly p: ArrayLike<number>;
  readonly low: ArrayLike<number>;
  readonly high: ArrayLike<number>;
  readonly rewards: ArrayLike<number>;
}

/** Predictions by equally wide ranges of their probability; ranges without one are left out. */
export function reliabilityDiagram(
  { p, low, high, rewards }: StatedProbabilities,
  bins = 15,
): ReliabilityBin[] {
  const sums = Array.from({ length: bins }, () => ({ p: 0, low: 0, high: 0, reward: 0, count: 0 }));
  for (let i = 0; i < p.length; i++) {
    const bin = sums[Math.min(bins - 1, Math.floor(p[i] * bins))];
    bin.p += p[i];
    bin.low += low[i];
    bin.high += high[i];
    bin.reward += rewards[i];
    bin.count++;
  }
  return sums
    .filter(({ count }) => count > 0)
    .map(({ count, ...sum }) => ({
      p: sum.p / count,
      low: sum.low / count,
      high: sum.high / count,
      reward: sum.reward / count,
      count,
    }));
}
