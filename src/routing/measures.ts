/** How well probabilities foretell rewards in [0, 1]. */
export interface ProbabilityMeasures {
  readonly brier: number;
  readonly logLoss: number;
  /** Area under the ROC curve for rewards of at least 1/2; NaN where all are alike. */
  readonly auc: number;
  /** Expected calibration error over 15 equally wide bins. */
  readonly ece: number;
}

/** Bins of a reliability diagram: mean probability, mean reward and number of the predictions in each. */
export interface ReliabilityBin {
  readonly p: number;
  readonly reward: number;
  readonly count: number;
}

export function probabilityMeasures(p: ArrayLike<number>, rewards: ArrayLike<number>): ProbabilityMeasures {
  const n = p.length;
  let brier = 0;
  let logLoss = 0;
  for (let i = 0; i < n; i++) {
    brier += (p[i] - rewards[i]) ** 2 / n;
    const inside = Math.min(1 - 1e-12, Math.max(1e-12, p[i]));
    logLoss -= (rewards[i] * Math.log(inside) + (1 - rewards[i]) * Math.log(1 - inside)) / n;
  }
  const ece = reliabilityDiagram(p, rewards).reduce(
    (sum, bin) => sum + (bin.count / n) * Math.abs(bin.p - bin.reward),
    0,
  );
  return { brier, logLoss, auc: areaUnderCurve(p, rewards), ece };
}

export function reliabilityDiagram(
  p: ArrayLike<number>,
  rewards: ArrayLike<number>,
  bins = 15,
): ReliabilityBin[] {
  const sums = Array.from({ length: bins }, () => ({ p: 0, reward: 0, count: 0 }));
  for (let i = 0; i < p.length; i++) {
    const bin = sums[Math.min(bins - 1, Math.floor(p[i] * bins))];
    bin.p += p[i];
    bin.reward += rewards[i];
    bin.count++;
  }
  return sums
    .filter(({ count }) => count > 0)
    .map(({ p: sumP, reward, count }) => ({ p: sumP / count, reward: reward / count, count }));
}

/** Mann–Whitney: the share of pairs of a right and a wrong answer in which the right one has the higher p. */
function areaUnderCurve(p: ArrayLike<number>, rewards: ArrayLike<number>): number {
  const order = Array.from({ length: p.length }, (_, i) => i).sort((a, b) => p[a] - p[b]);
  let positives = 0;
  let rankSum = 0;
  for (let i = 0; i < order.length; ) {
    let end = i;
    while (end < order.length && p[order[end]] === p[order[i]]) end++;
    for (let j = i; j < end; j++)
      if (rewards[order[j]] >= 0.5) {
        positives++;
        rankSum += (i + end + 1) / 2;
      }
    i = end;
  }
  const negatives = order.length - positives;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}
