/** How good probabilities of right answers were. */
export interface ProbabilityScores {
  readonly cells: number;
  /** Mean log-likelihood y log p + (1 − y) log(1 − p) of an answer; 0 is best. */
  readonly logLikelihood: number;
  /** Mean squared error (Brier 1950); 0 is best. */
  readonly brier: number;
  /** Chance that a right answer had a higher probability than a wrong one; NaN if all are alike. */
  readonly auc: number;
  /** Expected calibration error over 15 bins of equal width (Guo et al. 2017). */
  readonly ece: number;
}

/**
 * Scores probabilities `p` against what happened, `y` in [0, 1]. A share y counts as y right and 1 − y wrong answers.
 */
export function scoreProbabilities(p: ArrayLike<number>, y: ArrayLike<number>): ProbabilityScores {
  const cells = p.length;
  const bins = 15;
  const [count, expected, happened] = [
    new Float64Array(bins),
    new Float64Array(bins),
    new Float64Array(bins),
  ];
  let logLikelihood = 0;
  let brier = 0;
  for (let k = 0; k < cells; k++) {
    logLikelihood += (y[k] > 0 ? y[k] * Math.log(p[k]) : 0) + (y[k] < 1 ? (1 - y[k]) * Math.log1p(-p[k]) : 0);
    brier += (y[k] - p[k]) ** 2;
    const bin = Math.min(bins - 1, Math.floor(p[k] * bins));
    count[bin]++;
    expected[bin] += p[k];
    happened[bin] += y[k];
  }
  let ece = 0;
  for (let bin = 0; bin < bins; bin++) ece += Math.abs(expected[bin] - happened[bin]);
  return {
    cells,
    logLikelihood: logLikelihood / cells,
    brier: brier / cells,
    auc: areaUnderCurve(p, y),
    ece: ece / cells,
  };
}

/** Area under the ROC curve as the Mann–Whitney statistic, ties counted half. */
function areaUnderCurve(p: ArrayLike<number>, y: ArrayLike<number>): number {
  const order = Float64Array.from({ length: p.length }, (_, k) => k).sort((a, b) => p[a] - p[b]);
  let below = 0;
  let won = 0;
  let right = 0;
  for (let from = 0; from < order.length; ) {
    let to = from;
    let [rightHere, wrongHere] = [0, 0];
    do {
      rightHere += y[order[to]];
      wrongHere += 1 - y[order[to]];
      to++;
    } while (to < order.length && p[order[to]] === p[order[from]]);
    won += rightHere * (below + wrongHere / 2);
    below += wrongHere;
    right += rightHere;
    from = to;
  }
  return won / (right * below);
}
